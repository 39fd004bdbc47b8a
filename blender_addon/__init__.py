# SPDX-License-Identifier: GPL-3.0-or-later
"""The Blender add-on."""


def register() -> None:
    pass


def unregister() -> None:
    pass
