# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys that say in plain words what they do: "smile", "Mouth Open", "blink_L", "lips closed", "Mund auf".

No convention but common sense: a key is what its words say together, in any order, without those that say
nothing ("shape", "face") and with the side said by one of them. A name with a word more is another shape
("mouth open smile", "jaw open corrective"). English, and the commonest words of German, French, Spanish,
Italian and Portuguese.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from . import postures
from .convention import SIDES, Convention, Meaning, Shape, meaning

_SYNONYMS: Final[dict[str, str]] = {
    "mouth": "mund bouche boca bocca lippen lip lips levres labios labbra",
    "open": "opened auf offen ouvert ouverte abierta abierto aperta aperto aberta aberto oeffnen öffnen",
    "close": "closed shut zu geschlossen fermé fermée fermee cerrada cerrado chiusa chiuso fechada fechado",
    "smile": "smiling smiley grin lächeln laecheln sourire sonrisa sorriso",
    "frown": "frowning",
    "pucker": "puckered kiss purse pursed kuss bisou beso bacio beijo küssen",
    "funnel": "",
    "wide": "widen wider breit ancha ancho larga",
    "stretch": "stretched stretcher",
    "narrow": "schmal",
    "press": "pressed compress compressed together tight seal sealed",
    "bite": "biting",
    "roll": "tuck",
    "jaw": "kiefer mâchoire machoire mandibula mandíbula mascella",
    "blink": "blinking blinzeln parpadeo cligner clignement",
    "wink": "winking zwinkern",
    "eye": "eyes auge augen oeil yeux ojo ojos occhio occhi olho olhos eyelid eyelids lid lids",
    "brow": "brows eyebrow eyebrows braue brauen augenbraue augenbrauen sourcil sourcils ceja cejas",
    "squint": "squinted",
    "sneer": "snarl wrinkle scrunch",
    "puff": "puffed puffy blow inflate inflated",
    "cheek": "cheeks wange wangen joue joues mejilla mejillas",
    "nose": "nase nez nariz naso",
    "tongue": "zunge langue lengua lingua",
    "up": "raise raised raiser hoch haut arriba",
    "corner": "corners",
    "pull": "puller pulled",
    "down": "depress depressor depressed lowered lowerer drop dropped runter bas abajo",
    "lower": "bottom unterlippe",
    "upper": "top oberlippe",
    "out": "raus",
    "look": "looking looks",
    "inner": "",
    "outer": "",
    "forward": "forwards fwd",
}
_CANONICAL: Final = {
    word: canonical for canonical, words in _SYNONYMS.items() for word in (canonical, *words.split())
}
FACE_WORDS: Final = frozenset(_CANONICAL)
"""All words that say something of a face."""
_SAY_NOTHING: Final = frozenset(
    (
        *("a", "the", "and", "both", "all", "shape", "shapes", "key", "keys", "morph", "morphs", "target"),
        *("face", "facial", "expr", "expression", "expressions", "bs", "sk", "ctrl", "control"),
        *("blendshape", "blendshapes"),
    )
)

_PHRASES: Final[tuple[tuple[str, Meaning], ...]] = (
    ("mouth open|open", meaning(jawOpen=0.7, mouthLowerDown=0.1)),
    ("jaw open|jaw down", meaning(jawOpen=1.0)),
    ("mouth wide open", meaning(jawOpen=0.9, mouthStretch=0.2)),
    ("mouth close|mouth close press", postures.PRESSED),
    ("mouth press|press", meaning(mouthPress=1.0)),
    ("mouth smile|smile|mouth corner up|mouth corner pull", meaning(mouthSmile=1.0)),
    ("mouth frown|frown|mouth corner down", meaning(mouthFrown=1.0)),
    ("mouth pucker|pucker", meaning(mouthPucker=1.0)),
    ("mouth narrow|narrow", meaning(mouthPucker=0.6)),
    ("mouth funnel|funnel", meaning(mouthFunnel=1.0)),
    ("mouth wide|wide|mouth stretch|stretch|mouth corner out|mouth corner wide", meaning(mouthStretch=0.9)),
    ("mouth lower down|mouth down lower", meaning(mouthLowerDown=1.0)),
    ("mouth upper up", meaning(mouthUpperUp=1.0)),
    ("mouth lower bite|mouth bite|bite", postures.BITTEN),
    ("mouth lower roll", meaning(mouthRollLower=1.0)),
    ("mouth upper roll", meaning(mouthRollUpper=1.0)),
    ("jaw forward", meaning(jawForward=1.0)),
    ("tongue out", meaning(tongueOut=1.0)),
    ("eye blink|blink|eye close|wink|eye wink", meaning(eyeBlink=1.0)),
    ("eye squint|squint", meaning(eyeSquint=1.0)),
    ("eye wide|eye wide open|eye open", meaning(eyeWide=1.0)),
    ("eye look up|look up", meaning(eyeLookUp=1.0)),
    ("eye look down|look down", meaning(eyeLookDown=1.0)),
    ("brow up", meaning(browInnerUp=0.8, browOuterUp=0.8)),
    ("brow inner up", meaning(browInnerUp=1.0)),
    ("brow outer up", meaning(browOuterUp=1.0)),
    ("brow down|brow lower|brow frown", meaning(browDown=1.0)),
    ("cheek puff|puff", meaning(cheekPuff=1.0)),
    ("cheek squint|cheek up", meaning(cheekSquint=1.0)),
    ("nose sneer|sneer", meaning(noseSneer=1.0)),
)
_DIRECTIONS: Final[dict[str, tuple[Meaning, Meaning]]] = {
    "mouth": (meaning(mouthLeft=1.0), meaning(mouthRight=1.0)),
    "jaw": (meaning(jawLeft=1.0), meaning(jawRight=1.0)),
    "look": (
        meaning(eyeLookOutLeft=1.0, eyeLookInRight=1.0),
        meaning(eyeLookInLeft=1.0, eyeLookOutRight=1.0),
    ),
}
"""What moves to a side: words of which the side says where to."""
MOVED_TO_SIDES: Final = frozenset(_DIRECTIONS)

_SIDE_WORDS: Final = {"Left": " left", "Right": " right"}


def _sided(name: str, weights: Meaning) -> tuple[tuple[str, Shape], ...]:
    """The shape of a phrase for the left and for the right; pieces of one that has no sides."""
    if not all(key.endswith(SIDES) for key in weights) and not name.startswith("brow"):
        return tuple((side, Shape(name, weights, piece=True)) for side in SIDES)
    shapes = []
    for side, word in _SIDE_WORDS.items():
        other = "Right" if side == "Left" else "Left"
        half = {key: value for key, value in weights.items() if not key.endswith(other)}
        shapes.append((side, Shape(name + word, half, piece=half == {"browInnerUp": 1.0})))
    return tuple(shapes)


@cache
def _table() -> dict[tuple[frozenset[str], str], Shape]:
    """(words, side) -> shape; the side is "" for both."""
    table: dict[tuple[frozenset[str], str], Shape] = {}
    for phrases, weights in _PHRASES:
        variants = phrases.split("|")
        whole = Shape(variants[0], weights, tuple(variants[1:]))
        sided = _sided(variants[0], weights)
        for variant in variants:
            words = frozenset(variant.split())
            table[words, ""] = whole
            for side, half in sided:
                table[words, side] = half
    for words, (left, right) in _DIRECTIONS.items():
        for side, weights in (("Left", left), ("Right", right)):
            turned = Shape(words + _SIDE_WORDS[side], weights)
            table[frozenset((words,)), side] = turned
            if words == "look":
                table[frozenset(("eye", words)), side] = turned
    return table


PLAIN_WORDS: Final = Convention(
    name="Plain words",
    label="Plain",
    shapes=tuple({shape.name: shape for shape in reversed(tuple(_table().values()))}.values()),
)


@dataclass(frozen=True)
class PlainName:
    """What the words of a name say.

    Attributes:
        shape: of `PLAIN_WORDS`.
        short: whether one word alone says it, which may be chance.
    """

    shape: Shape
    short: bool


def read_words(words: Iterable[str], side: str) -> PlainName | None:
    """The shape that the words of a name say together, or None where they say something else.

    Args:
        words: in lower case, without the side.
        side: "Left", "Right" or "" where no word says it.
    """
    words = tuple(words)
    if len(set(words)) < len(words):
        return None  # two shapes in one: "jawOpen_jawRight"
    told: Sequence[str] = telling_words(words)
    if len(told) == 1 and told[0] in _glued():
        phrase, glued_side = _glued()[told[0]]
        if not (side and glued_side):
            told, side = phrase, side or glued_side
    shape = _table().get((frozenset(told), side))
    return None if shape is None else PlainName(shape, len(told) == 1)


def telling_words(words: Iterable[str]) -> list[str]:
    """Words without those that say nothing, each in its usual form and once."""
    told = [word for word in words if word not in _SAY_NOTHING and not word.isdecimal()]
    return list(dict.fromkeys(_CANONICAL.get(word, word) for word in _joined(told)))


@cache
def _glued() -> dict[str, tuple[Sequence[str], str]]:
    """Phrases of two words and more without anything between: "mouthopen" -> (words, side)."""
    glued: dict[str, tuple[Sequence[str], str]] = {}
    for phrases, _ in _PHRASES:
        for variant in phrases.split("|"):
            words = variant.split()
            for order in (words, words[::-1]):
                if len(words) == 2:
                    glued["".join(order)] = words, ""
                for side, ends in (("Left", ("left", "l")), ("Right", ("right", "r"))):
                    for end in ends:
                        if len(words) == 2 or len(end) > 1:
                            glued["".join(order) + end] = words, side
    return glued


def _joined(words: Sequence[str]) -> list[str]:
    """ "eye", "brow" is one word."""
    joined: list[str] = []
    for word in words:
        if joined and joined[-1] == "eye" and word in ("brow", "brows", "lid", "lids"):
            joined[-1] += word
        else:
            joined.append(word)
    return joined
