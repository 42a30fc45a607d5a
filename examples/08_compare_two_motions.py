"""Two motions of one recording: how far joints and angles differ.

python examples/08_compare_two_motions.py video/person_0/motion.npz markers/person_0/motion.npz
"""

import sys
from pathlib import Path

import numpy as np

import borelli
from borelli.evaluation.evaluate import evaluate

ours, reference = (borelli.load_motion(Path(name)) for name in sys.argv[1:3])
for group, scores in evaluate(ours, reference).items():
    print(group)
    for name, value in scores.items():
        print(f"  {name}: {value:.2f}")

# A single angle by hand, at the times of the first motion.
knee = np.degrees(np.interp(ours.time, reference.time, reference.coordinate("knee_angle_r")))
differs = np.degrees(ours.coordinate("knee_angle_r")) - knee
print(f"right knee: {np.nanmean(differs):+.1f} degrees on average, {np.nanstd(differs):.1f} around that")
