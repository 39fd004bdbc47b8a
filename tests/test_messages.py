# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/troubleshooting.md has an entry for every line that Soliloquy can show to people, and no others.

A message is any text of two words or more in the code that ships, wherever it is put together: raised,
reported, drawn in a panel, printed. What varies in it stands as "…". Left out are docstrings, the texts
of settings and --help, and what is for programmers (ValueError and its kin). Of training, evaluation and
films, which print much, only what they raise counts.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "troubleshooting.md"

SHIPPED = (
    "__init__.py",
    "blender_addon/**/*.py",
    "bake/*.py",
    "bake/making/*.py",
    "bake/pose/*.py",
    "bake/vertices/*.py",
    "core/*.py",
    "core/audio/*.py",
    "core/evaluation/rhubarb.py",
    "core/generate/*.py",
    "core/generate/emotion/*.py",
    "core/head/*.py",
    "core/head/registration/*.py",
    "core/retarget/*.py",
    "core/transfer/*.py",
    "core/transfer/pieces/*.py",
    "core/transcript/*.py",
    "core/weights/*.py",
    "command_line/__init__.py",
    "command_line/__main__.py",
    "command_line/animate.py",
    "command_line/batch.py",
    "command_line/motion_arguments.py",
    "command_line/parser.py",
    "command_line/style.py",
)
RAISING = (
    "bake/preview.py",
    "command_line/*.py",
    "core/evaluation/**/*.py",
    "core/models/**/*.py",
    "core/training/**/*.py",
)
"""Files that print progress and tables; only their errors count."""
WITHOUT_MESSAGES = {
    "bake/preview.py",
    "bake/benchmark.py",
    "blender_addon/problem_report.py",
    "core/transcript/written_forms.py",
}
"""Files that do not ship, the report of a problem, which is read by those who mend, and English."""
TRANSLATIONS = re.compile(r"blender_addon/translations?\b")

LABEL_ARGUMENTS = {
    "description",
    "doc",
    "dtype",
    "epilog",
    "good_for",
    "heading",
    "help",
    "icon",
    "items",
    "looks",
    "metavar",
    "name",
    "prog",
    "suffix",
    "prefix",
    "title",
}
"""Keyword arguments whose texts are names and tooltips."""
LABEL_CALLS = {"add_argument_group", "add_subparsers", "getLogger", "compile"}
HELP_TEXTS = {"ANIMATE", "BATCH", "DESCRIPTION", "IMPORT", "MAKE_SHAPES", "MANIFEST_HELP", "SUBCOMMANDS"}
"""Constants that --help shows."""
PROGRAMMING_ERRORS = {"AttributeError", "RuntimeError", "TypeError", "ValueError", "UnknownFormat"}

PIECES = {
    "… absolute shape keys on '…'",
    "… keys on … bones of '…'",
    "along with …",
    "bring the lower lip in under the teeth",
    "close one eye alone",
    "close the left eye",
    "close the lips while the jaw is open",
    "close the right eye",
    "lower the brows",
    "move the corners of the mouth apart from each other",
    "open the mouth",
    "purse the lips",
    "raise the brows",
    "raise the upper lip",
    "spread the lips",
    "… and … more",
    "… keys on '…'",
    "… keys on … shape keys",
    "… MB of vertices in '…'",
    ", the range is … to …",
    "Entry … of …",
    "Row … of …",
    "The manifest",
    "The mapping '…'",
    "The phones '…'",
    "The sound",
    "The transcript '…'",
    "The word '…' of …",
    "Key … of the mapping '…'",
    "Line … of the manifest",
    "frames … to …",
    "is at … to …",
    "left eye",
    "meshes with shape keys",
    "no frame",
    "right eye",
    "the inner corner of the left eye",
    "the inner corner of the right eye",
    "the left corner of the mouth",
    "the middle of the lower lip, at its upper edge",
    "the middle of the upper lip, at its lower edge",
    "the outer corner of the left eye",
    "the outer corner of the right eye",
    "the right corner of the mouth",
    "the tip of the chin",
    "the tip of the nose",
    "starts at frame …",
}
"""Texts that only fill a place in a message."""

NAMES = {
    "… inner brow",
    "… lid gap",
    "corner height left",
    "corner height right",
    "left brow",
    "left inner brow",
    "left lid gap",
    "lip gap",
    "lip gap …",
    "lip gap 3",
    "lower lip height",
    "lower lip protrusion",
    "mouth sideways",
    "mouth width",
    "right brow",
    "right inner brow",
    "right lid gap",
    "upper lip height",
    "upper lip protrusion",
    "Base Color",
    "DLL load failed",
    'File type = "ooTextFile" Object class = "TextGrid"',
    "A New One",
    "Bake Emotion",
    "Live Link Face",
    "Live Link Face (.csv)",
    "Soliloquy Head",
    "What the Head Does Now",
    "Soliloquy aside",
    "Soliloquy movement check",
    "Soliloquy nothing",
    "Subsurface Radius",
    "Subsurface Scale",
    "Subsurface Weight",
    'intervals […]: xmin = … xmax = … text = "…"',
    'item […]: class = "…" name = "…" xmin = 0 xmax = … intervals: size = …',
    "xmin = 0 xmax = … tiers? <exists> size = … item []:",
}
"""Names of things, and texts to compare with."""


def files() -> list[Path]:
    found = [path for pattern in SHIPPED for path in sorted(ROOT.glob(pattern))]
    names = {path: path.relative_to(ROOT).as_posix() for path in found}
    return [
        path for path in found if names[path] not in WITHOUT_MESSAGES and not TRANSLATIONS.match(names[path])
    ]


def template(node: ast.AST) -> str | None:
    """The text of a string expression with "…" for what varies; None for other expressions."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        # Texts for str.format, with named or empty places.
        return re.sub(r"\{\w*(:[^{}]*)?\}", "…", node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "…" for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = template(node.left), template(node.right)
        if left is not None or right is not None:
            return ("…" if left is None else left) + ("…" if right is None else right)
    return None


def texts(node: ast.AST) -> Iterator[str]:
    """Every text below a node that is not a docstring, an annotation, a label or for programmers."""
    text = template(node)
    if text is not None:
        yield text
        children = places(node)
    else:
        # Settings of Blender are declared in annotations; they hold names and tooltips only.
        fields = [value for name, value in ast.iter_fields(node) if name not in {"annotation", "returns"}]
        children = [each for value in fields for each in (value if isinstance(value, list) else [value])]
    for child in children:
        if isinstance(child, ast.AST) and not is_label(child):
            yield from texts(child)


def places(node: ast.AST) -> list[ast.AST]:
    """What stands in the places that vary of a string expression."""
    if isinstance(node, ast.JoinedStr):
        return [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
    if isinstance(node, ast.BinOp):
        sides = [node.left, node.right]
        return [each for side in sides for each in (places(side) if template(side) is not None else [side])]
    return []


def is_label(node: ast.AST) -> bool:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True
    if isinstance(node, ast.keyword):
        return node.arg in LABEL_ARGUMENTS
    if isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return all(
            isinstance(each, ast.Name) and (each.id in HELP_TEXTS or each.id.startswith("bl_"))
            for each in targets
        )
    if isinstance(node, ast.Call):
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        return called in LABEL_CALLS | PROGRAMMING_ERRORS
    return False


def raised(tree: ast.AST) -> Iterator[str]:
    """Every text in what is raised, unless it is for programmers."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and node.exc is not None and not is_label(node.exc):
            yield from texts(node.exc)


def canonical(text: str) -> str:
    text = " ".join(text.split())
    return re.sub(r"…([\s.]*…)+", "…", text)


def is_message(text: str) -> bool:
    words = len(re.findall(r"[A-Za-z]{2,}", text))
    return " " in text.strip() and (words >= 2 or (words == 1 and "…" in text and "." in text))


def messages() -> dict[str, str]:
    """Messages, with the file of each."""
    found: dict[str, str] = {}
    for path in files():
        for text in texts(ast.parse(path.read_text(encoding="utf-8"))):
            if is_message(text):
                found.setdefault(canonical(text), path.relative_to(ROOT).as_posix())
    for path in (path for pattern in RAISING for path in sorted(ROOT.glob(pattern))):
        for text in raised(ast.parse(path.read_text(encoding="utf-8"))):
            if is_message(text):
                found.setdefault(canonical(text), path.relative_to(ROOT).as_posix())
    return found


def entries() -> list[str]:
    """The messages of the page: what begins an entry of a list, in bold."""
    if not PAGE.is_file():
        pytest.skip("the page is not beside the tests")
    bold = re.findall(r"^- \*\*(.+?)\*\*", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [canonical(text) for text in bold]


def test_every_message_has_an_entry() -> None:
    known = set(entries())
    missing = [f"{path}: {text}" for text, path in messages().items() if text not in known | PIECES | NAMES]
    assert not missing, "docs/troubleshooting.md lacks\n" + "\n".join(missing)


def test_every_entry_is_a_message() -> None:
    there = messages()
    stale = [text for text in [*entries(), *PIECES, *NAMES] if text not in there]
    assert not stale, "no code says any more\n" + "\n".join(stale)


def test_no_message_has_two_entries() -> None:
    everything = entries()
    assert len(everything) > 100
    assert sorted(set(everything)) == sorted(everything)


def test_texts_are_found_wherever_they_stand() -> None:
    source = '''
"""Docstring of two words."""
DESCRIPTION = "constant of the help"
def refuse(x: "int or float", notes):
    """Another docstring."""
    notes.append(f"Strip '{x}' is " + f"gone: {'for good' if x else 'for now'}.")
    bl_label = "Name of a button"
    layout.label(text=_("{count} of them").format(count=x), icon="NOT READ")
    raise BakeError(prefix + "no head") from ValueError("not for people")
'''
    assert set(map(canonical, texts(ast.parse(source)))) == {
        "Strip '…' is gone: ….",
        "for good",
        "for now",
        "… of them",
        "…no head",
    }
    assert list(map(canonical, raised(ast.parse(source)))) == ["…no head"]
