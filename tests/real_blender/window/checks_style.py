# SPDX-License-Identifier: GPL-3.0-or-later
"""Styles: from the menu with mouse and keyboard, undone, animated in, and a recording from the File menu."""

from checks_job import EDITORS
from checks_panels import look
from session import HEAD, Session, check

ROW = 26
"""Pixels from one row of a panel to the next."""
OWN = "answer = [(each.name, each.source) for each in bpy.context.scene.soliloquy.style.own]"
CHOSEN = "s = bpy.context.scene.soliloquy\nanswer = [s.style.style, s.performance.model]"


def style(session: Session) -> str:
    """A drawn style and the head's own from the menu, one undo step each; a big mouth opens wider."""
    window = session.open("short", keep=None)
    window.do("fill_window", kind="VIEW_3D")
    window.settle(1.0)
    window.open_tab()
    window.settle(0.6)
    session.open_style("VIEW_3D")
    usual = window.run(CHOSEN)
    window.do("keep", name="before")
    steps = session.undo_steps()
    choose(session, "Up")  # the last entry: one that is drawn
    window.wait("a style is drawn", lambda: len(window.run(OWN)) == 1, 30)
    check(window.run(OWN) == [["Drawn 0", "drawn:0"]], f"the styles are {window.run(OWN)}")
    check(window.run(CHOSEN) == ["own_1", "hybrid"], f"chosen is {window.run(CHOSEN)}")
    check(session.undo_steps() == steps + 1, f"{session.undo_steps() - steps} undo steps instead of one")
    look(session, "own style chosen")
    session.desktop.mouse(*session.middle("VIEW_3D"))
    session.desktop.key("ctrl+z")
    window.settle(0.6)
    check(window.run(CHOSEN) == usual, f"undo leaves {window.run(CHOSEN)}")
    differences = window.do("differ", before="before", after=None, reopened=False)
    others = [line for line in differences if not line.startswith(EDITORS)]
    check(not others, f"undo leaves {'; '.join(others[:12])}")

    moved = {}
    for name in ("neutral", "big"):
        change = f"s.style.style, s.performance.model = {name!r}, 'hybrid'"
        window.run(f"s = bpy.context.scene.soliloquy\n{change}\nstage.undo_push('Style')")
        window.settle()
        session.start_and_finish()
        moved[name] = max(window.do("mouth", name=HEAD, frames=list(range(1, 240, 4))))
    check(moved["big"] > 1.1 * moved["neutral"], f"the mouth moves by {moved}")
    choose(session, "Down")  # the first entry: what the head does now
    window.wait("the head's style is read", lambda: len(window.run(OWN)) == 1, 60)
    check(window.run(CHOSEN)[0] == "own_1", f"chosen is {window.run(CHOSEN)}")
    window.check_console()
    return (
        f"drawn and undone in one step; a big mouth moves {1000 * moved['big']:.0f} mm, a neutral one "
        f"{1000 * moved['neutral']:.0f} mm; then read from the head"
    )


def open_menu(session: Session) -> None:
    """Open the menu of the panel, which is below its last setting, with a click."""
    x, y = session.find("VIEW_3D", "style.strength")
    session.desktop.mouse(x, y + ROW)
    session.window.settle(0.2)
    session.desktop.click()
    session.window.settle(0.8)


def choose(session: Session, key: str) -> None:
    """Open the menu of the panel and take an entry with the keyboard."""
    open_menu(session)
    # Off the menu, so that no entry is under the mouse.
    session.desktop.mouse(*session.middle("VIEW_3D"))
    session.window.settle(0.3)
    session.desktop.key(key)
    session.window.settle(0.3)
    session.desktop.key("Return")
    session.window.settle(0.6)


CHECKS = {"style": style}
