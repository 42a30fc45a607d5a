"""The page on angles says what ships, and what it says is so."""

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from borelli.body.kinematics import forward
from borelli.body.mirror import mirrored_name
from borelli.body.model import average_person, body_model
from borelli.body.skeleton import skeleton

ROOT = Path(__file__).resolve().parents[1]
TABLE = skeleton()


@pytest.fixture(scope="module")
def writer() -> ModuleType:
    """The script that writes the page."""
    spec = importlib.util.spec_from_file_location("angle_page", ROOT / "tools" / "docs" / "angle_page.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def rows(text: str) -> dict[str, list[str]]:
    """Cells after the name, by coordinate, left sides included."""
    found = {}
    for line in text.splitlines():
        if line.startswith("| `"):
            first, *cells = [cell.strip() for cell in line.strip("|").split("|")]
            found |= {name.strip(" `"): cells for name in first.split(",")}
    return found


def test_the_page_is_up_to_date(writer: ModuleType) -> None:
    assert writer.PAGE.read_text("utf-8") == writer.angle_page(), "run: python tools/docs/angle_page.py"


def test_every_coordinate_is_described_with_its_range_and_neutral(writer: ModuleType) -> None:
    described = rows(writer.angle_page())
    assert set(described) == set(TABLE.coordinate_names)
    for c, name in enumerate(TABLE.coordinate_names):
        what, positive, _, order, _, limits, neutral, isb = described[name]
        assert what and positive and isb
        if c < len(TABLE.neutral) - 3:
            assert int(order) == TABLE.hinge_order[c] + 1
            assert np.isclose(float(neutral), np.degrees(TABLE.neutral[c]))
        if np.isfinite(TABLE.lower[c]):
            low, high = (float(part) for part in limits.split(" to "))
            np.testing.assert_allclose(np.radians([low, high]), [TABLE.lower[c], TABLE.upper[c]])


def test_left_and_right_have_equal_limits_and_mirrored_axes() -> None:
    for c, name in enumerate(TABLE.coordinate_names):
        other = TABLE.coordinate(mirrored_name(name))
        assert (TABLE.lower[c], TABLE.upper[c]) == (TABLE.lower[other], TABLE.upper[other]), name
        if name.endswith("_l"):
            np.testing.assert_allclose(TABLE.axes[c], TABLE.axes[other] * [-1, -1, 1], err_msg=name)


def test_the_zero_stance_is_the_one_described() -> None:
    model = body_model()
    pose = forward(model, average_person(1.75), np.zeros((1, len(TABLE.coordinate_names))))
    joints = dict(zip(TABLE.joint_names, pose.joints.reshape(-1, 3), strict=True))
    for side, right in (("r", 1), ("l", -1)):
        hip, knee, ankle = (joints[f"{name}_{side}"] for name in ("hip", "knee", "ankle"))
        assert hip[1] > knee[1] > ankle[1] and right * hip[2] > 0  # upright, z to the right
        shoulder, elbow, wrist = (joints[f"{name}_{side}"] for name in ("shoulder", "elbow", "wrist"))
        assert shoulder[1] > elbow[1] > wrist[1]  # arms hang
        assert joints[f"mtp_{side}"][0] > ankle[0] + 0.08  # feet forward, +x
