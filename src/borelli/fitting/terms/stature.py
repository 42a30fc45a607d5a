"""A stated or expected stature holds the scale of the body."""

from dataclasses import dataclass

import numpy as np

from borelli.body.stature import stature, stature_gradient
from borelli.fitting.camera_state import CAMERA_UNKNOWNS
from borelli.fitting.normal import Normal
from borelli.fitting.state import View


@dataclass(frozen=True)
class Stature:
    """Difference to a stature; unit: standard deviations."""

    mean: float
    """Metres."""
    sd: float
    """Metres."""

    def add_to(self, normal: Normal, view: View) -> None:
        """Add the cost of being too tall or too short."""
        person = view.state.person
        row = np.r_[stature_gradient(view.model, person), np.zeros(len(CAMERA_UNKNOWNS))] / self.sd
        normal.add_border(np.array([(stature(view.model, person) - self.mean) / self.sd]), row[None])
