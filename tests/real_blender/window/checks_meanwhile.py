# SPDX-License-Identifier: GPL-3.0-or-later
"""What an animator may do while a job runs, and what else may happen to it."""

import time

from desktop import MODULE
from session import HEAD, Session, check


def saved(session: Session) -> str:
    """Saving in the middle of a job, opening that file, opening another one: nothing lost, nothing halved."""
    window = session.open("long")
    between = session.folder / "between.blend"
    session.start()
    session.reach(0.1)
    window.run(f"bpy.ops.wm.save_as_mainfile(filepath={str(between)!r}, copy=True)")
    check(session.progress is not None, "saving ended the job")
    session.finish()
    whole = window.do("keys", name=HEAD)
    check(len(whole) > 10, f"after saving, the job wrote {len(whole)} curves")
    window.run(f"bpy.ops.wm.open_mainfile(filepath={str(between)!r})")
    window.settle()
    window.equal("before", reopened=True)
    # The file on disk is read again while a job for it runs, then another file.
    for other in (between, session.file("short")):
        session.start()
        session.reach(0.1)
        window.run(f"bpy.ops.wm.open_mainfile(filepath={str(other)!r})")
        window.settle(1.5)
        check(session.progress is None, "the job survived the file")
        keys = window.do("keys", name=HEAD)
        check(len(keys) == 1, f"{other.name} was opened, and the old job wrote {len(keys)} curves into it")
    session.open("short", keep=None)
    session.start_and_finish()
    window.check_console()
    return "saved meanwhile: the file equals the scene before; read again and other file: job ends, no keys"


def played(session: Session) -> str:
    """Changing the frame, playing and undoing an earlier step during a job change nothing in its keys."""
    window = session.open("long")
    session.start()
    session.finish()
    quiet = window.do("keys", name=HEAD)
    window = session.open("long")
    window.run("bpy.data.objects['Cube'].location.x = 1\nstage.undo_push('Moved')")
    session.start()
    session.desktop.mouse(*session.middle("VIEW_3D"))
    session.desktop.key("ctrl+z")
    window.wait("undo", lambda: window.run("answer = bpy.data.objects['Cube'].location.x") < 0.5, 5)
    check(session.progress is not None, "the job had ended by then")
    before = window.run("answer = bpy.context.scene.frame_current")
    session.desktop.key("Right", "Right", "Right")
    frame = window.wait(
        "the arrow keys move the frame while the job runs",
        lambda: (now := window.run("answer = bpy.context.scene.frame_current")) == before + 3 and now,
        3,
    )
    check(session.progress is not None, "the job had ended by then")
    session.desktop.key("space")
    window.wait(
        "space plays while the job runs",
        lambda: window.run("answer = bpy.context.scene.frame_current") > frame + 1,
        10,
    )
    session.desktop.key("space")
    check(session.progress is not None, "the job had ended by then")
    session.finish()
    check(window.do("keys", name=HEAD) == quiet, "the keys are others than without the interruptions")
    session.desktop.key("ctrl+z")
    window.settle(1.0)
    check(len(window.do("keys", name=HEAD)) == 1, "undo does not take the keys back")
    window.check_console()
    return "arrow keys, play and Ctrl+Z work during the job; its keys are those of a quiet run"


def deleted(session: Session) -> str:
    """The head is deleted, or its strip, or its scene left, or the workspace changed, or a window closed."""
    window = session.open("long")
    session.start()
    window.run(f"bpy.data.objects.remove(bpy.data.objects[{HEAD!r}])")
    window.do("keep", name="without")
    session.finish()
    window.equal("without")
    check(any("deleted meanwhile" in each for each in session.reports()), "nothing told the user")

    window = session.open("long")
    session.start()
    session.desktop.mouse(*session.middle("VIEW_3D"))
    session.desktop.key("x")
    time.sleep(0.4)
    session.desktop.key("Return")
    window.wait("X deletes", lambda: window.run(f"answer = {HEAD!r} not in bpy.context.scene.objects"), 5)
    session.finish()
    session.desktop.key("ctrl+z")
    window.settle(1.0)
    window.equal("before")

    window = session.open("long")
    status = session.status_bar()
    session.start()
    session.desktop.mouse(*session.middle("VIEW_3D"))
    window.wait("the status bar tells the progress", lambda: session.status_bar() != status, 5)
    window.run("bpy.context.scene.sequence_editor.strips.remove(bpy.context.scene.sequence_editor.strips[0])")
    window.run("bpy.context.window.scene = bpy.data.scenes['Other']")
    window.run("bpy.context.window.workspace = bpy.data.workspaces['Animation']")
    window.settle()
    session.finish()
    check(len(window.do("keys", name=HEAD)) > 10, "no keys after the scene and the workspace were changed")
    window.run("bpy.context.window.workspace = bpy.data.workspaces['Layout']")
    window.settle(1.5)  # at once it would show what the other workspace has
    check(session.status_bar() == status, "the status bar still tells the progress")

    window = session.open("long")
    window.run("bpy.ops.wm.window_new()")
    window.settle(1.0)
    window.run(
        "second = bpy.context.window_manager.windows[1]\n"
        "with bpy.context.temp_override(window=second, screen=second.screen):\n"
        "    bpy.ops.soliloquy.animate_from_audio('INVOKE_DEFAULT')"
    )
    window.wait("the job begins", lambda: session.progress is not None)
    window.run(
        "second = bpy.context.window_manager.windows[1]\n"
        "with bpy.context.temp_override(window=second, screen=second.screen):\n"
        "    bpy.ops.wm.window_close()"
    )
    session.finish(20)
    session.start()
    session.press_escape()
    window.check_console()
    return "head deleted by script and by X, strip deleted, other scene and workspace, window closed: no harm"


def modes(session: Session) -> str:
    """Edit Mode of another mesh, Pose Mode, a hidden head: keys all the same, and undo. Its own: refused."""
    told = []
    for name, change in {
        "Edit Mode": "bpy.context.view_layer.objects.active = bpy.data.objects['Cube']\n"
        "bpy.ops.object.mode_set(mode='EDIT')",
        "Pose Mode": "bpy.context.view_layer.objects.active = bpy.data.objects['Armature']\n"
        "bpy.ops.object.mode_set(mode='POSE')",
        "hidden head": f"bpy.data.objects[{HEAD!r}].hide_set(True)",
    }.items():
        window = session.open("short", keep=None)
        window.run(
            f"bpy.context.scene.soliloquy.target.object = bpy.data.objects[{HEAD!r}]\n"
            f"bpy.data.objects[{HEAD!r}].select_set({name == 'hidden head'})\n"
            "stage.undo_push('Chosen')"
        )
        window.run(f"{change}\nstage.undo_push('Changed')")
        window.settle()
        window.do("keep", name="before")
        mode = window.run("answer = bpy.context.mode")
        session.start_and_finish()
        check(len(window.do("keys", name=HEAD)) > 10, f"{name}: no keys")
        check(window.run("answer = bpy.context.mode") == mode, f"{name}: the mode changed")
        session.desktop.mouse(*session.middle("VIEW_3D"))
        session.desktop.key("ctrl+z")
        window.settle(1.0)
        differ = window.do("differ", before="before")
        check(not differ, f"{name}: undo leaves {differ[:4]}")
        told.append(name)
    window = session.open("short", keep=None)
    window.run("bpy.ops.object.mode_set(mode='EDIT')")
    window.do("keep", name="before")
    session.click_animate()
    window.settle(1.0)
    check(session.progress is None, "a head in Edit Mode was not refused")
    window.equal("before")
    window.check_console()
    return f"{', '.join(told)}: keys, mode kept, undone exactly; head in Edit Mode: grey button"


def disabled(session: Session) -> str:
    """Disabling the extension during a job ends it; enabled again, it works."""
    window = session.open("long")
    session.start()
    session.reach(0.1)
    window.run(f"bpy.ops.preferences.addon_disable(module={MODULE!r})")
    window.settle(1.5)
    check(not window.run("answer = hasattr(bpy.types.Scene, 'soliloquy')"), "it is still there")
    check(len(window.do("keys", name=HEAD)) == 1, "the job wrote keys all the same")
    window.run(f"bpy.ops.preferences.addon_enable(module={MODULE!r})")
    window.settle(1.0)
    window.open_tab()
    window.settle(1.0)
    session.start()
    session.press_escape()
    window.check_console()
    return "the job ends without keys; enabled again, the next one starts and is cancelled"


def closed(session: Session) -> str:
    """Blender is closed during a job, by its menu's command and by the window's button: clean end."""
    seconds = []
    for way in ("quit", "window"):
        window = session.open("long", keep=None)
        session.start()
        session.reach(0.1)
        started = time.monotonic()
        if way == "quit":
            session.desktop.mouse(*session.middle("VIEW_3D"))
            session.desktop.key("ctrl+q")
        else:
            # What the window's button calls; nobody draws that button on this screen.
            window.run("bpy.app.timers.register(lambda: bpy.ops.wm.window_close() and None)")
        window.wait("Blender ends", lambda w=window: w.process.poll() is not None, 20)
        seconds.append(time.monotonic() - started)
        check(window.process.returncode == 0, f"{way}: exit status {window.process.returncode}")
        window.check_console()
        session.close()
    crashes = list((session.folder / "temporary").glob("*crash*"))
    check(not crashes, f"crash reports: {crashes}")
    return f"exit status 0 after {seconds[0]:.1f} and {seconds[1]:.1f} s, no crash report"


CHECKS = {
    "save and re-open": saved,
    "frames and undo meanwhile": played,
    "delete and switch meanwhile": deleted,
    "modes and hidden": modes,
    "disable meanwhile": disabled,
    "quit meanwhile": closed,
}
