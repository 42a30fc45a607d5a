"""Inverse kinematics of markers: angles, and how well they explain each marker.

python examples/04_angles_from_markers.py walk.trc run.trc
"""

import sys
from pathlib import Path

import numpy as np

import borelli
from borelli.formats.trc import read_trc

calibration = None  # the person and the places of the markers: found in the first trial, used for the others
for name in sys.argv[1:]:
    trial = read_trc(Path(name))
    solved = borelli.solve_ik(trial.positions, trial.names, trial.times, calibration=calibration)
    calibration = solved.calibration

    knee = np.degrees(solved.coordinate("knee_angle_r"))
    print(f"{name}: right knee {knee.min():.0f} to {knee.max():.0f} degrees in {len(knee)} frames")
    worst = sorted(solved.marker_rms_mm().items(), key=lambda item: -item[1])[:3]
    print("  farthest markers: " + ", ".join(f"{marker} {mm:.1f} mm" for marker, mm in worst))
