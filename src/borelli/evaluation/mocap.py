"""Motion capture clips of the mocap pack: gzip-compressed BVH in metres, Y up, with a manifest."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from borelli.errors import BorelliError
from borelli.formats.bvh import bvh_pose, read_bvh


@dataclass(frozen=True)
class Clip:
    """Joint trajectories of one person, metres, Y up; zero rotations are a T-pose that faces +Z."""

    times: np.ndarray
    """(T,) seconds."""
    joint_names: tuple[str, ...]
    parents: tuple[int, ...]
    joints: np.ndarray
    """(T, J, 3)."""
    rotations: np.ndarray
    """(T, J, 3, 3) R_world_joint."""

    def joint(self, name: str) -> np.ndarray:
        """(T, 3) trajectory of one joint; a joint is named for the bone it starts."""
        return self.joints[:, self.joint_names.index(name)]


def read_clip(path: Path) -> Clip:
    """Read one .bvh or .bvh.gz file. Raises BorelliError naming the file when it cannot be read."""
    bvh = read_bvh(path)
    pose = bvh_pose(bvh)
    times = np.arange(len(bvh.values)) * bvh.frame_time
    return Clip(times, bvh.joint_names, bvh.parents, pose.positions, pose.rotations)


def read_manifest(folder: Path) -> list[dict[str, str]]:
    """Rows of `manifest.csv`, one per clip: file, action, fps, split, grade, ground and more."""
    path = folder / "manifest.csv"
    if not path.is_file():
        raise BorelliError(f"{folder} is not a mocap pack: it has no manifest.csv; see docs/lifters.md")
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))
