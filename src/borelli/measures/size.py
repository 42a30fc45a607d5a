"""The size of the person: stature, segment lengths, girths."""

import math

from borelli.body.model import Person, body_model
from borelli.fitting.config import EstimatorConfig
from borelli.measures.girths import girths
from borelli.measures.measure import BOTH, Measure, read_table
from borelli.motion.motion import Motion
from borelli.pipeline.assemble import segment_lengths

LENGTH_SD = EstimatorConfig().length_sd
"""Share by which segments differ among people of one stature: what is left where the evidence shows none."""


def size_measures(motion: Motion, stature_sd: float | None) -> list[Measure]:
    """Lengths and girths in metres.

    Args:
        motion: whose body it is.
        stature_sd: metres, of the stature; every length is off by at least the same share. None when unknown.

    A length is uncertain by the share of the stature and by the spread among people of one stature, as the
    result does not say how much the evidence knew of this person. None where that of the stature is unknown.
    """
    model, person = body_model(), Person(motion.shape, motion.log_lengths, motion.scale)
    lengths = dict(zip(*segment_lengths(model, person), strict=True))
    around = girths(model, person)
    spread = {row["girth"]: float(row["relative_sd"]) for row in read_table("girths.csv")}
    sizes = [
        ("stature", motion.stature, 0.0),
        *((f"length_{name}", float(value), LENGTH_SD) for name, value in lengths.items()),
        *((f"girth_{name}", value, spread[name]) for name, value in around.items()),
    ]
    if stature_sd is None:
        return [Measure(name, BOTH, value) for name, value, _ in sizes]
    share = stature_sd / motion.stature
    return [
        Measure(name, BOTH, value, uncertainty=value * math.hypot(share, own)) for name, value, own in sizes
    ]
