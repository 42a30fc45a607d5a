"""When an attempt is over: small pure functions of N worlds; metres, radians."""

import numpy as np

from borelli.dynamics.simulation import FALL_DROP, FALL_TURN
from borelli.geometry.rotations import angle_between

LOST = 0.5
"""Metres: mean distance of all joints beyond which a motion is lost; PHC (Luo et al. 2023, ICCV)."""
STRICT = 0.25
"""Metres of any joint but ankles and toes: the rule of PhysHMR (Feng et al. 2025, arXiv:2510.02566)."""


def fallen(drop: np.ndarray, trunk: np.ndarray, wanted_trunk: np.ndarray) -> np.ndarray:
    """(N,) bool: pelvis or head is too low by FALL_DROP, or the trunk turned by FALL_TURN.

    `drop` (N, 2) metres that pelvis and head are below the reference; R_world_thorax (N, 3, 3).
    """
    return (drop.max(axis=1) > FALL_DROP) | (angle_between(trunk, wanted_trunk) > FALL_TURN)


def lost(joints: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """(N,) bool by PHC's rule: joints (N, J, 3) are more than LOST from the reference on average."""
    return np.linalg.norm(joints - wanted, axis=-1).mean(axis=-1) > LOST


def strayed(joints: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """(N,) bool by PhysHMR's rule: one of the joints (N, J, 3), feet left out, is more than STRICT away."""
    return np.linalg.norm(joints - wanted, axis=-1).max(axis=-1) > STRICT
