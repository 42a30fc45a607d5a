"""The pose in which our segments, SKEL's and SMPL's meet, and the change between their axes and ours.

SKEL and SMPL count rotations from a T-pose; their axes are x to the body's left, y up, z forward. Ours count
from standing with hanging arms; body axes are x forward, y up, z to the right.
"""

import numpy as np

from borelli.body.kinematics import Pose, forward
from borelli.body.model import average_person, body_model

R_SMPL_BODY = np.array([[0.0, 0.0, -1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
"""Takes our body axes to SMPL's."""
T_POSE_DEGREES = {"arm_add_r": -90.0, "arm_add_l": -90.0}
"""Our coordinates of the T-pose: arms level, palms down, all else zero."""


def t_pose() -> Pose:
    """Our mean body in the T-pose, one frame; the world's axes are the body's."""
    model = body_model()
    q = np.zeros((1, len(model.skeleton.coordinate_names)))
    for name, degrees in T_POSE_DEGREES.items():
        q[0, model.skeleton.coordinate(name)] = np.radians(degrees)
    return forward(model, average_person(), q)
