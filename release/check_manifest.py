# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of a manifest's own words."""

from typing import Any

from .known import FIELDS, LICENCES, PERMISSIONS, REASON_LENGTH, TAGS
from .manifest import project_version
from .paths import MANIFEST


def fields(manifest: dict[str, Any]) -> list[str]:
    """No field that Blender does not know: it would pass over it in silence."""
    return [
        f"{MANIFEST} has the field '{name}', which Blender does not know: correct it, or take it out."
        for name in sorted(set(manifest) - FIELDS)
    ]


def licences_and_tags(manifest: dict[str, Any]) -> list[str]:
    """Licences by their SPDX ids, tags from Blender's list for add-ons."""
    wrong = [
        f"The licence '{licence}' is not one of {', '.join(sorted(LICENCES))}: correct it in {MANIFEST}."
        for licence in manifest.get("license", [])
        if licence not in LICENCES
    ]
    if "SPDX:GPL-3.0-or-later" not in manifest.get("license", []):
        wrong.append(f"The licences lack SPDX:GPL-3.0-or-later, the code's own: add it in {MANIFEST}.")
    wrong += [
        f"'{tag}' is not a tag of Blender's add-ons: take one of {', '.join(sorted(TAGS))}."
        for tag in manifest.get("tags", [])
        if tag not in TAGS
    ]
    return wrong


def permissions(manifest: dict[str, Any]) -> list[str]:
    """Only what is needed, with a reason that Blender can show."""
    wrong = []
    for name, reason in manifest.get("permissions", {}).items():
        if name not in PERMISSIONS:
            wrong.append(
                f"The permission '{name}' is asked for, only {' and '.join(sorted(PERMISSIONS))} are needed: "
                f"take it out of {MANIFEST}."
            )
        if not 0 < len(reason) <= REASON_LENGTH or not reason[-1].isalnum():
            wrong.append(
                f"The reason for '{name}' has {len(reason)} characters and ends with '{reason[-1:]}': "
                f"give 1 to {REASON_LENGTH}, without a final stop."
            )
    return wrong


def version(manifest: dict[str, Any]) -> list[str]:
    """One version everywhere."""
    expected = project_version()
    if manifest.get("version") == expected:
        return []
    return [
        f"{MANIFEST} says version {manifest.get('version')}, pyproject.toml {expected}: make them equal and "
        "build again."
    ]
