# SPDX-License-Identifier: GPL-3.0-or-later
"""A mesh with a face is registered with the template of the built-in head."""

from .face_search import MARKS, find_face
from .not_a_face import NotAFace
from .register import register
from .registration import Registration
from .similarity import BLENDER_AXES
from .template_face import template_skin

__all__ = ["BLENDER_AXES", "MARKS", "NotAFace", "Registration", "find_face", "register", "template_skin"]
