# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs in Blender (`blender -P inside.py -- SOCKET`): does and measures what the driver asks for.

A timer reads one line of JSON at a time from the driver, {"do": name of a command below, "with": its
arguments}, and answers {"answer": ...} or {"error": traceback}. It goes on while a job runs, after another
file was read, and without the extension. Mouse and keyboard are the driver's: nothing here clicks.
"""

import ctypes
import json
import socket
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy

sys.path.insert(0, str(Path(__file__).parent))
import compare
import stage
import watch

_POLL = 0.02
_states: dict[str, compare.State] = {}


class Listener:
    """The driver's end of the wire."""

    def __init__(self, address: str) -> None:
        self.driver = socket.socket(socket.AF_UNIX)
        self.driver.connect(address)
        self.driver.setblocking(False)
        self.received = b""

    def __call__(self) -> float | None:
        """Answer, if something was asked; the time until the next look."""
        try:
            while b"\n" not in self.received:
                more = self.driver.recv(1 << 16)
                if not more:
                    return None
                self.received += more
        except BlockingIOError:
            return _POLL
        line, _, self.received = self.received.partition(b"\n")
        try:
            asked = json.loads(line)
            answer = {"answer": COMMANDS[asked["do"]](**asked["with"])}
        except BaseException:
            answer = {"error": traceback.format_exc()}
        self.driver.setblocking(True)
        self.driver.sendall(json.dumps(answer).encode() + b"\n")
        self.driver.setblocking(False)
        return _POLL


def in_window(function: Callable[..., object]) -> Callable[..., object]:
    """Timers know no window: give them the first one."""

    def call(**arguments: object) -> object:
        window = bpy.context.window_manager.windows[0]
        with bpy.context.temp_override(window=window, screen=window.screen):
            return function(**arguments)

    return call


def keep(name: str) -> int:
    """Remember everything in the file under a name; the number of values."""
    _states[name] = compare.snapshot()
    return len(_states[name])


def differ(before: str, after: str | None = None, reopened: bool = False) -> list[str]:
    """What differs between two remembered states, or between one and the file as it stands."""
    now = compare.snapshot() if after is None else _states[after]
    return compare.differences(_states[before], now, reopened=reopened)


def run(code: str) -> object:
    """Run Python; what it leaves in `answer`."""
    names: dict[str, Any] = {"bpy": bpy, "stage": stage, "answer": None}
    exec(code, names)
    return names["answer"]


def console(text: str) -> float:
    """Write a line to the console, so that the driver knows where a check begins; the time."""
    print(text, flush=True)
    ctypes.CDLL(None).fflush(None)  # what Blender itself has printed
    return time.monotonic()


COMMANDS = {
    "keep": keep,
    "differ": differ,
    "console": console,
    "run": in_window(run),
    "version": lambda: bpy.app.version_string,
    "job": watch.job,
    "watch": watch.start,
    "watched": watch.stop,
    "hovered": stage.hovered,
    "area": stage.area,
    "keys": stage.keys,
    "marks": stage.marks,
    "on_screen": stage.on_screen,
    "groups": stage.groups,
    **{
        function.__name__: in_window(function)
        for function in (
            stage.long_sound,
            stage.write_plain_head,
            stage.import_head,
            stage.turns,
            stage.empty_file,
            stage.close_editors,
            stage.split_view,
            stage.change_lower_view,
            stage.open_sidebars,
            stage.open_tab,
            stage.fill_window,
            stage.redraw,
            stage.tidy,
            stage.view_all,
            stage.show_preferences,
            stage.prepare,
            stage.add_sound,
            stage.look_at_face,
            stage.undo_push,
            stage.mouth,
        )
    },
}

if __name__ == "__main__":
    bpy.app.timers.register(Listener(sys.argv[sys.argv.index("--") + 1]), persistent=True)
