"""From SMPL to our skeleton: points of one body that are points of the other, then inverse kinematics.

Joint centres of the two bodies are defined differently (hips by up to 3 cm), so that every match has a
tolerance; where on our segments they sit is found once per recording. Orientations of pelvis, trunk, head
and hands count from SMPL's T-pose: they agree with ours there.
"""

from dataclasses import dataclass, replace

import numpy as np

from borelli.body.model import BodyModel
from borelli.body.skel import skel_table
from borelli.body.skel_fit import SkelFit
from borelli.body.smpl import SMPL_JOINTS, SmplModel, SmplPose, smpl_vertices
from borelli.body.smpl_surface import surface_points
from borelli.geometry.frames import y_up_from_z_up
from borelli.markers.names import Site

JOINTS = {
    "hip": Site("joint:femur", placement_sd=0.03, skin_sd=0.008),
    "knee": Site("joint:tibia", placement_sd=0.01, skin_sd=0.006),
    "ankle": Site("joint:talus", placement_sd=0.01, skin_sd=0.006),
    "foot": Site("joint:toes", placement_sd=0.03, skin_sd=0.008),
    "shoulder": Site("joint:humerus", placement_sd=0.01, skin_sd=0.01),
    "elbow": Site("joint:ulna", placement_sd=0.003, skin_sd=0.006),
    "wrist": Site("joint:hand", placement_sd=0.003, skin_sd=0.006),
}
"""Joint of SMPL and ours, both without their sides."""
SKEL_PLACEMENT_SD = 0.01
"""Metres: SKEL's joint centres are anatomical, as ours are."""
SKIN = {
    "vertex": Site("vertex", placement_sd=0.01, skin_sd=0.01),
    "nose": Site("nose", placement_sd=0.02, skin_sd=0.01),
    "heel": Site("heel", placement_sd=0.01, skin_sd=0.01),
    "big_toe": Site("big_toe", placement_sd=0.01, skin_sd=0.01),
    "fingertip": Site("fingertip", placement_sd=0.02, skin_sd=0.02),
}
"""Landmarks without their sides."""
ARM = 0.1
"""Metres: an orientation is given by points so far before, behind, above and below a joint centre."""
R_SMPL_BODY = np.array([[0.0, 0.0, -1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
"""Our axes (x forward, y up, z right) in SMPL's (x left, y up, z forward)."""
R_SMPL_HAND = {
    "r": np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]),
    "l": np.array([[0.0, -1.0, 0.0], [0.0, 0.0, -1.0], [1.0, 0.0, 0.0]]),
}
"""The same for the hands of a T-pose: fingers sideways, palms down, thumbs forward."""


@dataclass(frozen=True)
class Matches:
    """M points of both bodies."""

    names: tuple[str, ...]
    """Joints `left_hip`, landmarks `heel_r`, and ends of axes `pelvis_up`."""
    positions: np.ndarray
    """(T, M, 3) on the other body, world with Y up, metres."""
    sites: tuple[Site, ...]
    """(M,) on ours."""

    @property
    def scored(self) -> np.ndarray:
        """(M,) bool: joints and landmarks, whose distance is an error; axes are not points of a body."""
        return np.array([not name.endswith(_ENDS) for name in self.names])


def smpl_matches(model: BodyModel, smpl: SmplModel, pose: SmplPose, skel: SkelFit | None = None) -> Matches:
    """Joint centres, skin points and orientations of a posed SMPL body in a world with Z up.

    With `skel`, the same motion as SKEL has it, joint centres are SKEL's.
    """
    found: list[tuple[str, np.ndarray, Site]] = []
    for side in ("left", "right"):
        for joint, site in JOINTS.items():
            own = _on_side(site, f"_{side[0]}")
            centre = pose.joints[:, SMPL_JOINTS.index(f"{side}_{joint}")]
            if skel is not None:
                segment = own.body_point.removeprefix("joint:")
                centre = skel.pose.joints[:, skel_table().segment_names.index(segment)]
                own = replace(own, placement_sd=min(own.placement_sd, SKEL_PLACEMENT_SD))
            found.append((f"{side}_{joint}", centre, own))
    marks = surface_points(smpl)
    skin = smpl_vertices(smpl, pose, np.array(list(marks.values()), dtype=np.int64))
    for k, name in enumerate(marks):
        kind = name.removesuffix("_r").removesuffix("_l")
        found.append((name, skin[:, k], _on_side(SKIN[kind], name.removeprefix(kind))))
    found += _orientations(model, pose)
    names, positions, sites = zip(*found, strict=True)
    return Matches(names, y_up_from_z_up(np.stack(positions, axis=1)), sites)


def _orientations(model: BodyModel, pose: SmplPose) -> list[tuple[str, np.ndarray, Site]]:
    """Ends of the axes of a segment, about a joint centre that both bodies share."""
    at = SMPL_JOINTS.index
    hips = pose.joints[:, [at("left_hip"), at("right_hip")]].mean(axis=1)
    neck = pose.joints[:, at("neck")]
    above_thorax = model.joint_offsets[model.skeleton.segment("head")]
    turned = [
        ("pelvis", "pelvis", np.zeros(3), hips, R_SMPL_BODY, 0.01),
        ("spine3", "thorax", above_thorax, neck, R_SMPL_BODY, 0.02),
        ("head", "head", np.zeros(3), neck, R_SMPL_BODY, 0.02),
    ]
    for name in ("left", "right"):
        wrist = pose.joints[:, at(f"{name}_wrist")]
        turned.append((f"{name}_wrist", f"hand_{name[0]}", np.zeros(3), wrist, R_SMPL_HAND[name[0]], 0.05))
    found = []
    for joint, segment, offset, centre, R_smpl_ours, sd in turned:
        R_world_ours = pose.T_world_joint[:, at(joint), :3, :3] @ R_smpl_ours
        for end, arm in zip(
            _ENDS, ARM * np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0]]), strict=True
        ):
            x, y, z = offset + arm
            site = Site(f"joint:{segment}", (x, y, z), placement_sd=0.0, skin_sd=sd)
            found.append((f"{joint}{end}", centre + R_world_ours @ arm, site))
    return found


def _on_side(site: Site, side: str) -> Site:
    return replace(site, body_point=site.body_point + side)


_ENDS = ("_front", "_back", "_up", "_down")
