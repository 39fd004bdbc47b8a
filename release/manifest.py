# SPDX-License-Identifier: GPL-3.0-or-later
"""The manifest of one zip: the project's, with what belongs to the platform and the ABI."""

import json
import tomllib
from typing import Any

from .errors import ReleaseError
from .paths import MANIFEST, ROOT
from .wheels import Combination

GENERATED = ("blender_version_max", "platforms", "wheels")
"""Fields that only this module writes."""


def project_version() -> str:
    """The version in pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


def manifest_for(combination: Combination, *, cuda: bool) -> str:
    """Text of the manifest for one zip.

    Raises:
        ReleaseError: the project's manifest has a field that is written here, or another version.
    """
    values = tomllib.loads((ROOT / MANIFEST).read_text(encoding="utf-8"))
    for key in GENERATED:
        if key in values:
            raise ReleaseError(f"{MANIFEST} has '{key}', which build.py writes: take it out.")
    version = project_version()
    if version != values["version"]:
        raise ReleaseError(
            f"{MANIFEST} says {values['version']}, pyproject.toml says {version}: make them equal."
        )
    values["blender_version_min"] = combination.blender_version_min
    if combination.blender_version_max:
        values["blender_version_max"] = combination.blender_version_max
    values["platforms"] = [combination.platform]
    values["wheels"] = [f"./wheels/{wheel.file}" for wheel in combination.carried(cuda=cuda)]
    return as_toml(values)


def as_toml(values: dict[str, Any]) -> str:
    """Write strings, lists of strings and tables of strings as TOML."""
    plain = {key: value for key, value in values.items() if not isinstance(value, dict)}
    tables = {key: value for key, value in values.items() if isinstance(value, dict)}
    lines = [f"{key} = {literal(value)}" for key, value in plain.items()]
    for name, table in tables.items():
        lines += ["", f"[{name}]", *(f"{key} = {literal(value)}" for key, value in table.items())]
    return "\n".join(lines) + "\n"


def literal(value: str | list[str]) -> str:
    """A string or a list of strings; JSON writes both as TOML does."""
    return json.dumps(
        value, ensure_ascii=False, indent=2 if isinstance(value, list) and len(value) > 1 else None
    )
