# SPDX-License-Identifier: GPL-3.0-or-later
"""The panels and the preferences draw, whatever the scene holds, and without a word in the console."""

from desktop import MODULE
from session import ANIMATE, HEAD, NEW_TAKE, Session, check

FIELDS = (
    "source.kind",
    "target.object",
    "mouth.amount",
    "eyes.blink_amount",
    "eyes.blinks_per_minute",
    "eyes.gaze_amount",
    "eyes.look_at",
    "eyes.gaze_on",
    "eyes.brows_amount",
    "eyes.accents",
    "emotion.voice",
    "emotion.idle",
    "emotion.use_markers",
    "head.style",
    "head.amount",
    "head.mode",
    "performance.model",
    "performance.seed",
    "style.style",
    "style.mix_with",
    "style.strength",
    "output.kind",
    "output.frames",
    "output.key_error",
    "output.blocked",
)
"""What stands in the panels of a fresh scene, as paths from `scene.soliloquy`."""

STATES = {
    "no strip": "bpy.context.scene.sequence_editor_clear()",
    "muted strip": "bpy.context.scene.sequence_editor.strips[0].mute = True",
    "no target": "for obj in bpy.data.objects: obj.select_set(False)",
    "target without shapes": "bpy.context.scene.soliloquy.target.object = bpy.data.objects['Cube']",
    "no shape keys": f"bpy.data.objects[{HEAD!r}].shape_key_clear()",
    "blocked keys": f"bpy.data.objects[{HEAD!r}].data.shape_keys.key_blocks['jawOpen'].lock_shape = True",
    "file": "bpy.context.scene.soliloquy.source.kind = 'FILE'",
    "custom frames": "bpy.context.scene.soliloquy.output.frames = 'CUSTOM'",
    "MeshTalk": "bpy.context.scene.soliloquy.performance.model = 'meshtalk'",
    "own model": "bpy.context.scene.soliloquy.performance.model = 'file'",
    "own style": "bpy.ops.soliloquy.draw_style(seed=3)",
    "mixed styles": "style = bpy.context.scene.soliloquy.style\nstyle.style, style.mix_with = 'calm', 'big'\n"
    "bpy.context.scene.soliloquy.performance.model = 'hybrid'",
    "emotion sliders": "bpy.ops.soliloquy.add_emotion_sliders()",
    "no emotion": "bpy.context.scene.soliloquy.emotion.use = False",
    "vertex cache": "bpy.context.scene.soliloquy.output.kind = 'cache'",
    "absolute keys": "bpy.context.scene.soliloquy.output.kind = 'absolute_keys'",
    "look at": "bpy.context.scene.soliloquy.eyes.look_at = 'OBJECT'",
    "no rig": f"bpy.data.objects[{HEAD!r}].soliloquy_rig = 'CHOSEN'",
    "found bones": "bpy.ops.soliloquy.find_bones()",
    "found keys": "bpy.ops.soliloquy.find_keys()",
    "measured face": "bpy.ops.soliloquy.measure_face()",
    "face of bones": f"bpy.data.objects[{HEAD!r}].soliloquy_moves_by = 'BONES'",
    "all off": "settings = bpy.context.scene.soliloquy\nsettings.mouth.use = settings.head.use = False\n"
    "settings.eyes.use = settings.eyes.use_gaze = settings.eyes.use_brows = False",
}
"""What can be different from a scene that is ready, and how to get there."""


def panels(session: Session) -> str:
    """Both sidebars with every sub-panel open, in a scene that is ready and in others."""
    for kind in ("VIEW_3D", "SEQUENCE_EDITOR"):
        window = session.open("short", keep=None)
        window.do("fill_window", kind=kind)
        window.settle(1.0)
        window.open_tab()
        window.settle(0.6)
        session.open_output(kind)
        session.open_style(kind)
        seen = [path for path, _, _ in session.scan(kind, step=7)]
        # With this one open too, the last ones are below the window's edge.
        session.open_emotion(kind)
        seen += [path for path, _, _ in session.scan(kind, step=7)]
        for button in (ANIMATE, NEW_TAKE):
            check(any(each == button for each in seen), f"{kind}: no {button} among {seen}")
        missing = [field for field in FIELDS if not any(each.endswith(f"soliloquy.{field}") for each in seen)]
        check(not missing, f"{kind}: not drawn: {', '.join(missing)}")
        window.check_console()
        look(session, f"{kind} ready")
        for name, change in STATES.items():
            window.run(f"{change}\nstage.undo_push()")
            window.do("redraw")
            window.settle(1.0)
            look(session, f"{kind} {name}")
            window.check_console()
            window.run("bpy.ops.ed.undo()")
            window.settle(0.6)
    return f"{len(FIELDS)} fields in both sidebars; {len(STATES)} other states drawn; nothing in the console"


def preferences(session: Session) -> str:
    """The page of the extension in the preferences."""
    window = session.open("short", keep=None)
    window.do("show_preferences", module=MODULE)
    window.settle(1.0)
    session.place_preferences(900, 700)
    window.settle(2.0)
    look(session, "preferences")
    window.check_console()
    session.close()
    return "drawn, nothing in the console"


def look(session: Session, name: str) -> None:
    """Keep a picture for who wants to see it."""
    session.desktop.picture(session.folder / "seen" / f"{name}.png")


CHECKS = {"panels": panels, "preferences": preferences}
