# SPDX-License-Identifier: GPL-3.0-or-later
"""The job: it starts, moves, can be cancelled, finishes, and is one step of undo and redo."""

import time

from desktop import Failure
from session import ANIMATE, HEAD, NEW_TAKE, Session, check

PIVOT = f"{HEAD} Pivot"
TURNED = (
    f"objects['{PIVOT}']",
    f"evaluated {PIVOT}.",
    f"objects['{HEAD}'].matrix_",
    f"evaluated {HEAD}.matrix_world",
    # From the matrix, with its rounding.
    f"objects['{HEAD}'].dimensions",
    "actions['long.wav Soliloquy Head Pivot']",
    "actions['soliloquy.flac Soliloquy Head Pivot']",
)
"""Where it shows that the head has turned."""

EDITORS = ("screens[", "workspaces[")

PART = "bpy.ops.soliloquy.animate_part(part='Head')"
AT_THE_END = 0.77
"""Of the sidebar's width, where the headers of parts have their button."""

ACTION = f"bpy.data.objects[{HEAD!r}].data.shape_keys.animation_data.action"


def comparator(session: Session) -> str:
    """What the other checks compare with notices each of these changes, and an error in the console."""
    window = session.open("short")
    window.equal("before")
    head = f"bpy.data.objects[{HEAD!r}]"
    curve = "bpy.data.actions['Soliloquy HeadAction'].layers[0].strips[0].channelbags[0].fcurves[0]"
    keys = f"{head}.data.shape_keys.key_blocks"
    changes = {
        "a key's value": f"{curve}.keyframe_points[1].co.y += 1e-4",
        "a key's interpolation": f"{curve}.keyframe_points[0].interpolation = 'LINEAR'",
        "a key more": f"{curve}.keyframe_points.insert(80, 0.5)",
        "a shape key's value": f"{keys}['jawOpen'].value = 0.001",
        "one vertex": f"{head}.data.vertices[9].co.x += 0.1",
        "a vertex of a shape key": f"{keys}[3].points[2].co.x += 0.1",
        "the selection": "bpy.data.objects['Cube'].select_set(True)",
        "what is hidden": "bpy.data.objects['Cube'].hide_set(True)",
        "the active object": "bpy.context.view_layer.objects.active = bpy.data.objects['Armature']",
        "the active strip": "bpy.context.scene.sequence_editor.active_strip = None",
        "a strip's selection": "bpy.context.scene.sequence_editor.strips[0].select = False",
        "a strip's place": "bpy.context.scene.sequence_editor.strips[0].channel = 3",
        "the current frame": "bpy.context.scene.frame_set(8)",
        "a custom property": f"{head}['note'] = 'changed'",
        "a setting of the panel": "bpy.context.scene.soliloquy.performance.seed = 3",
        "number of users": "bpy.data.actions[0].use_fake_user = True",
        "a datablock more": "bpy.data.actions.new('More')",
        "a driver": "bpy.data.objects['Cube'].animation_data.drivers[0].mute = True",
        "a marker": "bpy.context.scene.timeline_markers[0].frame = 13",
        "the mode": "bpy.ops.object.mode_set(mode='POSE')",
    }
    window.do("keep", name="0")
    unnoticed = []
    for number, (name, change) in enumerate(changes.items(), 1):
        window.run(change)
        count = window.do("keep", name=str(number))
        if not window.do("differ", before=str(number - 1), after=str(number)):
            unnoticed.append(name)
    check(not unnoticed, f"unnoticed: {', '.join(unnoticed)}")
    window.check_console()
    window.do("console", text="Traceback (most recent call last): made up to be noticed")
    try:
        window.check_console()
    except Failure:
        pass
    else:
        raise Failure("unnoticed: a traceback in the console")
    session.open("short", keep=None)
    window.equal("before", reopened=True)
    return f"{len(changes)} kinds of change noticed among {count} values"


def cancelled(session: Session) -> str:
    """A click starts the job, the window stays responsive, progress moves, Esc leaves everything equal."""
    window = session.open("long")
    steps = session.undo_steps()
    window.equal("before")
    window.do("watch")
    session.start()
    session.reach(0.2)
    session.press_escape()
    seen = window.do("watched")
    values = seen["progress"]
    check(len(values) >= 3 and values == sorted(values) and values[0] < 0.1, f"progress was {values}")
    check(seen["gap"] < 0.5, f"the window stood still for {seen['gap']:.2f} s")
    window.equal("before")
    check(session.undo_steps() == steps, "cancelling left an undo step behind")
    check(any("Cancelled" in each for each in session.reports()), "nothing told the user")
    session.timings["longest standstill while working"] = seen["gap"]
    window.check_console()
    return f"{len(values)} steps of progress, longest standstill {seen['gap']:.2f} s, scene equal after Esc"


def cancelled_any_time(session: Session) -> str:
    """Esc at once, early and late; a double click; a menu in between; the other sidebar's button."""
    window = session.open("long")
    session.find("VIEW_3D", ANIMATE)
    for wait in (0.0, 0.03, 0.15, 0.4, 1.0):
        session.click_animate()
        time.sleep(wait)
        session.desktop.key("Escape")
        time.sleep(0.3)
        window.wait("Esc ends the job", lambda: session.progress is None, 5)
        window.settle()
        differ = window.do("differ", before="before")
        check(not differ, f"Esc {wait} s after the click: {differ[:5]}")

    session.start(repeat=2)  # the second click finds a job at work
    session.reach(0.1)
    session.press_escape()
    window.settle(1.0)
    check(session.progress is None, "a double click started two jobs")
    window.equal("before")

    session.start("SEQUENCE_EDITOR")
    refused = window.run(
        "try:\n    bpy.ops.soliloquy.animate_from_audio('INVOKE_DEFAULT')\n"
        "except RuntimeError as error:\n    answer = str(error)"
    )
    check(refused and "under way" in refused, f"a second job was not refused: {refused}")
    x, y = session.middle("VIEW_3D")
    session.desktop.mouse(x, y)
    session.desktop.click(3)
    time.sleep(0.5)
    session.desktop.key("Escape")
    time.sleep(0.4)
    check(session.progress is not None, "Esc for a menu cancelled the job too")
    session.press_escape()
    window.equal("before")
    window.check_console()
    return "Esc after 0, 0.03, 0.15, 0.4 and 1 s, double click, menu, second start refused: equal"


def finished(session: Session) -> str:
    """After a cancelled job another finishes; the mouth moves; what was made by hand survives."""
    window = session.open("long")
    session.start()
    session.reach(0.1)
    session.press_escape()
    window.equal("before")
    before = window.do("keys", name=HEAD)
    session.start()
    session.finish()
    keys = window.do("keys", name=HEAD)
    hand = 'key_blocks["Own"].value'
    check(keys.get(hand) == before[hand], f"hand-made keys were {before[hand]}, are {keys.get(hand)}")
    check(keys.get('key_blocks["jawOpen"].value', [0])[0] > 500, f"keys: {keys}")
    moved = window.do("mouth", name=HEAD, frames=list(range(1, 240, 6)))
    check(max(moved) - min(moved) > 0.004, f"the evaluated mouth moves by {max(moved) - min(moved):.4f} m")
    size = (f"objects['{HEAD}'].bound_box", f"objects['{HEAD}'].dimensions", f"evaluated {HEAD}.vertices")
    written = ("actions['Soliloquy HeadAction']", "shape_keys[", *size, *TURNED)
    others = [each for each in window.do("differ", before="before") if not each.startswith(written)]
    check(not others, f"changed beside the head's shape keys: {others[:5]}")
    check(any("Animated" in each for each in session.reports()), "nothing told the user")
    window.check_console()
    return f"{sum(each[0] for each in keys.values())} keys, the mouth moves by {max(moved) * 1000:.0f} mm"


def undone(session: Session) -> str:
    """Ctrl+Z takes everything back in one step, Ctrl+Shift+Z brings exactly the same again; twice."""
    window = session.open("short")
    steps = session.undo_steps()
    session.start_and_finish()
    check(session.undo_steps() == steps + 1, f"{session.undo_steps() - steps} undo steps instead of one")
    window.do("keep", name="animated")
    check(window.do("differ", before="before", after="animated"), "nothing was animated")
    session.desktop.mouse(*session.middle("VIEW_3D"))
    for _ in range(2):
        session.desktop.key("ctrl+z")
        window.settle(1.0)
        window.equal("before")
        session.desktop.key("ctrl+shift+z")
        window.settle(1.0)
        window.equal("animated")
    session.desktop.key("ctrl+z")
    window.settle(1.0)
    session.start_and_finish()
    lines = window.do("differ", before="animated")
    check(
        not [each for each in lines if "session_uid" not in each], f"animated again, it differs: {lines[:5]}"
    )
    window.check_console()
    return "one step; undone and redone twice, equal each time; animated again after undo: the same"


def new_take(session: Session) -> str:
    """New Take leaves the first take as it is, in one undo step; a click in the list shows a take."""
    window = session.open("short")
    session.start_and_finish()
    window.do("keep", name="first take")
    name = window.run(f"answer = {ACTION}.name")
    steps = session.undo_steps()
    session.start_and_finish(NEW_TAKE)
    check(session.undo_steps() == steps + 1, f"{session.undo_steps() - steps} undo steps instead of one")
    new = window.run(f"answer = {ACTION}.name")
    check(new != name, f"the take went into '{name}'")
    seed = window.run("answer = bpy.context.scene.soliloquy.performance.seed")
    check(seed == 1, f"the next seed is {seed}")
    window.do("keep", name="second take")
    changed = window.do("differ", before="first take", after="second take")
    fake = f"actions['{name}'].use_fake_user", f"actions['{name}'].users"
    touched = [
        each for each in changed if each.startswith(f"actions['{name}']") and not each.startswith(fake)
    ]
    check(not touched, f"changed in the first take: {touched[:5]}")
    session.desktop.mouse(*session.middle("VIEW_3D"))
    session.desktop.key("ctrl+z")
    window.settle(1.0)
    window.equal("first take")
    session.desktop.key("ctrl+shift+z")
    window.settle(1.0)
    window.equal("second take")

    # The list stands below all other sub-panels.
    window.do("fill_window", kind="VIEW_3D")
    window.settle(1.0)
    window.open_tab()
    window.do("keep", name="list seen")
    steps = session.undo_steps()
    shown = f"bpy.ops.soliloquy.show_take(kind='SHAPE_KEYS', take=\"{name}\")"
    session.desktop.mouse(*session.find("VIEW_3D", shown))
    session.desktop.click()
    window.wait("the first take is shown", lambda: window.run(f"answer = {ACTION}.name") == name, 10)
    check(session.undo_steps() == steps + 1, "showing a take is not one undo step")
    session.desktop.mouse(*session.middle("VIEW_3D"))
    session.desktop.key("ctrl+z")
    window.settle(1.0)
    _equal_but_editors(session, "list seen")
    window.check_console()
    return f"'{new}' beside '{name}', which is equal; one undo step each, undone and redone"


def _equal_but_editors(session: Session, name: str) -> None:
    """What was remembered is there again; undo counts the users of an editor that fills the window anew."""
    lines = [each for each in session.window.do("differ", before=name) if not each.startswith(EDITORS)]
    check(not lines, f"undone, it differs from '{name}': {lines[:5]}")


def head_turns(session: Session) -> str:
    """The job turns the head; the button of its panel does it alone; undo takes each back in one step."""
    window = session.open("short")
    session.start_and_finish()
    groups = window.do("groups", name=PIVOT)
    check(set(groups) == {"Head"}, f"curves of the empty: {groups}")
    degrees = window.do("turns", name=PIVOT, frames=list(range(1, 240, 4)))
    check(2 < max(degrees) < 30, f"the head turns by {max(degrees):.1f} degrees at most")
    window.do("fill_window", kind="VIEW_3D")
    window.settle(1.0)
    window.open_tab()
    window.run("bpy.context.scene.soliloquy.head.style = 'emphatic'\nstage.undo_push('Style')")
    window.settle()
    window.do("keep", name="styled")
    steps = session.undo_steps()
    session.start_and_finish(PART, share=AT_THE_END)
    check(session.undo_steps() == steps + 1, f"{session.undo_steps() - steps} undo steps instead of one")
    window.do("keep", name="emphatic")
    changed = window.do("differ", before="styled", after="emphatic")
    check(changed, "the head alone: nothing was animated")
    others = [each for each in changed if not each.startswith(TURNED)]
    check(not others, f"the head alone changed {others[:5]}")
    stronger = window.do("turns", name=PIVOT, frames=list(range(1, 240, 4)))
    session.desktop.mouse(*session.middle("VIEW_3D"))
    for key, name in (("ctrl+z", "styled"), ("ctrl+shift+z", "emphatic"), ("ctrl+z", "styled")):
        session.desktop.key(key)
        window.settle(1.0)
        _equal_but_editors(session, name)
    for _ in range(2):
        session.desktop.key("ctrl+z")
        window.settle(1.0)
    _equal_but_editors(session, "before")
    window.check_console()
    return (
        f"{max(degrees):.0f} degrees in conversation; alone {max(stronger):.0f} emphatic, and nothing else "
        "changes; one undo step each"
    )


CHECKS = {
    "comparator": comparator,
    "cancel": cancelled,
    "cancel any time": cancelled_any_time,
    "window job": finished,
    "undo and redo": undone,
    "new take": new_take,
    "head": head_turns,
}
