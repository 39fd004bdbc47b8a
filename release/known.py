# SPDX-License-Identifier: GPL-3.0-or-later
"""What a manifest may say: facts about Blender's extensions that Blender's own validator does not check."""

from typing import Final

FIELDS: Final = frozenset(
    (
        "schema_version",
        "id",
        "name",
        "tagline",
        "version",
        "type",
        "maintainer",
        "license",
        "blender_version_min",
        "blender_version_max",
        "website",
        "copyright",
        "permissions",
        "tags",
        "platforms",
        "wheels",
    )
)
"""Fields of a manifest of schema 1.0.0; source: pkg_manifest_known_keys_and_types in blender_ext.py, 5.2.

`build` is known too, but belongs to building, not into a zip."""

TAGS: Final = frozenset(
    (
        "3D View",
        "Add Curve",
        "Add Mesh",
        "Animation",
        "Bake",
        "Camera",
        "Compositing",
        "Development",
        "Game Engine",
        "Geometry Nodes",
        "Grease Pencil",
        "Import-Export",
        "Lighting",
        "Material",
        "Modeling",
        "Mesh",
        "Node",
        "Object",
        "Paint",
        "Pipeline",
        "Physics",
        "Render",
        "Rigging",
        "Scene",
        "Sculpt",
        "Sequencer",
        "System",
        "Text Editor",
        "Tracking",
        "User Interface",
        "UV",
    )
)
"""Tags for add-ons; source: https://docs.blender.org/manual/en/latest/advanced/extensions/tags.html"""

LICENCES: Final = frozenset(
    (
        "SPDX:GPL-2.0-or-later",
        "SPDX:GPL-3.0-or-later",
        "SPDX:LGPL-2.1-or-later",
        "SPDX:LGPL-3.0-or-later",
        "SPDX:BSD-1-Clause",
        "SPDX:BSD-2-Clause",
        "SPDX:BSD-3-Clause",
        "SPDX:BSL-1.0",
        "SPDX:MIT",
        "SPDX:MIT-0",
        "SPDX:MPL-2.0",
        "SPDX:Pixar",
        "SPDX:Zlib",
        "SPDX:CC0-1.0",
        "SPDX:CC-BY-4.0",
    )
)
"""Licences of extensions (https://docs.blender.org/manual/en/latest/advanced/extensions/licenses.html), with
CC0-1.0 and CC-BY-4.0 for data."""

PERMISSIONS: Final = frozenset({"files", "clipboard"})
"""What Soliloquy may ask for: it works offline, and hears files, not the microphone."""

REASON_LENGTH: Final = 64
"""Characters in a permission's reason; source: terse_description_from_text in blender_ext.py."""

SIZE_LIMIT: Final = 110_000_000
"""Bytes of a zip without CUDA."""
