"""Points of SMPL's skin that our body has too, found on any file by shape alone: no vertex numbers needed."""

import numpy as np

from borelli.body.smpl import SMPL_JOINTS, SmplModel

X, Y, Z = range(3)


def surface_points(model: SmplModel) -> dict[str, int]:
    """Vertex by the name of our landmark: extremes of the T-pose within the skin of head, hands and feet.

    A point whose region has no vertex is left out.
    """
    owner = model.weights.argmax(axis=1)
    below = _descendants(model.parents)
    found = {}
    for side, sign in (("r", -1.0), ("l", 1.0)):
        name = "right" if side == "r" else "left"
        foot = below[SMPL_JOINTS.index(f"{name}_ankle")][owner]
        hand = below[SMPL_JOINTS.index(f"{name}_wrist")][owner]
        found[f"heel_{side}"] = _extreme(model, foot, Z, -1.0)
        found[f"big_toe_{side}"] = _extreme(model, foot, Z, 1.0)
        found[f"fingertip_{side}"] = _extreme(model, hand, X, sign)
    head = below[SMPL_JOINTS.index("head")][owner]
    found["vertex"] = _extreme(model, head, Y, 1.0)
    found["nose"] = _extreme(model, head, Z, 1.0)
    return {name: index for name, index in found.items() if index is not None}


def _extreme(model: SmplModel, region: np.ndarray, axis: int, sign: float) -> int | None:
    index = np.flatnonzero(region)
    return int(index[np.argmax(sign * model.template[index, axis])]) if len(index) else None


def _descendants(parents: np.ndarray) -> np.ndarray:
    """(J, J) bool: is joint j at or below joint i."""
    table = np.eye(len(parents), dtype=bool)
    for j, parent in enumerate(parents):
        if parent >= 0:
            table[:, j] |= table[:, parent]
    return table
