"""What the physics stage writes about one person, and what run.json says of it."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from borelli.body.model import body_model
from borelli.dynamics.certificate_csv import write_certificate_csv
from borelli.dynamics.certificate_json import certificate_json
from borelli.export.mot import write_mot
from borelli.motion.motion import Motion, save_motion
from borelli.pipeline.cache import whole_file
from borelli.pipeline.physics import Physical, simulated_motion


def write_physics(folder: Path, motion: Motion, physical: Physical) -> list[Path]:
    """The certificate's curves, and the simulated motion when there is one."""
    files = []
    if physical.certified.after is not None:
        files.append(folder / "certificate.csv")
        with whole_file(files[-1]) as path:
            write_certificate_csv(path, physical.certified)
    if physical.simulation is not None:
        performed = simulated_motion(body_model(), motion, physical.simulation)
        save_motion(folder / "simulated.npz", performed)
        with whole_file(folder / "simulated.mot") as path:
            write_mot(path, performed.time, performed.coordinate_names, performed.coordinates)
        files += [folder / "simulated.npz", folder / "simulated.mot"]
    return files


def physics_report(physical: Physical) -> dict[str, Any]:
    """The certificate and, where it was simulated, how that went."""
    report: dict[str, Any] = {"certificate": certificate_json(physical.certified.certificate)}
    simulation = physical.simulation
    if simulation is None:
        return report
    done = simulation.simulated
    report["simulation"] = {
        "performed_percent": round(100 * float(done.mean()), 1),
        "fell_at_s": None if simulation.fall_time is None else round(simulation.fall_time, 3),
        "local_error_mm": _mean_mm(simulation.local_error[done]),
        "global_error_mm": _mean_mm(simulation.global_error[done]),
        "stretches": [asdict(stretch) for stretch in physical.stretches],
    }
    return report


def _mean_mm(metres: np.ndarray) -> float | None:
    return round(1e3 * float(np.mean(metres)), 1) if len(metres) else None
