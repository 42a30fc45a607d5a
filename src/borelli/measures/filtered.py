"""A motion with its coordinates low-pass filtered; what was there before is never overwritten."""

from dataclasses import replace

import numpy as np

from borelli.body.kinematics import forward, joint_points, landmark_points, place
from borelli.body.model import Person, body_model
from borelli.errors import BorelliError
from borelli.formats.storage import is_translation
from borelli.geometry.filters import lowpass
from borelli.motion.motion import Motion


def filtered(motion: Motion, hz: float) -> Motion:
    """The motion with coordinates below `hz`, and joints and landmarks that follow from them.

    Fourth-order zero-phase Butterworth, -3 dB at `hz` (see `geometry.filters.lowpass`). Every run of valid
    frames is filtered alone: frames that are not valid keep their numbers and stay marked. Forces, torques
    and contact points belong to the unfiltered motion and are left out; `contacts` stay.

    Raises BorelliError when `hz` is not between 0 and half the frame rate.
    """
    if not 0 < hz < motion.frame_rate / 2:
        limit = f"half the frame rate of {motion.frame_rate:.4g} Hz"
        raise BorelliError(f"low-pass at {hz:g} Hz is not between 0 and {limit}; 6 is usual for gait")
    model, person = body_model(), Person(motion.shape, motion.log_lengths, motion.scale)
    coordinates = _smooth(motion, hz)
    pose = forward(model, person, coordinates)
    joints, T = place(pose, joint_points(model), model, person), motion.T_camera_world
    return replace(
        motion,
        coordinates=coordinates,
        joints=joints,
        joints_camera=np.einsum("tij,tkj->tki", T[:, :3, :3], joints) + T[:, None, :3, 3],
        landmarks=place(pose, landmark_points(model), model, person),
        forces=None,
        torques=None,
        residual_wrench=None,
        contact_points=None,
        support=None,
        explained=None,
    )


def filter_note(hz: float) -> str:
    """What was done, for the files and tables that come of it."""
    return f"coordinates filtered: Butterworth, 4th order, zero phase, -3 dB at {hz:g} Hz; gaps not bridged"


def _smooth(motion: Motion, hz: float) -> np.ndarray:
    """(T, 49) filtered where valid, as they were elsewhere; whole turns are taken out first."""
    raw = np.where(motion.valid[:, None], motion.coordinates, np.nan).astype(np.float64)
    for c, name in enumerate(motion.coordinate_names):
        usable = np.isfinite(raw[:, c])
        if not is_translation(name):
            raw[usable, c] = np.unwrap(raw[usable, c])
    smooth = lowpass(raw, motion.time, hz)
    return np.where(motion.valid[:, None], smooth, motion.coordinates)
