"""The page on the body describes the joint table that ships."""

from pathlib import Path

import numpy as np

from borelli.body.mirror import mirrored_name
from borelli.body.skeleton import skeleton

PAGE = Path(__file__).resolve().parents[1] / "docs" / "body.md"
TABLE = skeleton()


def rows() -> dict[str, list[str]]:
    """Cells by coordinate name, left sides included."""
    found = {}
    for line in PAGE.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `"):
            found |= {name.strip(" `"): cells for name in cells[0].split(",")}
    return found


def test_every_coordinate_is_described_with_its_range_and_order() -> None:
    described = rows()
    assert set(described) == set(TABLE.coordinate_names)
    for h, name in enumerate(TABLE.coordinate_names[:46]):
        _, meaning, moved, order, limits, neutral, source = described[name]
        assert meaning and source
        assert moved.split()[0] == TABLE.segment_names[TABLE.hinge_segment[h]].removesuffix(name[-2:])
        assert int(order) == TABLE.hinge_order[h] + 1
        assert np.isclose(float(neutral), np.degrees(TABLE.neutral[h]))
        if np.isfinite(TABLE.lower[h]):
            low, high = (float(part) for part in limits.split(".."))
            np.testing.assert_allclose(np.radians([low, high]), [TABLE.lower[h], TABLE.upper[h]])


def test_left_and_right_limits_are_equal() -> None:
    for c, name in enumerate(TABLE.coordinate_names):
        other = TABLE.coordinate(mirrored_name(name))
        assert (TABLE.lower[c], TABLE.upper[c]) == (TABLE.lower[other], TABLE.upper[other]), name
