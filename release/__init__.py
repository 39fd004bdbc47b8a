# SPDX-License-Identifier: GPL-3.0-or-later
"""Making and checking the Blender extension: what build.py does. Neither in the zip nor in the pip wheel."""
