"""How strong a person is: peak isometric torques of every joint, from `strength.csv`.

The table is for a man of 75 kg and 1.75 m, and scales with mass times stature as in
Anderson, Madigan & Nussbaum 2007 (J Biomech 40:3105). Rows marked `estimate` in the table have no single
published figure behind them. Muscles that lengthen and tendons that recoil exceed isometric torque: running
asks the ankle for 2.5 to 3 N m per kg, so a user of these limits who looks at fast motion allows a factor.
"""

import csv
from functools import cache
from importlib.resources import files

import numpy as np

from borelli.body.model import BodyModel
from borelli.body.skeleton import TRANSLATIONS
from borelli.errors import BorelliError

REFERENCE_MASS, REFERENCE_STATURE = 75.0, 1.75
"""Kilograms and metres of the person the table describes."""


def torque_limits(model: BodyModel, mass: float, stature: float) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper limit (49,) of the generalised force of each coordinate, N m.

    Infinite for the six coordinates of the pelvis, which no muscle drives. `mass` in kg, `stature` in metres.
    Raises BorelliError unless both are positive.
    """
    if not (mass > 0 and stature > 0):
        raise BorelliError(
            f"mass {mass} kg and stature {stature} m must be positive to know a person's strength"
        )
    factor = mass * stature / (REFERENCE_MASS * REFERENCE_STATURE)
    peaks = _peaks()
    names = model.skeleton.coordinate_names
    lower, upper = np.full(len(names), -np.inf), np.full(len(names), np.inf)
    for c, name in enumerate(names):
        if name not in TRANSLATIONS and not name.startswith("pelvis_"):
            positive, negative = peaks[name.removesuffix("_r").removesuffix("_l")]
            lower[c], upper[c] = -negative * factor, positive * factor
    return lower, upper


@cache
def _peaks() -> dict[str, tuple[float, float]]:
    """N m in the positive and the negative direction of each coordinate, sides left out."""
    text = files("borelli.dynamics").joinpath("strength.csv").read_text("utf-8")
    rows = csv.DictReader(text.splitlines())
    return {row["coordinate"]: (float(row["positive_nm"]), float(row["negative_nm"])) for row in rows}
