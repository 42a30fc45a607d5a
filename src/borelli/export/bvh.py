"""BVH: hierarchy and motion in centimetres and degrees, channels in the order Z, X, Y; rest is a T-pose.

Only the root moves; its offset is zero and its position channels are absolute, because programs disagree on
whether channels replace the offset or add to it.
"""

import warnings
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from borelli.export.rig import Rig

CM = 100.0
ROTATIONS = "Zrotation Xrotation Yrotation"


def write_bvh(path: Path, rig: Rig, rate: float) -> None:
    """Write every frame of a rig, evenly spaced at `rate` frames per second."""
    lines = ["HIERARCHY", *_joint(rig, 0, 0), "MOTION"]
    order = _depth_first(rig, 0)
    euler = _euler_degrees(rig.local_rotations)[:, order].reshape(len(rig.rotations), -1)
    rows = np.concatenate([CM * rig.positions[:, 0], euler], axis=1)
    lines += [f"Frames: {len(rows)}", f"Frame Time: {1 / rate:.9f}"]
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write("\n".join(lines) + "\n")
        np.savetxt(stream, rows, fmt="%.6f")


def _joint(rig: Rig, bone: int, depth: int) -> list[str]:
    """Lines of a joint and everything below it."""
    indent, inner = "\t" * depth, "\t" * (depth + 1)
    channels = f"6 Xposition Yposition Zposition {ROTATIONS}" if bone == 0 else f"3 {ROTATIONS}"
    lines = [
        f"{indent}{'ROOT' if bone == 0 else 'JOINT'} {rig.names[bone]}",
        f"{indent}{{",
        f"{inner}OFFSET {_numbers(rig.offsets[bone])}",
        f"{inner}CHANNELS {channels}",
    ]
    for child in np.flatnonzero(rig.parents == bone):
        lines += _joint(rig, int(child), depth + 1)
    if bone in rig.ends:
        tip = _numbers(rig.ends[bone] - rig.rest[bone])
        lines += [f"{inner}End Site", f"{inner}{{", f"{inner}\tOFFSET {tip}", f"{inner}}}"]
    return [*lines, f"{indent}}}"]


def _depth_first(rig: Rig, bone: int) -> list[int]:
    """Bones in the order in which the hierarchy lists them, which is that of the channels."""
    below = [_depth_first(rig, int(child)) for child in np.flatnonzero(rig.parents == bone)]
    return [bone, *(index for run in below for index in run)]


def _euler_degrees(rotations: np.ndarray) -> np.ndarray:
    """(T, J, 3) intrinsic Z, X, Y angles without jumps of whole turns."""
    with warnings.catch_warnings():
        # with two axes in line any split between them gives the same rotation
        warnings.simplefilter("ignore", UserWarning)
        flat = Rotation.from_matrix(rotations.reshape(-1, 3, 3)).as_euler("ZXY")
    return np.degrees(np.unwrap(flat.reshape(*rotations.shape[:2], 3), axis=0))


def _numbers(offset: np.ndarray) -> str:
    return " ".join(f"{value:.6f}" for value in CM * offset)
