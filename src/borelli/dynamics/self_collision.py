"""Limbs and trunk of a simulated person that stop each other: the capsules of `self_contact`."""

# pyright: reportAttributeAccessIssue=false
# MuJoCo is a native module without type stubs.

import mujoco
import numpy as np

from borelli.body.capsules import named_points
from borelli.body.kinematics import forward
from borelli.body.model import BodyModel, Person
from borelli.dynamics.self_contact import body_capsules


def add_self_collision(spec: mujoco.MjSpec, model: BodyModel, person: Person) -> None:
    """Capsules without mass on their segments, and the pairs of them that collide, without friction.

    Pairs that meet in a joint or are near in a relaxed stance do not collide.
    """
    table, capsules = model.skeleton, body_capsules(model, person)
    pose = forward(model, person, np.zeros((1, len(table.coordinate_names))))
    begin, end = (named_points(model, person, pose, [way[k] for way in capsules.ways])[0] for k in (0, 1))
    for m, (name, way) in enumerate(zip(capsules.names, capsules.ways, strict=True)):
        segment = _carrier(model, *way)
        # With every coordinate zero all segment frames are parallel to the world.
        ends = begin[m] + capsules.shares[m, :, None] * (end[m] - begin[m]) - pose.joints[0, segment]
        spec.body(table.segment_names[segment]).add_geom(
            name=f"flesh_{name}",
            type=mujoco.mjtGeom.mjGEOM_CAPSULE,
            fromto=ends.ravel(),
            size=[capsules.radii[m], 0, 0],
            mass=0,
            contype=0,
            conaffinity=0,
        )
    for a, b in capsules.pairs:
        one, other = f"flesh_{capsules.names[a]}", f"flesh_{capsules.names[b]}"
        spec.add_pair(geomname1=one, geomname2=other, condim=1)


def _carrier(model: BodyModel, start: str, stop: str) -> int:
    """Segment to which both named points are fixed; the parent of the second where there is none."""
    shared = _fixed_to(model, start) & _fixed_to(model, stop)
    table = model.skeleton
    return max(shared) if shared else int(table.parents[table.segment(stop)])


def _fixed_to(model: BodyModel, name: str) -> set[int]:
    table = model.skeleton
    if name not in table.segment_names:
        return {int(model.landmark_segments[model.landmark(name)])}
    segment = table.segment(name)
    return {segment, int(table.parents[segment])} - {-1}
