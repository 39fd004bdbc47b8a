# SPDX-License-Identifier: GPL-3.0-or-later
"""Morphs of MikuMikuDance models, and their common translations.

Sources: the morph names of the models that ship with MikuMikuDance and of Tda's models, which motions
(.vmd) rely on: brows 真面目 困る にこり 怒り 上 下, eyes まばたき 笑い ウィンク, mouth あ い う え お ん ▲ ∧
□ ワ ω にやり 口角上げ; ウィンク is the subject's left eye, with 右 the right one, and with ２ the lid closes
downwards where it smiles without. Translations as in VRChat's worlds for dances and in add-ons for Blender.
"""

from typing import Final

from . import postures
from .convention import Convention, feeling, posture, shape

MMD: Final = Convention(
    name="MikuMikuDance",
    label="MMD",
    shapes=(
        posture("あ", postures.OPEN, "Ah", "a"),
        posture("い", postures.CLOSE_FRONT, "Ch", "i"),
        posture("う", postures.CLOSE_ROUNDED, "Oo", "u"),
        posture("え", postures.MIDDLE_FRONT, "Eh", "e"),
        posture("お", postures.OPEN_ROUNDED, "Oh", "o"),
        posture("あ２", postures.WIDE_OPEN, "あ2", "ああ", "Ah 2", "a 2"),
        posture("い２", postures.CLOSE_FRONT, "い2", "いい"),
        posture("え２", postures.OPEN_FRONT, "え2", "えー"),
        posture("お２", postures.ROUNDED, "お2", "おお"),
        posture("ん", postures.PRESSED, "Hmm", "n"),
        shape("▲", "Mouse_1", jawOpen=0.35, mouthFrown=0.3, drive=False),
        shape("∧", "Mouse_2", mouthFrown=0.5, drive=False),
        shape("□", jawOpen=0.6, mouthStretch=0.4, drive=False),
        shape("ワ", "Wa", jawOpen=0.5, mouthSmile=0.5, drive=False),
        shape("ω", "Omega", mouthSmile=0.3, drive=False),
        shape("ω□", jawOpen=0.4, mouthSmile=0.3, drive=False),
        shape("にやり", "Grin", "Niyari", mouthSmile=0.6, drive=False),
        shape("にやり２", "にやり2", "Niyari2", mouthSmile=0.6, drive=False),
        shape("にっこり", mouthSmile=0.8, drive=False),
        shape("口角上げ", "口角上", "Mouth Corner Up", "MouseUP", mouthSmile=0.7),
        shape("口角上げ左", "左口角上げ", mouthSmileLeft=0.7),
        shape("口角上げ右", "右口角上げ", mouthSmileRight=0.7),
        shape("口角下げ", "口角下", "Mouth Corner Down", "MouseDW", mouthFrown=0.7),
        shape("口角下げ左", "左口角下げ", mouthFrownLeft=0.7),
        shape("口角下げ右", "右口角下げ", mouthFrownRight=0.7),
        shape("口横広げ", "口角広げ", "Mouth Corner Spread", "MouseWD", mouthStretch=0.8),
        shape("口横広げ左", "左口横広げ", mouthStretchLeft=0.8),
        shape("口横広げ右", "右口横広げ", mouthStretchRight=0.8),
        shape("口横狭め", "口角狭め", mouthPucker=0.7),
        shape("口右", mouthRight=1.0),
        shape("口左", mouthLeft=1.0),
        posture("口閉じ", postures.PRESSED, "口閉"),
        shape("ぺろっ", "べー", "Pero", tongueOut=1.0, drive=False),
        shape("てへぺろ", "てへぺろ２", "Bero-tehe", tongueOut=0.7, mouthSmile=0.4, drive=False),
        shape("ぷくー", "頬膨らみ", cheekPuff=1.0),
        shape("まばたき", "瞬き", eyeBlink=1.0),
        shape("ウィンク２", "ウィンク2", "ｳｨﾝｸ２", "ウインク２", "Wink 2", "Wink-b", eyeBlinkLeft=1.0),
        shape(
            *("ウィンク２右", "ウィンク2右", "ｳｨﾝｸ２右", "ウインク２右", "Wink 2 Right", "Wink-c"),
            eyeBlinkRight=1.0,
        ),
        *feeling(
            ("ウィンク", "ｳｨﾝｸ", "ウインク", "ウィンク左", "Wink"), eyeBlinkLeft=1.0, cheekSquintLeft=0.6
        ),
        *feeling(
            ("ウィンク右", "ｳｨﾝｸ右", "ウインク右", "Wink Right", "Wink-a"),
            eyeBlinkRight=1.0,
            cheekSquintRight=0.6,
        ),
        *feeling(("笑い", "笑い目"), eyeBlink=1.0, cheekSquint=0.6),
        *feeling(("なごみ", "Howawa"), eyeBlink=0.9),
        *feeling(("はぅ", "＞＜"), eyeBlink=1.0, eyeSquint=0.8),
        *feeling(("じと目", "ジト目", "Jito-eye"), eyeSquint=0.5, eyeBlink=0.3),
        *feeling(("ｷﾘｯ", "キリッ", "Kiri-eye"), eyeSquint=0.4),
        *feeling(("喜び",), eyeBlink=1.0, cheekSquint=0.5),
        *feeling(("悲しむ",), eyeSquint=0.4),
        shape("びっくり", "Ha!!!", eyeWide=1.0),
        shape("上", "眉上", "Up", browInnerUp=0.8, browOuterUp=0.8),
        shape("下", "眉下", "Down", browDown=0.8),
        *feeling(("真面目", "Serious"), browDown=0.5),
        *feeling(("困る", "困り", "Trouble"), browInnerUp=0.9),
        *feeling(("にこり", "Smily"), browInnerUp=0.3, browOuterUp=0.4),
        *feeling(("怒り", "Get angry"), browDown=0.9),
    ),
    weak=frozenset(
        (
            *("上", "下", "ん", "Hmm", "Grin", "Ah 2", "Ah", "Ch", "Oo", "Eh", "Oh", "a", "i", "u", "e", "o"),
            *("a 2", "n", "Wa", "Omega", "Pero", "Wink", "Up", "Down", "Serious", "Trouble", "Smily"),
            "Smile",
        )
    ),
    enough=3,
    needed=frozenset(
        (
            *("あ", "い", "う", "え", "お", "Ah", "Ch", "Oh", "Wink-a", "Wink-b", "Wink-c", "MouseUP"),
            *("MouseDW", "Niyari"),
        )
    ),
    fixed=frozenset(
        (
            "Smile",  # Of MikuMikuDance's names it is the eyes that smile.
            *(
                "はちゅ目",
                "星目",
                "はぁと",
                "瞳小",
                "瞳大",
                "瞳縦潰れ",
                "光下",
                "恐ろしい子！",
                "ハイライト消",
            ),
            *("映り込み消", "照れ", "赤面", "頬染め", "涙", "がーん", "青ざめる", "青ざめ", "歯無し上"),
            *("歯無し下", "白目", "しいたけ", "メガネ", "輪郭", "髪影消"),
        )
    ),
)
