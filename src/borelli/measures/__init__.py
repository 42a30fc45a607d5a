"""Readable numbers out of a finished motion: gait, angles, body, centre of mass, jumps.

Floor 5, beside `evaluation`: it needs the body and what `dynamics` knows of contacts and mass, but no
reference; `evaluation` compares a motion with one.
"""

from borelli.measures.filtered import filter_note, filtered
from borelli.measures.measure import Measure
from borelli.measures.report import Measured, measure

__all__ = ["Measure", "Measured", "filter_note", "filtered", "measure"]
