"""Range of motion of the main angles."""

from itertools import pairwise

import numpy as np

from borelli.formats.storage import is_translation
from borelli.measures.measure import BOTH, LEFT, RIGHT, Measure, read_table
from borelli.motion.motion import Motion


def angle_ranges(motion: Motion) -> list[Measure]:
    """Largest minus smallest value over the valid frames, degrees; empty without any."""
    found = []
    for row in read_table("angles.csv"):
        sides = ((BOTH, ""),) if row["central"] == "yes" else ((RIGHT, "_r"), (LEFT, "_l"))
        for side, suffix in sides:
            found += _range(motion, row, side, suffix)
    return found


def _range(motion: Motion, row: dict[str, str], side: str, suffix: str) -> list[Measure]:
    name = row["coordinate"] + suffix
    values = motion.coordinate(name)
    usable = np.flatnonzero(motion.valid & np.isfinite(values))
    if not len(usable):
        return []
    # whole turns say nothing about a joint
    angles = np.degrees(values[usable] if is_translation(name) else np.unwrap(values[usable]))
    low, high = float(angles.min()), float(angles.max())
    ends = usable[[int(angles.argmin()), int(angles.argmax())]]
    label, uncertainty = f"range_{row['coordinate']}", _uncertainty(motion, row, suffix, ends)
    return [Measure(label, side, high - low, uncertainty=uncertainty, lowest=low, highest=high)]


def _uncertainty(motion: Motion, row: dict[str, str], suffix: str, ends: np.ndarray) -> float | None:
    """Degrees, of the difference between two frames (2,); None when nothing is known.

    As the estimator states it for the coordinate; else what the uncertainty of the joint centres makes of the
    segments that the angle is between, once: errors at both ends of a range are much alike, and on walks seen
    by virtual cameras ranges of hip, knee and ankle err by 0.7 to 1.2 times that.
    """
    if motion.coordinate_sigma is not None:
        stated = motion.coordinate_sigma[ends, motion.coordinate_names.index(row["coordinate"] + suffix)]
        return float(np.degrees(np.linalg.norm(stated))) if np.isfinite(stated).all() else None
    chain = [row[end].replace("*", suffix) for end in ("proximal", "joint", "distal") if row[end]]
    turned = float(np.linalg.norm([_segment_sd(motion, a, b) for a, b in pairwise(chain)]))
    return float(np.degrees(turned)) if chain and np.isfinite(turned) else None


def _segment_sd(motion: Motion, one: str, other: str) -> float:
    """Radians by which the line between two joints may be turned; root mean square over the clip.

    Errors add up along a limb, from what holds it (a foot on the ground, a joint that is seen well) to its
    far end. What the segment between two joints adds is therefore the difference of their variances; the
    rest they share.
    """
    first, second = (motion.joint_names.index(name) for name in (one, other))
    gained = np.abs(motion.joint_sigma[:, first] ** 2 - motion.joint_sigma[:, second] ** 2)[motion.valid]
    length = np.linalg.norm(motion.joints[:, first] - motion.joints[:, second], axis=1)[motion.valid]
    return float(np.sqrt(np.mean(gained)) / np.median(length))
