"""A standing body does not topple: its zero-moment point lies under the feet that stand.

The zero-moment point is where the ground reaction acts if angular momentum changes little,
x - (h / g) x'' for the centre of mass at height h (Vukobratovic & Borovac 2004). It ties the lean of the
body to gravity, which no single picture shows.
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from borelli.fitting.normal import Normal
from borelli.fitting.state import View

GRAVITY = 9.81

# de Leva 1996, table 4, males: every segment's mass shared between its ends so that its centre stays; the
# trunk between mid-shoulder and mid-hip (44.86 % from the top), head at the ears, hands at the wrists.
LUMPED = {
    "shoulder": 0.1313,
    "hip": 0.1811,
    "elbow": 0.0244,
    "wrist": 0.0135,
    "knee": 0.0820,
    "ankle": 0.0330,
    "ear": 0.0347,
}
"""Share of the body mass per side at each keypoint; sums to one half."""


@dataclass(frozen=True)
class Balance:
    """Horizontal distance of the zero-moment point from the standing feet; unit: standard deviations."""

    mass_points: np.ndarray
    """(M,) body points that carry the mass."""
    mass_shares: np.ndarray
    """(M,) sum 1."""
    feet: np.ndarray
    """(F,) contact points."""
    foot_shares: np.ndarray
    """(T, F) how the support is shared; rows sum 1 where anything stands."""
    inertial: np.ndarray
    """(T, 2) metres: (h / g) times the horizontal acceleration of the centre of mass, from the last state."""
    weight: np.ndarray
    """(T,) 1 / sd; zero where nothing stands."""
    robust: float = 2.0

    def add_to(self, normal: Normal, view: View) -> None:
        """Add the cost of toppling."""
        com = np.einsum("m,tmi->ti", self.mass_shares, view.world[:, self.mass_points])
        foot = np.einsum("tf,tfi->ti", self.foot_shares, view.world[:, self.feet])
        residual = ((com - foot)[:, [0, 2]] - self.inertial) * self.weight[:, None]

        def jacobian() -> np.ndarray:
            J = view.world_jacobian[:, :, [0, 2]]
            by_mass = np.einsum("m,tmin->tin", self.mass_shares, J[:, self.mass_points], optimize=True)
            by_foot = np.einsum("tf,tfin->tin", self.foot_shares, J[:, self.feet], optimize=True)
            return ((by_mass - by_foot) * self.weight[:, None, None])[:, None]

        normal.add_rows(residual[:, None], jacobian, self.robust)


def balance(
    names: tuple[str, ...],
    world: np.ndarray,
    feet: np.ndarray,
    contacts: np.ndarray,
    times: np.ndarray,
    sd: float,
) -> Balance | None:
    """The term at a state with points `world` (T, P, 3), keypoints `names` first; None without a whole body.

    `contacts` (T, F) are the probabilities that the points `feet` stand; `sd` metres.
    """
    wanted = [(f"{side}_{part}", mass) for part, mass in LUMPED.items() for side in ("left", "right")]
    if len(times) < 8 or not {name for name, _ in wanted} <= set(names):
        return None
    points = np.array([names.index(name) for name, _ in wanted])
    shares = np.array([mass for _, mass in wanted]) / sum(mass for _, mass in wanted)
    com = np.einsum("m,tmi->ti", shares, world[:, points])
    acceleration = np.gradient(np.gradient(com, times, axis=0), times, axis=0)
    # accelerations are smoothed, not positions: a filter at the ends would bend a steady walk
    frames = 0.14 / float(np.median(np.diff(times)))
    acceleration = gaussian_filter1d(acceleration, frames, axis=0, mode="nearest")
    standing = contacts.sum(axis=1)
    foot_shares = contacts / np.maximum(standing, 1e-6)[:, None]
    foot = np.einsum("tf,tfi->ti", foot_shares, world[:, feet])
    lever = np.clip(com[:, 1] - foot[:, 1], 0.2, 1.5) / GRAVITY
    weight = np.clip(standing, 0, 1) * (standing > 0.9) / sd
    return Balance(points, shares, feet, foot_shares, lever[:, None] * acceleration[:, [0, 2]], weight)
