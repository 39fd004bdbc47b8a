# SPDX-License-Identifier: GPL-3.0-or-later
"""Sound to face motion, without Blender. Imports neither bpy nor torch."""
