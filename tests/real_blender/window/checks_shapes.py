# SPDX-License-Identifier: GPL-3.0-or-later
"""A head without shape keys: imported, given keys with a click, animated, undone; and marks on it."""

from checks_job import EDITORS
from checks_panels import look
from desktop import Window
from session import Session, check

NAME = "Imported"
MAKE = "bpy.ops.soliloquy.make_shape_keys()"
PLACE = "bpy.ops.soliloquy.place_marks()"
WORK = "make_shape_keys"
KEYS = (
    f"keys = bpy.data.objects[{NAME!r}].data.shape_keys\nanswer = 0 if keys is None else len(keys.key_blocks)"
)

POINTS = {
    "eye_outer_right": [-0.045, 0.041, 0.09],
    "eye_inner_right": [-0.018, 0.039, 0.095],
    "eye_inner_left": [0.018, 0.039, 0.095],
    "eye_outer_left": [0.045, 0.041, 0.09],
    "nose_tip": [0.0, 0.007, 0.124],
}
"""About where marks are on the imported mesh, whose y is up."""


def import_plain(session: Session, editors: tuple[tuple[str, float], ...]) -> Window:
    """An empty file into which a head without keys was imported, and a sound strip; with those editors."""
    window = session.window
    path = session.folder / "plain.obj"
    if not path.exists():
        window.do("empty_file")
        window.settle()
        window.do("write_plain_head", path=str(path))
    window.do("empty_file")
    window.settle(0.6)
    window.lay_out(editors)
    window.do("import_head", path=str(path), sound=str(session.sample))
    return window


def open_plain(session: Session) -> Window:
    """The same beside the sequencer, with a first step of undo, remembered as 'before'."""
    window = import_plain(session, (("SEQUENCE_EDITOR", 0.35),))
    window.do("look_at_face")
    window.settle(0.6)
    window.open_tab()
    window.do("undo_push", message="Prepared")
    session.desktop.mouse(*session.middle("VIEW_3D"))
    window.settle()
    window.do("keep", name="before")
    return window


def made_and_animated(session: Session) -> str:
    """Esc leaves everything equal; a click makes the keys; they speak; each is one step of undo."""
    window = open_plain(session)
    vertices = window.run(f"answer = len(bpy.data.objects[{NAME!r}].data.vertices)")
    session.click_animate(button=MAKE)
    window.wait("the making begins", lambda: window.do("job", operator=WORK) is not None, 30)
    window.settle(1.0)
    look(session, "making shape keys")
    session.desktop.mouse(*session.middle("VIEW_3D"))
    session.desktop.key("Escape")
    window.wait("Esc ends it", lambda: window.do("job", operator=WORK) is None, 5)
    window.settle()
    window.equal("before")
    check(any("Cancelled" in each for each in session.reports()), "nothing told the user")
    window.do("watch", operator=WORK)
    session.click_animate(button=MAKE)
    window.wait("the keys are made", lambda: any("Made 52" in each for each in session.reports()), 300)
    window.settle(0.6)
    seen = window.do("watched")
    values = seen["progress"]
    check(len(values) >= 5 and values == sorted(values), f"progress was {values}")
    session.timings["making shape keys"] = seen["ended"] - seen["began"]
    session.timings["longest standstill while making shape keys"] = seen["gap"]
    check(seen["gap"] < 1.0, f"the window stood still for {seen['gap']:.2f} s")
    check(window.run(KEYS) == 53, f"there are {window.run(KEYS)} keys")
    window.do("keep", name="made")
    session.start_and_finish()
    keyed = window.do("keys", name=NAME)
    check(any("jawOpen" in path for path in keyed), f"no keys on jawOpen among {len(keyed)} curves")
    moved = max(window.do("mouth", name=NAME, frames=list(range(20, 200, 6))))
    check(0.005 < moved < 0.08, f"the mouth moves by {moved:.4f} m")
    for state in ("made", "before"):
        session.desktop.mouse(*session.middle("VIEW_3D"))
        session.desktop.key("ctrl+z")
        window.settle(0.6)
        differences = window.do("differ", before=state, after=None, reopened=False)
        others = [line for line in differences if not line.startswith(EDITORS)]
        check(not others, f"undo leaves, against '{state}', {'; '.join(others[:12])}")
    check(window.run(KEYS) == 0, "undo leaves shape keys")
    window.check_console()
    return (
        f"52 keys on {vertices} vertices in {session.timings['making shape keys']:.1f} s, longest standstill "
        f"{seen['gap']:.2f} s; the mouth moves by {1000 * moved:.0f} mm; two steps of undo"
    )


def marks(session: Session) -> str:
    """Marks are placed by clicks, taken back, left out, cancelled, kept; the view can be moved meanwhile."""
    window = open_plain(session)
    window.do("fill_window", kind="VIEW_3D")
    window.settle(1.0)
    window.open_tab()
    window.settle(0.6)
    session.open_below_head("VIEW_3D", "soliloquy.place_marks()")
    window.do("keep", name="opened")
    session.click_animate(button=PLACE)
    window.settle(0.6)
    distance = "answer = stage._area('VIEW_3D').spaces[0].region_3d.view_distance"
    before = window.run(distance)
    session.desktop.mouse(*session.middle("VIEW_3D"))
    session.desktop.click(button=4, repeat=3)
    window.settle(0.6)
    check(window.run(distance) < before, "the wheel does not zoom while marks are placed")
    click_on(session, *POINTS.values())
    session.desktop.key("BackSpace")
    window.settle()
    click_on(session, POINTS["nose_tip"])
    session.desktop.key("s")
    window.settle()
    look(session, "placing marks")
    check(not window.do("marks", name=NAME), "marks are kept before they are done")
    session.desktop.key("Escape")
    window.settle(0.6)
    differences = window.do("differ", before="opened", after=None, reopened=False)
    others = [line for line in differences if not line.startswith(EDITORS)]
    check(not others, f"Esc leaves {'; '.join(others[:12])}")
    session.click_animate(button=PLACE)
    window.settle(0.6)
    click_on(session, *POINTS.values())
    session.desktop.key("Return")
    window.settle(0.6)
    placed = window.do("marks", name=NAME)
    check(sorted(placed) == sorted(POINTS), f"the marks are {sorted(placed)}")
    off = max(
        sum((one - other) ** 2 for one, other in zip(placed[name], POINTS[name], strict=True)) ** 0.5
        for name in POINTS
    )
    check(off < 0.02, f"a mark is {1000 * off:.0f} mm from where it was clicked")
    check(any("Placed 5 of 10" in each for each in session.reports()), "nothing told the user")
    session.desktop.key("ctrl+z")
    window.settle(0.6)
    check(not window.do("marks", name=NAME), "undo leaves marks")
    window.check_console()
    return f"5 marks within {1000 * off:.0f} mm of the clicks, one step of undo, Esc leaves none"


def click_on(session: Session, *points: list[float]) -> None:
    """Click where points of the mesh are seen."""
    for x, y in session.window.do("on_screen", name=NAME, points=list(points)):
        session.desktop.mouse(x, session.desktop.height - y)
        session.window.settle(0.2)
        session.desktop.click()
        session.window.settle(0.3)


CHECKS = {"shapes": made_and_animated, "marks": marks}
