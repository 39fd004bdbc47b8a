# SPDX-License-Identifier: GPL-3.0-or-later
from types import SimpleNamespace

import bpy
from soliloquy.blender_addon.job import target_object

from ..bake.heads import make_head


def test_a_deleted_object_among_the_selected_is_passed_over():
    """Right after an object was deleted in the window, Blender lists it as None."""
    head = make_head()
    objects = SimpleNamespace(selected=[None, head], active=None)
    context = SimpleNamespace(scene=bpy.context.scene, view_layer=SimpleNamespace(objects=objects))
    assert target_object(context) == head
    objects.selected = [None]
    assert target_object(context) is None
