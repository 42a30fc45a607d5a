"""The body as animation tools want it: named bones that are unturned in a T-pose, Y up, facing +Z.

Bones sit at the anatomical joint centres, so their positions are exactly the motion's. Axis sizes: T frames,
J = 24 bones. Metres.
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from borelli.body.kinematics import Pose, forward, landmark_points, place
from borelli.body.model import BodyModel, Person
from borelli.body.skeleton import Skeleton
from borelli.body.skin import bind_pose
from borelli.errors import choices
from borelli.geometry.frames import R_ZFRONT_XFRONT

ENDS = {
    "head": "vertex",
    "hand_r": "fingertip_r",
    "hand_l": "fingertip_l",
    "toes_r": "big_toe_r",
    "toes_l": "big_toe_l",
}
"""Segment without children, and the landmark where its bone ends."""
LOWEST = ("sole_heel_r", "sole_ball_r", "sole_heel_l", "sole_ball_l")
"""Landmarks that stand on the floor in the T-pose."""


@dataclass(frozen=True)
class Rig:
    """An animated skeleton."""

    names: tuple[str, ...]
    parents: np.ndarray
    """(J,) parents before children, -1 for the root."""
    rest: np.ndarray
    """(J, 3) joints in the T-pose, soles on y = 0."""
    ends: dict[int, np.ndarray]
    """Bone without children: its tip (3,) in the T-pose."""
    rotations: np.ndarray
    """(T, J, 3, 3) R_world_bone; identity in the T-pose."""
    positions: np.ndarray
    """(T, J, 3)."""

    @property
    def offsets(self) -> np.ndarray:
        """(J, 3) of each joint from its parent in the T-pose; zero for the root."""
        above = np.where(self.parents[:, None] < 0, self.rest, self.rest[self.parents])
        return self.rest - above

    @property
    def local_rotations(self) -> np.ndarray:
        """(T, J, 3, 3) R_parent_bone; of the root R_world_bone."""
        result = self.rotations.copy()
        moved = self.parents >= 0
        above = np.swapaxes(self.rotations[:, self.parents[moved]], -1, -2)
        result[:, moved] = above @ self.rotations[:, moved]
        return result


@cache
def bone_names(convention: str) -> tuple[str, ...]:
    """(J,) names of the bones in the order of the segments, by the table `bone_names.csv`.

    Raises:
        BorelliError: unknown convention; the message lists the valid ones.
    """
    text = files("borelli.export").joinpath("bone_names.csv").read_text("utf-8")
    reader = csv.DictReader(text.splitlines())
    rows = list(reader)
    valid = [name for name in reader.fieldnames or () if name != "segment"]
    if convention not in valid:
        raise choices("--names", convention, valid)
    return tuple(row[convention] for row in rows)


def t_pose(table: Skeleton) -> np.ndarray:
    """(1, 49) coordinates with arms stretched sideways, palms down, legs straight."""
    q = np.zeros((1, len(table.coordinate_names)))
    for side in "rl":
        q[:, table.coordinate(f"arm_add_{side}")] = -np.pi / 2
    return q


def make_rig(model: BodyModel, person: Person, coordinates: np.ndarray, names: str) -> Rig:
    """Rig of a person moving through coordinates (T, 49), with bone names of a convention.

    Raises:
        BorelliError: unknown convention of names.
    """
    resting = forward(model, person, t_pose(model.skeleton))
    soles = place(resting, landmark_points(model, LOWEST), model, person)[0]
    ends = place(resting, landmark_points(model, tuple(ENDS.values())), model, person)[0]
    up = np.array([0.0, -soles[:, 1].min(), 0.0])
    pose = forward(model, person, coordinates)
    return Rig(
        names=bone_names(names),
        parents=model.skeleton.parents,
        rest=(resting.joints[0] + up) @ R_ZFRONT_XFRONT.T,
        ends={
            model.skeleton.segment(segment): (end + up) @ R_ZFRONT_XFRONT.T
            for segment, end in zip(ENDS, ends, strict=True)
        },
        rotations=_turned_from(resting, pose),
        positions=pose.joints @ R_ZFRONT_XFRONT.T,
    )


def bind_transforms(model: BodyModel, person: Person) -> np.ndarray:
    """T_world_bone (J, 4, 4) of a rig's bones where the skin is bound to them (arms half raised)."""
    resting, binding = forward(model, person, t_pose(model.skeleton)), bind_pose(model, person)
    result = np.tile(np.eye(4), (len(model.skeleton.parents), 1, 1))
    result[:, :3, :3] = _turned_from(resting, binding)[0]
    result[:, :3, 3] = binding.joints[0] @ R_ZFRONT_XFRONT.T
    return result


def _turned_from(resting: Pose, pose: Pose) -> np.ndarray:
    """(T, J, 3, 3) how segments are turned against the T-pose, in axes that face +Z."""
    turned = pose.rotations @ np.swapaxes(resting.rotations, -1, -2)
    return R_ZFRONT_XFRONT @ turned @ R_ZFRONT_XFRONT.T
