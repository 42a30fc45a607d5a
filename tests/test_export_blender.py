"""Blender as a referee; runs where the package bpy is installed."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from exported_motion import MODEL, moving_person

from borelli.export.rig import make_rig
from borelli.export.take import valid_take
from borelli.pipeline.export import ExportConfig, export_motion

TOOL = Path(__file__).resolve().parents[1] / "tools" / "glb_to_fbx.py"
REPORT = """
import bpy, sys
bpy.ops.wm.read_factory_settings(use_empty=True)
bpy.context.scene.render.fps = 50
path = sys.argv[-1]
(bpy.ops.import_scene.fbx if path.endswith("fbx") else bpy.ops.import_scene.gltf)(filepath=path)
armature = next(o for o in bpy.data.objects if o.type == "ARMATURE")
first = armature.animation_data.action.frame_range[0]
for frame in (0, 20, 35):
    bpy.context.scene.frame_set(round(first) + frame)
    for bone in armature.pose.bones:
        print("head", frame, bone.name, *(armature.matrix_world @ bone.head))
"""


@pytest.mark.parametrize("kind", ["glb", "fbx"])
def test_bones_in_blender_are_where_they_are_in_the_motion(tmp_path: Path, kind: str) -> None:
    pytest.importorskip("bpy", reason="bpy (Blender as a package) is not installed")
    motion = moving_person()
    path = export_motion(tmp_path, motion, ["glb"], ExportConfig("mixamo"))[0]
    if kind == "fbx":
        fbx = path.with_suffix(".fbx")
        subprocess.run([sys.executable, TOOL, "--", path, fbx], check=True, capture_output=True)
        path = fbx
    printed = subprocess.run(
        [sys.executable, "-c", REPORT, path], check=True, capture_output=True, text=True
    ).stdout
    take = valid_take(motion)
    rig = make_rig(MODEL, take.person, take.coordinates, "mixamo")
    found = [line.split() for line in printed.splitlines() if line.startswith("head ")]
    assert len(found) == 3 * len(rig.names)
    for _, frame, name, *position in found:
        x, y, z = map(float, position)
        key = int(np.abs(take.times * 50 - int(frame)).argmin())
        wanted = rig.positions[key, rig.names.index(name)]
        np.testing.assert_allclose([x, z, -y], wanted, atol=1e-3, err_msg=f"{name} in frame {frame}")
