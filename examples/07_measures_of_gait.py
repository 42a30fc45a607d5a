"""Step length, cadence and ranges of motion with their uncertainty.

python examples/07_measures_of_gait.py out/walk/person_0/motion.npz
"""

import sys
from pathlib import Path

import borelli
from borelli.measures.measure import definitions
from borelli.measures.report import measure

measured = measure(borelli.load_motion(Path(sys.argv[1])))
for stance in measured.stances:
    print(f"{stance.side} foot stands from {stance.start:.2f} to {stance.end:.2f} s")
for number in measured.measures:
    meaning = definitions()[number.name]
    spread = "" if number.uncertainty is None else f" +- {number.uncertainty:.{meaning.decimals}f}"
    side = f", {number.side}" if number.side else ""
    print(f"{meaning.label}{side}: {number.value:.{meaning.decimals}f}{spread} {meaning.unit}")
for note in measured.notes:
    print(note)
