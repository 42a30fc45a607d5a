"""FBX out of a GLB that `borelli export` wrote, by Blender, which alone writes FBX freely.

blender --background --python tools/glb_to_fbx.py -- body.glb body.fbx

Skin, bones and one key per frame at the frame rate of the motion are kept. Where Blender is installed as a
Python package (bpy), `python tools/glb_to_fbx.py -- body.glb body.fbx` does the same.
"""

import json
import struct
import sys
from itertools import pairwise
from pathlib import Path
from statistics import median

import bpy


def key_times(path: Path) -> list[float]:
    """Seconds of the keys of the animation in a .glb file of one buffer."""
    data = path.read_bytes()
    (length,) = struct.unpack_from("<I", data, 12)
    content = json.loads(data[20 : 20 + length])
    accessor = content["accessors"][content["animations"][0]["samplers"][0]["input"]]
    start = 28 + length + content["bufferViews"][accessor["bufferView"]].get("byteOffset", 0)
    return list(struct.unpack_from(f"<{accessor['count']}f", data, start))


def set_frame_rate(times: list[float]) -> None:
    """Make frames of the scene fall on the keys, so that none is lost between two frames.

    The usual step counts, because frames that are not valid have no keys.
    """
    rate = 1 / median(b - a for a, b in pairwise(times)) if len(times) > 1 else 30.0
    scene = bpy.context.scene
    scene.render.fps = max(1, round(rate))
    scene.render.fps_base = scene.render.fps / rate
    scene.frame_start, scene.frame_end = round(times[0] * rate), round(times[-1] * rate)


def convert(source: Path, target: Path) -> None:
    """Read one file, write the other."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    set_frame_rate(key_times(source))
    bpy.ops.import_scene.gltf(filepath=str(source))
    bpy.ops.export_scene.fbx(
        filepath=str(target),
        object_types={"ARMATURE", "MESH"},
        add_leaf_bones=False,
        bake_anim_use_all_actions=False,
        bake_anim_use_nla_strips=False,
        bake_anim_simplify_factor=0.0,
    )


if __name__ == "__main__":
    given = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else []
    if len(given) != 2:
        sys.exit("give two files after --: blender --background --python glb_to_fbx.py -- body.glb body.fbx")
    convert(Path(given[0]), Path(given[1]))
