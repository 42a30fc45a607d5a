"""References put on the floor of their simulation, which is the one that the video showed."""

from dataclasses import replace

import numpy as np
from scipy.ndimage import gaussian_filter1d, median_filter

from borelli.body.kinematics import forward, place
from borelli.body.model import BodyModel
from borelli.dynamics.contact_points import contact_points
from borelli.dynamics.policy.clips import RATE, Clip

SPAN, SMOOTH = 21, 5.0
"""Frames over which the lowest sole point is a median, and standard deviation of the smoothing after that."""


def settled(model: BodyModel, clip: Clip) -> Clip:
    """The clip with its reference raised or lowered, slowly, until the feet stand on its floor.

    The truth stands on a floor of its own, which may differ by centimetres and a degree from the one that the
    estimator has found, on which the person is simulated. Meant for motion that is seldom in flight.
    """
    if clip.reference is None:
        return clip
    touch, motion = contact_points(model), clip.reference
    pose = forward(model, clip.person, motion.coordinates)
    soles = place(pose, touch.points.at(touch.soles), model, clip.person)
    lowest = (soles[..., 1] - clip.floor.height(soles)).min(axis=1)
    rise = -gaussian_filter1d(median_filter(lowest, SPAN, mode="nearest"), SMOOTH, mode="nearest")
    coordinates, rates = motion.coordinates.copy(), motion.rates.copy()
    coordinates[:, -2] += rise
    rates[:, -2] += np.gradient(rise, 1 / RATE)
    return replace(clip, reference=replace(motion, coordinates=coordinates, rates=rates))
