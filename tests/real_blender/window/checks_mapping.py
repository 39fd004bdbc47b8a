# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of keys: found, searched, edited, animated by and undone, with mouse and keyboard."""

import time

from checks_job import EDITORS
from session import ANIMATE, HEAD, Session, check

FIND = "bpy.ops.soliloquy.find_keys()"
MEASURE = "bpy.ops.soliloquy.measure_face()"
ROWS = f"bpy.data.objects[{HEAD!r}].soliloquy_keys"
AT_THE_LEFT = 0.115
"""Of the sidebar's width, where rows have their tick."""

_OF_A_ROW = ("].use", "soliloquy_key_index")
"""How the paths of a row and of its tick end."""


def mapping(session: Session) -> str:
    """From an empty list to an animation without the key that was switched off, and back."""
    window = session.open("short", keep=None)
    window.do("fill_window", kind="VIEW_3D")
    window.settle(1.0)
    window.open_tab()
    window.settle(0.6)
    session.open_mapping("VIEW_3D")
    window.do("keep", name="before")
    session.click_animate(button=FIND)
    # ARKit's keys and one of the animator's own.
    window.wait("the list is filled", lambda: window.run(f"answer = len({ROWS})") == 53, 10)
    window.settle(0.6)
    x, y, whole = _rows(session)
    session.desktop.mouse(x + 40, y)
    window.settle()
    # Blender's own way into the search of any list.
    session.desktop.key("ctrl+f")
    window.settle()
    session.desktop.xdotool("type", "mouthshrugu")
    session.desktop.key("Return")
    window.settle(0.8)
    x, y, left = _rows(session)
    check(left < whole / 2, f"the search for one key leaves {left} of {whole} pixels of rows")
    session.desktop.mouse(x, y)
    session.desktop.click()
    window.settle(0.6)
    row = f"answer = {ROWS}['mouthShrugUpper'].use"
    check(not window.run(row), "a click on its tick does not switch the key off")
    session.start_and_finish(button=ANIMATE)
    keyed = window.do("keys", name=HEAD)
    check(keyed, "nothing is keyed")
    check(not any("mouthShrugUpper" in path for path in keyed), "the key that is switched off has keys")
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
    differences = window.do("differ", before="before", after=None, reopened=False)
    others = [line for line in differences if not line.startswith(EDITORS)]
    check(not others, f"undo leaves {'; '.join(others[:12])}")
    window.check_console()
    return f"{len(keyed)} curves without the key that was off; measuring left {before} values as they were"


def _rows(session: Session) -> tuple[float, float, int]:
    """Where the tick of the first row is on the screen, and how many pixels high the seen rows are."""
    seen = session.scan("VIEW_3D", step=7, share=AT_THE_LEFT)
    x, top = next((x, y) for path, x, y in seen if path.endswith(_OF_A_ROW))
    bottom = top
    while session.window.do("hovered", kind="VIEW_3D").endswith(_OF_A_ROW):
        bottom += 7
        session.desktop.mouse(x, bottom)
        time.sleep(0.06)
    return x, top + 5, bottom - top


CHECKS = {"mapping": mapping}
