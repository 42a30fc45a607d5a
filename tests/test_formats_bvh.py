import gzip
from pathlib import Path

import numpy as np
import pytest

from borelli.errors import BorelliError
from borelli.evaluation.mocap import read_clip, read_manifest
from borelli.formats.bvh import bvh_pose, metres_per_unit, parse_bvh, read_bvh

PACK = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "mocap"

ARM = """HIERARCHY
ROOT Hips
{
  OFFSET 0 0 0
  CHANNELS 6 Xposition Yposition Zposition Zrotation Yrotation Xrotation
  JOINT Arm
  {
    OFFSET 1 0 0
    CHANNELS 3 Zrotation Yrotation Xrotation
    End Site
    {
      OFFSET 2 0 0
    }
  }
}
MOTION
Frames: 3
Frame Time: 0.05
0 1 0 0 0 0 0 0 0
0 1 0 90 0 0 0 0 0
5 1 0 90 0 0 0 -90 0
"""


def test_a_two_bone_arm_lands_where_it_does_by_hand():
    bvh = parse_bvh(ARM)
    assert bvh.joint_names == ("Hips", "Arm", "ArmEnd")
    assert bvh.parents == (-1, 0, 1)
    assert bvh.frame_time == 0.05
    pose = bvh_pose(bvh)
    np.testing.assert_allclose(pose.positions[:, 1], [[1, 1, 0], [0, 2, 0], [5, 2, 0]], atol=1e-12)
    # The last frame turns the arm about its own y by -90 degrees, so its tip points along +z of the parent.
    np.testing.assert_allclose(pose.positions[:, 2], [[3, 1, 0], [0, 4, 0], [5, 2, 2]], atol=1e-12)


def test_turns_apply_in_the_listed_order():
    text = ARM.replace("0 1 0 0 0 0 0 0 0", "0 0 0 30 20 10 0 0 0")
    z, y, x = np.radians([30, 20, 10])
    Rz = np.array([[np.cos(z), -np.sin(z), 0], [np.sin(z), np.cos(z), 0], [0, 0, 1]])
    Ry = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    Rx = np.array([[1, 0, 0], [0, np.cos(x), -np.sin(x)], [0, np.sin(x), np.cos(x)]])
    np.testing.assert_allclose(bvh_pose(parse_bvh(text)).rotations[0, 0], Rz @ Ry @ Rx, atol=1e-12)


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (ARM.replace("MOTION", ""), "no MOTION"),
        (ARM.replace("JOINT Arm", "JOIN Arm"), "line 6 is not understood: JOIN Arm"),
        (ARM.replace("Frames: 3", "Frames: 4"), "does not match its header"),
        (ARM.replace("0 90 0 0 0 0 0", "0 90 0 0 0 0 zero"), "does not match its header"),
        (ARM.replace("Frames: 3\n", ""), "does not match its header"),
    ],
)
def test_broken_files_are_refused(tmp_path, broken, words):
    (tmp_path / "a.bvh").write_text(broken)
    with pytest.raises(BorelliError, match=words) as caught:
        read_clip(tmp_path / "a.bvh")
    assert "a.bvh" in str(caught.value)


def test_plain_and_compressed_files_read_the_same(tmp_path):
    (tmp_path / "a.bvh").write_text(ARM)
    with gzip.open(tmp_path / "a.bvh.gz", "wt") as stream:
        stream.write(ARM)
    plain, packed = read_clip(tmp_path / "a.bvh"), read_clip(tmp_path / "a.bvh.gz")
    np.testing.assert_array_equal(plain.joints, packed.joints)
    np.testing.assert_allclose(plain.times, [0, 0.05, 0.1])
    np.testing.assert_array_equal(plain.joint("Arm"), plain.joints[:, 1])


def test_a_folder_that_is_no_pack_says_so(tmp_path):
    with pytest.raises(BorelliError, match="not a mocap pack"):
        read_manifest(tmp_path)


def test_a_recorded_walk_has_rigid_bones_feet_near_the_floor_and_its_manifest_speed():
    if not PACK.exists():
        pytest.skip("the shared mocap pack is not here")
    rows = {row["file"]: row for row in read_manifest(PACK)}
    row = rows["val/cmux_tr_walking_13.bvh.gz"]
    clip = read_clip(PACK / row["file"])
    assert clip.joints.shape == (int(row["frames"]), len(clip.joint_names), 3)
    assert clip.times[1] == pytest.approx(1 / 60, abs=1e-6)
    child = np.arange(1, len(clip.joint_names))
    bones = np.linalg.norm(clip.joints[:, child] - clip.joints[:, np.array(clip.parents)[child]], axis=-1)
    assert np.ptp(bones, axis=0).max() < 1e-9
    hips = clip.joint("Hips")
    speed = np.linalg.norm(np.diff(hips[:, [0, 2]], axis=0), axis=1).mean() * 60
    assert speed == pytest.approx(float(row["hip_speed_mean_m_s"]), rel=0.02)
    assert np.median(hips[:, 1]) == pytest.approx(float(row["hip_height_median_m"]), abs=2e-3)
    assert -0.1 < min(clip.joint("LeftToe")[:, 1].min(), clip.joint("RightToe")[:, 1].min()) < 0.1
    assert (clip.joint("LeftUpLeg") - clip.joint("RightUpLeg"))[0] @ clip.rotations[0, 0][:, 0] > 0.1


def figure(unit: float) -> str:
    """A hierarchy of a 1.7 m figure in another unit."""
    return f"""HIERARCHY
ROOT Hips
{{
  OFFSET 0 {0.9 / unit} 0
  CHANNELS 3 Zrotation Yrotation Xrotation
  JOINT Foot
  {{
    OFFSET 0 {-0.9 / unit} 0
    CHANNELS 0
  }}
  JOINT Head
  {{
    OFFSET 0 {0.8 / unit} 0
    CHANNELS 0
  }}
}}
MOTION
Frames: 1
Frame Time: 0.01
0 0 0
"""


@pytest.mark.parametrize("unit", [1.0, 0.01, 0.001])
def test_the_size_of_the_figure_tells_the_unit(unit):
    assert metres_per_unit(parse_bvh(figure(unit))) == unit


def test_a_figure_of_no_persons_size_has_no_unit():
    assert metres_per_unit(parse_bvh(figure(0.0564))) is None


def test_compressed_files_are_read_and_broken_ones_named(tmp_path):
    with gzip.open(tmp_path / "a.bvh.gz", "wt") as stream:
        stream.write(ARM)
    assert read_bvh(tmp_path / "a.bvh.gz").joint_names == ("Hips", "Arm", "ArmEnd")
    (tmp_path / "b.bvh").write_text("HIERARCHY\n")
    with pytest.raises(BorelliError, match=r"b\.bvh: BVH has no MOTION"):
        read_bvh(tmp_path / "b.bvh")
    with pytest.raises(BorelliError, match=r"c\.bvh"):
        read_bvh(tmp_path / "c.bvh")
