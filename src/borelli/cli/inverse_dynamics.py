"""`borelli inverse-dynamics`: joint moments of a recorded motion, and what stays unexplained at the root."""

import numpy as np
from rich.console import Console
from rich.table import Table

from borelli.cli.commands import InverseDynamics
from borelli.formats.storage import write_storage
from borelli.pipeline.inverse_dynamics import Torques, inverse_dynamics


def print_inverse_dynamics(command: InverseDynamics) -> int:
    """Write torques.sto and print the residuals."""
    found = inverse_dynamics(command.model, command.motion, command.forces, command.lowpass)
    command.out.mkdir(parents=True, exist_ok=True)
    path = command.out / "torques.sto"
    write_storage(path, found.storage())
    console = Console()
    console.print(residual_table(found))
    if found.assumed:
        names = ", ".join(found.assumed)
        console.print(f"not in the motion, kept at the model's default: {names}", highlight=False)
    console.print(str(path), highlight=False, markup=False, soft_wrap=True)
    return 0


def residual_table(found: Torques) -> Table:
    """Force and moment that the measured forces do not explain, over all frames."""
    span = f"{found.times[0]:.2f} to {found.times[-1]:.2f} s, {len(found.times)} frames"
    table = Table("unexplained at the root", "RMS", "peak", title=span, title_justify="left")
    force, moment = found.root(rotational=False), found.root(rotational=True)
    table.add_row("force, N", *(f"{value:.1f}" for value in _rms_peak(force)))
    table.add_row(
        "force, % of body weight", *(f"{100 * value / found.weight:.1f}" for value in _rms_peak(force))
    )
    table.add_row("moment, N m", *(f"{value:.1f}" for value in _rms_peak(moment)))
    return table


def _rms_peak(values: np.ndarray) -> tuple[float, float]:
    return float(np.sqrt(np.mean(values**2))), float(values.max())
