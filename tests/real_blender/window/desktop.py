# SPDX-License-Identifier: GPL-3.0-or-later
"""A screen, a Blender on it, a mouse and a keyboard. Needs Xvfb, xdotool, ImageMagick and blender."""

import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

MODULE = "bl_ext.user_default.soliloquy"
_INSIDE = Path(__file__).with_name("inside.py")
_FAULTS = re.compile(r"Traceback|error|exception|Segmentation|WARNING|assert|abort|not found|unknown", re.I)
_HARMLESS = re.compile(
    # Nothing to play sound with, no graphics card, no desktop; what reading every property (compare.py) says.
    r"EGL|ALSA|jack|pulse|XDG_RUNTIME_DIR|dbus|vulkan|snd_|AL lib|CUEW|mounted file-systems"
    r"|bpy\.rna .* WARNING current value .* matches no enum in '(?!.*[Ss]oliloquy)",
)


class Failure(AssertionError):
    """What was to be shown is not so."""


class Desktop:
    """A screen of its own with nothing but Blender on it."""

    def __init__(
        self, folder: Path, width: int = 1280, height: int = 800, *, user: Path | None = None
    ) -> None:
        """Start the screen; `user` is the folder of Blender's user files, `folder`/user by default."""
        self.folder, self.width, self.height = folder, width, height
        self.user = user or folder / "user"
        read, write = os.pipe()
        self._server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp"],
            pass_fds=[write],
            stderr=subprocess.DEVNULL,
        )
        os.close(write)
        with os.fdopen(read) as answer:
            self.display = ":" + answer.readline().strip()
        shutil.rmtree(folder / "temporary", ignore_errors=True)
        (folder / "temporary").mkdir(parents=True)
        self.environment = {
            **os.environ,
            "DISPLAY": self.display,
            "LIBGL_ALWAYS_SOFTWARE": "1",
            "BLENDER_USER_RESOURCES": str(self.user),
            "TMPDIR": str(folder / "temporary"),  # where Blender leaves a crash report
        }

    def __enter__(self) -> "Desktop":
        return self

    def __exit__(self, *_: object) -> None:
        self._server.terminate()
        self._server.wait()

    def install(self, archive: Path) -> None:
        """Install the extension's zip as a user would from the command line."""
        shutil.rmtree(self.user, ignore_errors=True)
        self.user.mkdir(parents=True)
        command = ["blender", "--factory-startup", "--command", "extension", "install-file"]
        done = subprocess.run(
            [*command, "-r", "user_default", "-e", str(archive)],
            env=self.environment,
            capture_output=True,
            text=True,
        )
        if not list(self.user.rglob("soliloquy/blender_manifest.toml")):
            raise Failure(f"Blender did not install {archive.name}: {done.stdout}{done.stderr}")

    def mouse(self, x: float, y: float) -> None:
        """Move the mouse, in steps that Blender sees; pixels from the upper left corner."""
        self.xdotool("mousemove", str(round(x) - 3), str(round(y)))
        self.xdotool("mousemove", str(round(x)), str(round(y)))

    def click(self, button: int = 1, repeat: int = 1) -> float:
        """Click where the mouse is; the time (`time.monotonic`) just before."""
        now = time.monotonic()
        self.xdotool("click", "--repeat", str(repeat), "--delay", "60", str(button))
        return now

    def key(self, *names: str) -> float:
        """Press keys such as "Escape" or "ctrl+z"; the time just before."""
        now = time.monotonic()
        self.xdotool("key", *names)
        return now

    def xdotool(self, *arguments: str) -> str:
        """Run xdotool on this screen."""
        done = subprocess.run(
            ["xdotool", *arguments], env=self.environment, capture_output=True, text=True, check=True
        )
        return done.stdout

    def picture(self, path: Path, *, crop: tuple[int, int, int, int] | None = None) -> Path:
        """Photograph the screen, or x, y, width, height of it, as PNG."""
        path.parent.mkdir(parents=True, exist_ok=True)
        command = ["import", "-window", "root"]
        if crop is not None:
            x, y, width, height = crop
            command += ["-crop", f"{width}x{height}+{x}+{y}", "+repage"]
        subprocess.run([*command, str(path)], env=self.environment, check=True, capture_output=True)
        return path

    def pixels(self, x: int, y: int, width: int, height: int) -> bytes:
        """What a part of the screen shows, to be compared."""
        command = ["import", "-window", "root", "-crop", f"{width}x{height}+{x}+{y}", "-depth", "8", "rgb:-"]
        return subprocess.run(command, env=self.environment, check=True, capture_output=True).stdout


class Window:
    """One Blender on a desktop, from start to end."""

    def __init__(self, desktop: Desktop, log: Path, *, scale: float = 1.0) -> None:
        self.desktop, self.log = desktop, log
        self._read = 0
        # A socket's path must be short.
        address = str(Path(tempfile.mkdtemp(), "driver"))
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(address)
        listener.listen(1)
        listener.settimeout(120)
        log.parent.mkdir(parents=True, exist_ok=True)
        command = ["blender", "--factory-startup", "--gpu-backend", "opengl"]
        command += ["--window-geometry", "0", "0", str(desktop.width), str(desktop.height)]
        settings = (
            "import bpy; preferences = bpy.context.preferences;"
            "preferences.view.show_splash = False; preferences.view.use_save_prompt = False;"
            "preferences.filepaths.use_auto_save_temporary_files = False;"
            f"preferences.view.ui_scale = {scale}; preferences.use_preferences_save = False;"
            f"bpy.ops.preferences.addon_enable(module={MODULE!r})"
        )
        command += ["--python-expr", settings, "-P", str(_INSIDE), "--", address]
        self.process = subprocess.Popen(
            command,
            env=desktop.environment,
            stdout=log.open("w"),
            stderr=subprocess.STDOUT,
            cwd=desktop.folder,
        )
        try:
            self._wire, _ = listener.accept()
        except TimeoutError:
            self.process.kill()
            raise Failure(f"Blender did not start within 120 s, see {log}") from None
        finally:
            listener.close()
        self._wire.settimeout(120)
        self._answers = self._wire.makefile("rb")

    def __enter__(self) -> "Window":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._answers.close()
        self._wire.close()

    def do(self, command: str, **arguments: object) -> Any:
        """Have `inside.py` do something.

        Raises:
            Failure: it raised, or Blender is gone.
        """
        try:
            self._wire.sendall(json.dumps({"do": command, "with": arguments}).encode() + b"\n")
            line = self._answers.readline()
        except OSError as error:
            line = b""
            reason = str(error)
        else:
            reason = "it closed the connection"
        if not line:
            raise Failure(
                f"Blender does not answer '{command}': {reason} (exit status {self.process.poll()})"
            )
        answer = json.loads(line)
        if "error" in answer:
            raise Failure(f"{command}: {answer['error']}")
        return answer["answer"]

    def run(self, code: str) -> Any:
        """Run Python in Blender; what it leaves in `answer`."""
        return self.do("run", code=code)

    def wait(self, what: str, true: Callable[[], Any], seconds: float = 30.0) -> Any:
        """Wait until something is true, and return it.

        Raises:
            Failure: it does not become true in time.
        """
        end = time.monotonic() + seconds
        while not (value := true()):
            if time.monotonic() > end:
                raise Failure(f"waited {seconds:g} s for this in vain: {what}")
            time.sleep(0.02)
        return value

    def settle(self, seconds: float = 0.4) -> None:
        """Let the window draw and answer events that are on the way."""
        time.sleep(seconds)
        self.do("version")

    def lay_out(self, editors: Sequence[tuple[str, float]] = (("SEQUENCE_EDITOR", 0.35),)) -> None:
        """A 3D View and below it editors with their share of its height; the Soliloquy tab open in both."""
        self.do("close_editors")
        self.settle()
        for kind, factor in editors:
            self.do("split_view", factor=factor)
            self.settle()
            self.do("change_lower_view", kind=kind)
            self.settle()
        self.do("open_sidebars")
        self.settle()
        self.open_tab()

    def open_tab(self) -> None:
        """Open the Soliloquy tab of the sidebars."""
        self.wait("the tab is there", lambda: self.do("open_tab"), 10)
        self.settle()

    def console(self) -> str:
        """What came to the console since the last call."""
        with self.log.open(errors="replace") as file:
            file.seek(self._read)
            text = file.read()
            self._read = file.tell()
        return text

    def check_console(self) -> None:
        """Refuse errors that came to the console since the last call."""
        lines = [line for line in self.console().splitlines() if not _HARMLESS.search(line)]
        if any(_FAULTS.search(line) for line in lines):
            raise Failure("the console shows: " + " | ".join(lines)[:2000])

    def equal(self, before: str, after: str | None = None, *, reopened: bool = False) -> None:
        """Refuse any difference between two states (`keep`); the second is the present one by default."""
        lines = self.do("differ", before=before, after=after, reopened=reopened)
        if lines:
            raise Failure(f"not equal to '{before}': " + "; ".join(lines[:12]))
