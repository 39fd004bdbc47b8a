# SPDX-License-Identifier: GPL-3.0-or-later
"""What the checks share: one Blender after another on a desktop, files to open, the button to click."""

import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from desktop import Desktop, Failure, Window

HEAD = "Soliloquy Head"
ANIMATE = "bpy.ops.soliloquy.animate_from_audio()"
NEW_TAKE = "bpy.ops.soliloquy.new_take()"
JOB_SECONDS = 6.0
"""What a job for the long sound takes at least, so that it can be caught at work."""


@dataclass
class Session:
    """A desktop with a Blender that is started when needed.

    Attributes:
        desktop: the screen.
        folder: for everything that is written.
        sample: a sound file with about ten seconds of speech.
        timings: what was measured, by name, in seconds unless the name says otherwise.
    """

    desktop: Desktop
    folder: Path
    sample: Path
    timings: dict[str, float] = field(default_factory=dict)
    _window: Window | None = None
    _started: int = 0
    _buttons: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict)

    @property
    def window(self) -> Window:
        """The Blender on the screen; a new one when there is none."""
        if self._window is None or self._window.process.poll() is not None:
            self.close()
            self._started += 1
            self._window = Window(self.desktop, self.folder / "logs" / f"blender-{self._started}.txt")
            self._buttons.clear()
            self._window.settle(1.0)
        return self._window

    def close(self) -> None:
        """End the Blender on the screen."""
        if self._window is not None:
            self._window.__exit__(None, None, None)
            self._window = None

    def make_files(self) -> None:
        """Write the files that the checks open: a head with a short line, and with a long one."""
        window = self.window
        sound = self.folder / "long.wav"
        for name, path in (("short", self.sample), ("long", sound)):
            if path == sound:
                self._make_long(sound)
            window.do("empty_file")
            window.settle()
            window.lay_out()
            window.do("prepare", sound=str(path))
            window.do("look_at_face")
            window.settle()
            window.run(f"bpy.ops.wm.save_as_mainfile(filepath={str(self.file(name))!r})")
        window.check_console()

    def _make_long(self, sound: Path) -> None:
        """Write a sound that this machine does not work off too quickly: how fast it is, it shows first."""
        minutes = 4.0
        self.window.do("long_sound", path=str(sound), sample=str(self.sample), minutes=minutes)
        self.window.run("bpy.context.scene.sequence_editor_clear()")
        self.window.do("add_sound", path=str(sound))
        self.window.do("watch")
        self.start()
        self.finish()
        seen = self.window.do("watched")
        share = JOB_SECONDS / (seen["ended"] - seen["began"])
        if share > 1:
            self.window.do("long_sound", path=str(sound), sample=str(self.sample), minutes=minutes * share)

    def file(self, name: str) -> Path:
        """A file of this session."""
        return self.folder / f"{name}.blend"

    def open(self, name: str, *, keep: str | None = "before") -> Window:
        """Open a file as it was made, with a first undo step, and remember its state."""
        window = self.window
        window.run(f"bpy.ops.wm.open_mainfile(filepath={str(self.file(name))!r}, load_ui=True)")
        window.settle(0.6)
        window.do("undo_push", message="Prepared")
        self.desktop.mouse(*self.middle("VIEW_3D"))
        window.settle()
        if keep is not None:
            window.do("keep", name=keep)
        return window

    def middle(self, kind: str) -> tuple[float, float]:
        """A place in an editor where no button is, for the mouse."""
        x, y, width, height = self.window.do("area", kind=kind)["area"]
        return x + 0.3 * width, self.desktop.height - (y + 0.25 * height)

    def find(self, kind: str, action: str, share: float = 0.6) -> tuple[float, float]:
        """Where a button of a sidebar is on the screen.

        Args:
            kind: of editor.
            action: its Python command, or how the path of its property ends.
            share: of the sidebar's width, at which the mouse looks for it.

        Raises:
            Failure: it is not there.
        """
        place = self._buttons.get((kind, action))
        if place is not None:
            self.desktop.mouse(*place)
            time.sleep(0.1)
            if self.window.do("hovered", kind=kind).endswith(action):
                return place
        found = []
        for seen, x, y in self.scan(kind, share=share):
            if seen.endswith(action):
                self._buttons[kind, action] = x, y + 6
                return x, y + 6
            found.append(seen)
        raise Failure(f"no button for {action} in the sidebar of {kind}, only {', '.join(found)}")

    def scan(self, kind: str, step: int = 9, share: float = 0.6) -> Any:
        """Move the mouse down a sidebar: what is below it, and where, wherever that changes."""
        x, y, width, height = self.window.do("area", kind=kind)["sidebar"]
        column = x + share * width
        top = self.desktop.height - (y + height)
        before = ""
        for row in range(top + step, top + height - 2, step):
            self.desktop.mouse(column, row)
            time.sleep(0.06)
            seen = self.window.do("hovered", kind=kind)
            if seen and seen != before:
                yield seen, column, row
            before = seen

    def place_preferences(self, width: int, height: int) -> None:
        """Put the window of the preferences into the upper left corner, so large."""
        found = self.desktop.xdotool("search", "--onlyvisible", "--name", "Preferences").split()
        self.desktop.xdotool("windowsize", found[0], str(width), str(height))
        self.desktop.xdotool("windowmove", found[0], "0", "0")
        self.window.settle(1.0)

    def open_output(self, kind: str) -> None:
        """Open the sub-panel Output, which is closed at first.

        Raises:
            Failure: it does not open.
        """
        self.open_panel(kind, "output.kind")

    def open_panel(self, kind: str, shows: str) -> None:
        """Open one of the closed sub-panels below the settings of the head, with a click on its header.

        Args:
            kind: of editor.
            shows: how the path of its first property ends.

        Raises:
            Failure: it does not open.
        """
        x, y = self.find(kind, "head.mode")
        for distance in range(24, 240, 8):
            self.desktop.mouse(x - 30, y + distance)
            time.sleep(0.1)
            if self.window.do("hovered", kind=kind):
                continue
            self.desktop.click()
            self.window.settle(0.6)
            opened = self._below(kind, x, y + distance)
            if any(path.endswith(shows) for path in opened):
                return
            if any(path.endswith(("limit_yaw", "soliloquy_rig", "output.kind")) for path in opened):
                # Another one of them.
                self.desktop.mouse(x - 30, y + distance)
                self.desktop.click()
                self.window.settle(0.6)
        raise Failure(f"no panel with {shows} opens")

    def open_style(self, kind: str) -> None:
        """Open the sub-panel Style, which is closed at first.

        Raises:
            Failure: it does not open.
        """
        self._open_behind(kind, NEW_TAKE, 80, "style")

    def open_emotion(self, kind: str) -> None:
        """Open the sub-panel Emotion, which is closed at first, between the brows and the head.

        Raises:
            Failure: it does not open.
        """
        self._open_behind(kind, "eyes.accents", 60, "emotion")

    def _open_behind(self, kind: str, button: str, reach: int, name: str) -> None:
        """Open the sub-panel of the settings called `name`, whose title is within `reach` below a button.

        Raises:
            Failure: it does not open.
        """
        x, y = self.find(kind, button)
        for distance in range(18, reach, 6):
            self.desktop.mouse(x - 60, y + distance)
            time.sleep(0.1)
            if self.window.do("hovered", kind=kind):
                continue
            self.desktop.click()
            self.window.settle(0.6)
            self._buttons.clear()
            if any(f".{name}." in path for path in self._below(kind, x, y + distance, reach=120)):
                return
        raise Failure(f"the panel {name.capitalize()} does not open")

    def open_mapping(self, kind: str) -> None:
        """Open the sub-panel Mapping, which is closed at first.

        Raises:
            Failure: it does not open.
        """
        self.open_below_head(kind, "soliloquy_mo")

    def open_below_head(self, kind: str, shows: str) -> None:
        """Open a sub-panel of Target, which is closed at first.

        Args:
            kind: of editor.
            shows: what stands in the command or path of one of its upper buttons.

        Raises:
            Failure: it does not open.
        """
        x, y = self.find(kind, "target.object")
        for distance in range(20, 200, 7):
            self.desktop.mouse(x - 60, y + distance)
            time.sleep(0.1)
            if self.window.do("hovered", kind=kind):
                break
            self.desktop.click()
            self.window.settle(0.6)
            self._buttons.clear()
            opened = self._below(kind, x, y + distance, reach=120)
            if any(shows in path for path in opened):
                return
            if any("soliloquy_mo" in path or "place_marks" in path for path in opened):
                # Another one of them.
                self.desktop.mouse(x - 60, y + distance)
                self.desktop.click()
                self.window.settle(0.6)
        raise Failure(f"no panel with {shows} opens below the head")

    def _below(self, kind: str, x: float, y: float, reach: int = 64) -> list[str]:
        """What lies within a few rows below a place, so many pixels."""
        found = []
        for distance in range(14, reach, 10):
            self.desktop.mouse(x, y + distance)
            time.sleep(0.06)
            found.append(self.window.do("hovered", kind=kind))
        return found

    def click_animate(
        self, kind: str = "VIEW_3D", *, repeat: int = 1, button: str = ANIMATE, share: float = 0.6
    ) -> float:
        """Click on the button with the mouse; the time (`time.monotonic`) of the click."""
        self.desktop.mouse(*self.find(kind, button, share))
        time.sleep(0.15)
        return self.desktop.click(repeat=repeat)

    def start(self, kind: str = "VIEW_3D", *, repeat: int = 1) -> None:
        """Click on the button and see the job begin."""
        self.click_animate(kind, repeat=repeat)
        self.window.wait("the job begins", lambda: self.progress is not None)

    @property
    def progress(self) -> float | None:
        """Progress of the job under way."""
        return self.window.do("job")

    def reach(self, fraction: float) -> None:
        """Wait until a job has come so far.

        Raises:
            Failure: it ended before.
        """
        while (now := self.progress) is not None and now < fraction:
            time.sleep(0.02)
        if now is None:
            raise Failure(f"the job ended before {fraction:.0%} of it were seen")

    def finish(self, seconds: float = 180.0) -> None:
        """Wait until no job is under way."""
        self.window.wait("the job ends", lambda: self.progress is None, seconds)
        self.window.settle()

    def start_and_finish(self, button: str = ANIMATE, share: float = 0.6) -> float:
        """Click on the button and wait until the keys are there; the time of the click.

        Raises:
            Failure: nothing was animated. A short line may be done before anybody sees its job.
        """
        before = len(self.reports())
        clicked = self.click_animate(button=button, share=share)
        self.window.wait(
            "a message of the job",
            lambda: any(each.startswith("Animated") for each in self.reports()[before:]),
            120,
        )
        self.window.settle()
        return clicked

    def press_escape(self) -> None:
        """Press Esc over the 3D View and see the job end."""
        self.desktop.mouse(*self.middle("VIEW_3D"))
        self.desktop.key("Escape")
        self.window.wait("Esc ends the job", lambda: self.progress is None, 5)
        self.window.settle()

    def status_bar(self) -> bytes:
        """What the left end of the status bar shows: progress, and no message's banner."""
        return self.desktop.pixels(26, self.desktop.height - 22, 120, 22)

    def undo_steps(self) -> int:
        """Number of Blender's undo steps up to the present one."""
        window = self.window
        window.console()
        window.run("bpy.context.window_manager.print_undo_steps()")
        window.do("console", text="these are the undo steps")
        return len(re.findall(r"^\[.*\{0x", window.console(), re.M))

    def reports(self) -> list[str]:
        """Blender's messages to the user, oldest first."""
        return self.window.run("answer = [each.message for each in bpy.context.window_manager.reports]")


def check(true: object, otherwise: str) -> None:
    """Refuse what is not so."""
    if not true:
        raise Failure(otherwise)
