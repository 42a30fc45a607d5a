"""Retargeting: a recording made of our own skeleton comes back."""

from pathlib import Path

import numpy as np
import pytest

from borelli.body.kinematics import forward
from borelli.body.model import average_person, body_model
from borelli.errors import BorelliError
from borelli.evaluation.mocap import Clip, read_clip
from borelli.evaluation.retarget import LIMB_SD, retarget

MODEL = body_model()
TABLE = MODEL.skeleton
VAL = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "mocap" / "val"
FRAMES = 20


def recording(heading: float) -> tuple[Clip, np.ndarray]:
    """A clip with the joints of the pack, performed by an average person of 1.80 m; and its coordinates."""
    t = np.arange(FRAMES) / 30.0
    q = np.tile(TABLE.neutral, (FRAMES, 1))
    q[:, TABLE.coordinate("pelvis_rotation")] = heading + 0.3 * t
    q[:, TABLE.coordinate("hip_flexion_r")] = 0.5 * np.sin(4 * t)
    q[:, TABLE.coordinate("knee_angle_r")] = 0.8 + 0.4 * np.sin(5 * t)
    q[:, TABLE.coordinate("elbow_flex_l")] = 1.2 + 0.3 * np.cos(5 * t)
    q[:, -3:] = [0.4, 0.95, -0.2]
    joints = forward(MODEL, average_person(1.80), q).joints
    names = [(f"{side}{name}", f"{segment}_{side[0].lower()}") for side in ("Left", "Right")
             for name, (segment, _) in LIMB_SD.items()]  # fmt: skip
    use = [TABLE.segment(segment) for _, segment in names]
    rotations = np.tile(np.eye(3), (FRAMES, len(use), 1, 1))
    return Clip(t, tuple(name for name, _ in names), (-1,) * len(use), joints[:, use], rotations), q


@pytest.mark.parametrize("heading", [0.0, 2.8])
def test_our_own_motion_comes_back(heading: float) -> None:
    clip, q = recording(heading)
    found = retarget(MODEL, clip)
    assert found.error.shape == (FRAMES, 8)
    assert found.error.mean() < 0.005
    for name in ("knee_angle_r", "hip_flexion_r", "elbow_flex_l"):
        c = TABLE.coordinate(name)
        assert np.degrees(np.abs(found.coordinates[:, c] - q[:, c])).mean() < 3.0, name
    assert (found.coordinates >= TABLE.lower).all() and (found.coordinates <= TABLE.upper).all()


def test_a_recording_without_legs_is_refused() -> None:
    clip, _ = recording(0.0)
    part = Clip(clip.times, clip.joint_names[4:], clip.parents[4:], clip.joints[:, 4:], clip.rotations[:, 4:])
    with pytest.raises(BorelliError, match="the recording lacks"):
        retarget(MODEL, part)


def test_a_real_run_is_met_within_a_centimetre() -> None:
    path = VAL / "cmu_02_03.bvh.gz"
    if not path.exists():
        pytest.skip("the mocap pack is not beside this checkout (shared/data/mocap)")
    assert retarget(MODEL, read_clip(path)).error.mean() < 0.01
