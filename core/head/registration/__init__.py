# SPDX-License-Identifier: GPL-3.0-or-later
"""A mesh with a face is registered with the template of the built-in head."""

from .not_a_face import NotAFace
from .register import Registration, register
from .similarity import BLENDER_AXES
from .template_face import template_skin

__all__ = ["BLENDER_AXES", "NotAFace", "Registration", "register", "template_skin"]
