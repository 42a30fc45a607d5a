"""Fits of unlabelled videos as labels, kept only when better (HSMR's refinement rule, after SPIN).

A label is replaced if and only if the new one re-projects better, by confidence-weighted squared distance in
the picture, and its body is sane, and the person is seen well enough (Xia et al. 2025, section on the
refinement of pseudo labels; Kolotouros et al. 2019). Unlike there, the distance is taken at keypoints that
the fit was not shown: a fit that bends further to detector noise must not count as better.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from borelli.body.model import Person

SANE_LENGTH = 2.0
"""Standard deviations of a log segment length beyond which a body is not believed."""
SEEN = 0.5
"""Share of keypoints that must be seen, by confidence, for a fit to teach."""

GAIN = 0.98
"""Share of the old error that a new label must stay below; smaller gains are chance."""


@dataclass(frozen=True)
class Label:
    """A fit of one track, as good as any so far."""

    person: Person
    coordinates: np.ndarray
    """(T, 49)."""
    T_camera_world: np.ndarray
    """(4, 4)."""
    error: float
    """Confidence-weighted mean squared reprojection error of held-out keypoints, relative to the person's
    size in the picture."""
    longest: float
    """Largest |log segment length| in standard deviations."""
    seen: float
    """Mean confidence of the keypoints."""


def is_sane(label: Label) -> bool:
    """May it teach at all?"""
    return label.longest < SANE_LENGTH and label.seen > SEEN and bool(np.isfinite(label.error))


def is_better(new: Label, old: Label | None) -> bool:
    """Does it replace what was kept?"""
    return is_sane(new) and (old is None or new.error < GAIN * old.error)


def kept(old: Mapping[str, Label], new: Mapping[str, Label]) -> dict[str, Label]:
    """The better label of every track; a kept label is never replaced by a worse one."""
    result = dict(old)
    for track, label in new.items():
        if is_better(label, result.get(track)):
            result[track] = label
    return result
