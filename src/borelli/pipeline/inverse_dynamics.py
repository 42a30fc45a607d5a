"""Joint moments of a recorded motion with measured forces, through the OpenSim model it was made with."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from borelli.dynamics.coordinate_splines import movement
from borelli.dynamics.osim_dynamics import osim_inverse_dynamics
from borelli.errors import BorelliError
from borelli.formats.external_loads import read_loads
from borelli.formats.osim_joints import Axis, Joint
from borelli.formats.osim_model import OsimModel, read_osim
from borelli.formats.storage import Storage, read_storage


@dataclass(frozen=True)
class Torques:
    """Generalised forces (T, C) of a model over time."""

    model: OsimModel
    times: np.ndarray
    values: np.ndarray
    """(T, C) N m for rotations, N for translations."""
    assumed: tuple[str, ...]
    """Coordinates that the motion lacks."""

    @property
    def weight(self) -> float:
        """Newtons."""
        return float(self.model.masses.sum() * np.linalg.norm(self.model.gravity))

    def storage(self) -> Storage:
        """As OpenSim's inverse dynamics names its columns."""
        names = tuple(f"{c.name}_{'moment' if c.rotational else 'force'}" for c in self.model.coordinates)
        return Storage("Inverse Dynamics Generalized Forces", self.times, names, self.values)

    def root(self, rotational: bool) -> np.ndarray:
        """(T,) size of the moment (or force) on the coordinates that tie the model to the ground: what the
        external loads leave unexplained."""
        tied = {a.coordinate for j in self.model.joints if j.parent.body == "ground" for a in _axes(j)}
        chosen = [c.name in tied and c.rotational == rotational for c in self.model.coordinates]
        return np.linalg.norm(self.values[:, chosen], axis=1)


def _axes(joint: Joint) -> tuple[Axis, ...]:
    return (*joint.rotations, *joint.translations)


def inverse_dynamics(model: Path, motion: Path, forces: Path | None, lowpass_hz: float | None) -> Torques:
    """Joint moments over the time that motion and forces share.

    Args:
        model: .osim of either generation.
        motion: .mot or .sto with coordinates of the model.
        forces: ExternalLoads .xml, or the table of the plates; None: nothing pushes.
        lowpass_hz: filter of the coordinates; None: none.

    Raises:
        BorelliError: files that cannot be read or do not fit each other.
    """
    body = read_osim(model)
    try:
        moved = movement(body, read_storage(motion), lowpass_hz)
    except BorelliError as error:
        raise BorelliError(f"{motion}: {error}") from error
    loads = read_loads(forces) if forces is not None else None
    values = osim_inverse_dynamics(body, moved, loads)
    shared = np.ones(len(moved.times), dtype=bool)
    if loads is not None:
        shared = (moved.times >= loads.times[0]) & (moved.times <= loads.times[-1])
        if not shared.any():
            raise BorelliError(
                f"{motion} ({moved.times[0]:g} to {moved.times[-1]:g} s) and {forces} "
                f"({loads.times[0]:g} to {loads.times[-1]:g} s) share no time; give those of one trial"
            )
    return Torques(body, moved.times[shared], values[shared], moved.assumed)
