"""`borelli predict-forces`: ground forces of measured motion, and how far they may be trusted."""

import numpy as np
from rich.console import Console

from borelli.cli.certificate import print_certificate
from borelli.cli.commands import PredictForces
from borelli.errors import BorelliError, no_file
from borelli.motion.motion import Motion, load_motion
from borelli.pipeline.from_points import PointsConfig, c3d_points, solve_points, trc_points
from borelli.pipeline.predict_forces import Forces, predict_forces, write_predicted

READERS = {"--from-trc": trc_points, "--from-c3d": c3d_points}


def print_predicted_forces(command: PredictForces) -> int:
    """Predict, write, and print the certificate."""
    motion, about = _motion(command)
    forces = predict_forces(motion, command.mass, command.lowpass)
    files = write_predicted(command.out, forces)
    console = Console()
    for line in (*about, *sentences(forces, command.mass is not None)):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    print_certificate(console, "predicted forces", forces.certified.certificate)
    for path in files:
        console.print(str(path), highlight=False, markup=False, soft_wrap=True)
    return 0


def sentences(forces: Forces, weighed: bool) -> list[str]:
    """What was assumed and found about person and ground."""
    performance, speed = forces.predicted.after, float(np.linalg.norm(forces.predicted.ground))
    lines = [f"body mass {performance.mass:.1f} kg ({'given' if weighed else 'from shape and stature'})"]
    if speed > 0:
        lines.append(f"the person walks on a belt that moves at {speed:.2f} m/s")
    if forces.left_out:
        lines.append(f"{forces.left_out} frames at the ends have no evidence and are left out")
    return lines


def _motion(command: PredictForces) -> tuple[Motion, tuple[str, ...]]:
    given = {"--from-trc": command.from_trc, "--from-c3d": command.from_c3d, "--motion": command.motion}
    chosen = {flag: path for flag, path in given.items() if path is not None}
    if len(chosen) != 1:
        what = f"{' and '.join(chosen)} are given" if chosen else "no motion is given"
        raise BorelliError(f"{what}; give one of {', '.join(given)}")
    ((flag, path),) = chosen.items()
    points = PointsConfig(command.stature, command.start, command.end, command.marker_map)
    if flag != "--motion":
        if not path.is_file():
            raise no_file(path, "a file of markers")
        solved = solve_points(path, READERS[flag], points)
        return solved.motion, solved.summary
    if points != PointsConfig():
        raise BorelliError(
            "--stature, --start, --end and --marker-map are for markers; --motion has been solved"
        )
    return load_motion(path), ()
