# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of keys: found, searched, edited, animated by and undone, with mouse and keyboard."""

from session import ANIMATE, HEAD, Session, check

FIND = "bpy.ops.soliloquy.find_keys()"
MEASURE = "bpy.ops.soliloquy.measure_face()"
ROWS = f"bpy.data.objects[{HEAD!r}].soliloquy_keys"
AT_THE_LEFT = 0.09
"""Of the sidebar's width, where rows have their tick."""


def mapping(session: Session) -> str:
    """From an empty list to an animation without the key that was switched off, and back."""
    window = session.open("short")
    window.do("fill_window", kind="VIEW_3D")
    window.settle(1.0)
    window.open_tab()
    window.settle(0.6)
    session.open_mapping("VIEW_3D")
    session.click_animate(button=FIND)
    window.wait("the list is filled", lambda: window.run(f"answer = len({ROWS})") == 52, 10)
    window.settle(0.6)
    ticks = _ticks(session)
    check(1 < len(ticks) < 52, f"{len(ticks)} rows are seen of 52")
    x, y = next(iter(ticks.values()))
    session.desktop.mouse(x + 60, y)
    window.settle()
    # Blender's own way into the search of any list.
    session.desktop.key("ctrl+f")
    window.settle()
    session.desktop.xdotool("type", "jawopen")
    session.desktop.key("Return")
    window.settle(0.8)
    ticks = _ticks(session)
    check(len(ticks) == 1, f"the search for one key leaves {len(ticks)}")
    session.desktop.mouse(*next(iter(ticks.values())))
    session.desktop.click()
    window.settle(0.6)
    used = f"answer = [row.name for row in {ROWS} if not row.use]"
    check(window.run(used) == ["jawOpen"], f"switched off: {window.run(used)}")
    session.start_and_finish(button=ANIMATE)
    keyed = window.do("keys", name=HEAD)
    check(keyed, "nothing is keyed")
    check(not any("jawOpen" in path for path in keyed), "the key that is switched off has keys")
    window.settle()
    before = window.do("keep", name="animated")
    session.click_animate(button=MEASURE)
    window.wait("the face is measured", lambda: any("Measured" in each for each in session.reports()), 60)
    window.settle()
    window.equal("animated")
    for _ in range(3):  # the animation, the tick, the list
        session.desktop.mouse(*session.middle("VIEW_3D"))
        session.desktop.key("ctrl+z")
        window.settle(0.6)
    check(window.run(f"answer = len({ROWS})") == 0, "undo leaves rows in the list")
    window.equal("before")
    window.check_console()
    return f"{len(keyed)} curves without the key that was off; measuring left {before} values as they were"


def _ticks(session: Session) -> dict[str, tuple[float, float]]:
    """The ticks of rows that are seen, by their paths, with their places on the screen."""
    seen = session.scan("VIEW_3D", step=7, share=AT_THE_LEFT)
    return {path: (x, y + 5) for path, x, y in seen if "soliloquy_keys" in path and path.endswith(".use")}


CHECKS = {"mapping": mapping}
