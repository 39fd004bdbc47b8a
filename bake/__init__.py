# SPDX-License-Identifier: GPL-3.0-or-later
"""NumPy motion in, Blender animation out. Needs bpy; knows nothing of panels and operators."""
