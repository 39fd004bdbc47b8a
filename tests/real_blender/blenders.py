# SPDX-License-Identifier: GPL-3.0-or-later
"""The Blenders that the proofs run in: the real executable, and bpy as a module of a Python.

Both are used in the same words; every call is a process of its own, and every console is read.
"""

import json
import os
import re
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent.parent
INSIDE = Path(__file__).with_name("inside.py")
REAL_BLENDER = PROJECT / "scripts" / "real_blender.sh"
MODULE = "bl_ext.user_default.soliloquy"
NOT_SET_UP = 77
"""Exit status of real_blender.sh where there can be no executable."""
TOO_LATE = 124
"""Exit status that stands for a process that was ended because it took too long."""

_BAD = re.compile(r"traceback|error|errno|exception|segmentation|assert|warning|fail|leak|not freed", re.I)
_HARMLESS = re.compile(
    # Mesa without a screen; counts of nothing; the online repository, which was never asked; and that the
    # bpy wheel of 4.2 is built without sound.
    r"EGL_BAD_MATCH|libEGL warning|MESA|\bfailed 0\b|\b0 failed\b|extensions/blender_org'$"
    r"|^Error: Blender compiled without Audaspace support$",
    re.I,
)


class ProofError(AssertionError):
    """Something that was to be proven is not so."""


def expect(condition: object, message: str) -> None:
    """Raise ProofError with this message unless the condition holds."""
    if not condition:
        raise ProofError(message)


@dataclass(frozen=True)
class Ended:
    """A process that has ended: its exit status, what it printed, and how long it took."""

    status: int
    out: str
    err: str
    seconds: float

    @property
    def bad_lines(self) -> list[str]:
        """Lines of the console that speak of something wrong."""
        lines = (self.out + "\n" + self.err).splitlines()
        lines = [line for line in lines if not line.startswith("PROOF")]
        return [line.strip() for line in lines if _BAD.search(line) and not _HARMLESS.search(line)]

    def expect_clean(self, what: str) -> None:
        """Raise ProofError unless it ended well and said nothing bad."""
        tail = " | ".join((self.out + self.err).strip().splitlines()[-6:])
        expect(self.status == 0, f"{what}: exit status {self.status}: {tail}")
        expect(not self.bad_lines, f"{what}: the console says: {' | '.join(self.bad_lines[:4])}")


@dataclass(frozen=True)
class Blender(ABC):
    """One Blender and the folder that it works in; subclasses say how it is called."""

    label: str
    work: Path
    user: Path = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "user", self.work / "user")
        self.user.mkdir(parents=True, exist_ok=True)

    @property
    def extension(self) -> Path:
        """Where the extension lies when it is installed."""
        return self.user / "extensions" / "user_default" / "soliloquy"

    def task(self, name: str, *arguments: object, addon: bool = True, what: str = "") -> dict[str, Any]:
        """Run a task of inside.py in a clean console; its findings.

        Args:
            name: of the task.
            arguments: for it.
            addon: start as the user does, with the extension enabled; else with factory settings.
            what: for messages.
        """
        ended = self.start_task(name, *arguments, addon=addon)
        what = what or name
        ended.expect_clean(what)
        found = [line for line in ended.out.splitlines() if line.startswith("PROOF ")]
        expect(len(found) == 1, f"{what}: no findings: {ended.out[-500:]}")
        return json.loads(found[0].removeprefix("PROOF "))

    @abstractmethod
    def start_task(self, name: str, *arguments: object, addon: bool = True) -> Ended:
        """Run a task of inside.py, whatever becomes of it."""

    @abstractmethod
    def install(self, archive: Path) -> Ended:
        """Install a zip the way a script does."""

    @abstractmethod
    def remove(self) -> Ended:
        """Uninstall the extension."""

    @abstractmethod
    def command(self, *arguments: object, file: Path | None = None) -> Ended:
        """`blender -b FILE --command soliloquy ARGUMENTS`."""

    def call(
        self,
        command: Sequence[object],
        environment: Mapping[str, str] | None = None,
        limit: float = 300.0,
    ) -> Ended:
        """Run a process for at most `limit` seconds and keep its console in a file."""
        words = [str(word) for word in command]
        settings = {**os.environ, **(environment or {})}
        started = time.monotonic()
        process = subprocess.Popen(
            words,
            cwd=self.work,
            env=settings,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        try:
            out, err = process.communicate(timeout=limit)
            status = process.returncode
        except subprocess.TimeoutExpired:
            # With the executable's script everything that it started ends.
            process.kill()
            out, err = process.communicate()
            status, err = TOO_LATE, f"{err}\nended after {limit:.0f} s\n"
        ended = Ended(status, out, err, time.monotonic() - started)
        with (self.work / "console.txt").open("a", encoding="utf-8") as log:
            log.write(
                f"$ {' '.join(words)}\n{ended.out}{ended.err}[{ended.status}] {ended.seconds:.1f} s\n\n"
            )
        return ended


@dataclass(frozen=True)
class RealBlender(Blender):
    """The executable, in the folder that scripts/real_blender.sh makes."""

    def blender(self, *arguments: object) -> Ended:
        """Call the executable."""
        inside = ["env", f"BLENDER_USER_RESOURCES={self.user}", "blender"]
        return self.call([REAL_BLENDER, "run", "--work", self.work, "--", *inside, *arguments])

    def start_task(self, name: str, *arguments: object, addon: bool = True) -> Ended:
        """See Blender."""
        start = [] if addon else ["--factory-startup"]
        return self.blender("-b", *start, "--python-exit-code", 3, "-P", INSIDE, "--", name, *arguments)

    def install(self, archive: Path) -> Ended:
        """See Blender."""
        return self.blender("--command", "extension", "install-file", "-r", "user_default", "-e", archive)

    def remove(self) -> Ended:
        """See Blender."""
        return self.blender("--command", "extension", "remove", "soliloquy")

    def command(self, *arguments: object, file: Path | None = None) -> Ended:
        """See Blender."""
        return self.blender("-b", *([file] if file else []), "--command", "soliloquy", *arguments)


@dataclass(frozen=True)
class BpyModule(Blender):
    """Blender as a Python module: no window, no command line, always factory preferences."""

    python: Path = Path()

    def start_task(self, name: str, *arguments: object, addon: bool = True) -> Ended:
        """See Blender."""
        return self._start([*(["--addons", "soliloquy"] if addon else []), name, *arguments])

    def _start(self, words: Sequence[object]) -> Ended:
        environment = {"BLENDER_USER_RESOURCES": str(self.user), "PYTHONPATH": ""}
        return self.call([self.python, "-I", INSIDE, "--module", *words], environment)

    def install(self, archive: Path) -> Ended:
        """See Blender."""
        return self.start_task("install", archive, addon=False)

    def remove(self) -> Ended:
        """See Blender."""
        return self.start_task("remove")

    def command(self, *arguments: object, file: Path | None = None) -> Ended:
        """See Blender."""
        opened = ["--open", file] if file else []
        ended = self._start([*opened, "--addons", "soliloquy", "command", *arguments])
        found = re.search(r'^PROOF \{"status": (\d+)\}$', ended.out, re.M)
        # Without findings the task itself failed: its own exit status stands.
        return Ended(int(found[1]), ended.out, ended.err, ended.seconds) if found else ended
