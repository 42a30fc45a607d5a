"""`docs/angles.md` from the joint table and the definitions that ship: python tools/docs/angle_page.py"""

import csv
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path

import numpy as np

from borelli.body.skeleton import Skeleton, skeleton
from borelli.formats.storage import is_translation

PAGE = Path(__file__).resolve().parents[2] / "docs" / "angles.md"
HEADER = ("coordinate", "what turns", "positive", "joint", "order", "axis", "range", "neutral", "ISB")
INTRODUCTION = """# The angles

Written by `python tools/docs/angle_page.py` from
[`coordinates.csv`](../src/borelli/body/coordinates.csv), which also has the source of every limit, and
[`definitions.csv`](../src/borelli/export/definitions.csv). A run puts the same table beside its angles, as
`angles_columns.csv`.

**Zero.** All coordinates are zero in one stance: upright, legs straight down, feet forward and flat, arms
hanging, palms facing the thighs with the thumbs forward. Positions are zero at the origin of the world, on
the floor. The line from the posterior to the anterior iliac spines of the mean body then points 8 degrees
downwards: the anterior tilt of laboratories that measure that line is 8 degrees minus `pelvis_tilt`.

**Unit.** Degrees in files, radians in Python; `pelvis_tx`, `pelvis_ty`, `pelvis_tz` are metres in both.

**Order.** A joint of several hinges chains them from the parent outwards, 1 before 2 before 3: R = R1 R2 R3,
each about an axis that the ones before have turned.

**Axis.** In the frame of the parent at zero: x forward, y up, z to the person's right. A positive angle turns
by the right-hand rule about it.

**Left.** Both sides have the same meaning, sign and range; the axis of a left joint is the one listed with x
and y negated, so that a mirrored person has the same numbers with the sides exchanged.

**Range.** Limits of healthy adults, which no result exceeds; "free" has none. **Neutral** is the relaxed pose
that limbs nobody sees tend to.

**ISB** says which angle of the recommendations of the International Society of Biomechanics it is, and where
it differs: Wu & Cavanagh 1995; Wu et al. 2002 and 2005; Grood & Suntay 1983; Baker 2001 for the pelvis. e1,
e2 and e3 are their axes from the proximal segment outwards. Signs are ours throughout.

"""
NOTES = """
Pronation turns about the line from the head of the radius to the head of the ulna (Hollister et al. 1994).
The knee is a hinge without the coupled translations of Walker et al. 1988, and the shoulder girdle turns
about the sternoclavicular joint without sliding on the rib cage: all joints are hinges, so numpy, MuJoCo,
OpenSim, glTF and BVH agree on them to numerical precision.
"""


def angle_page() -> str:
    """The page: what every column means, sides together."""
    table = skeleton()
    lines = [_row(HEADER), _row("---" for _ in HEADER)]
    for meaning in _definitions():
        base = meaning["coordinate"]
        sides = [name for name in (base, f"{base}_r", f"{base}_l") if name in table.coordinate_names]
        name = ", ".join(f"`{side}`" for side in sides)
        facts = _place(table, table.coordinate(sides[0]))
        lines.append(_row([name, meaning["definition"], meaning["positive"], *facts, meaning["isb"]]))
    return INTRODUCTION + "\n".join(lines) + "\n" + NOTES


def _definitions() -> list[dict[str, str]]:
    text = files("borelli.export").joinpath("definitions.csv").read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


def _place(table: Skeleton, index: int) -> list[str]:
    """Joint, order, axis, range and neutral of a coordinate."""
    if is_translation(table.coordinate_names[index]):
        return ["ground_pelvis", "-", "world", "free", "0"]
    joint = table.joint_names[table.hinge_segment[index]].removesuffix("_r").removesuffix("_l")
    low, high = np.degrees([table.lower[index], table.upper[index]])
    limits = f"{low:.0f} to {high:.0f}" if np.isfinite(low) else "free"
    neutral = np.degrees(table.neutral[index])
    return [joint, str(table.hinge_order[index] + 1), _axis(table.axes[index]), limits, f"{neutral:.0f}"]


def _axis(axis: np.ndarray) -> str:
    """`+z` for an axis of the frame, otherwise its components."""
    along = int(np.abs(axis).argmax())
    if abs(axis[along]) > 1 - 1e-9:
        return f"{'-' if axis[along] < 0 else '+'}{'xyz'[along]}"
    return ", ".join(f"{value:.2f}" for value in axis)


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    PAGE.write_text(angle_page(), "utf-8")
