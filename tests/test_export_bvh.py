from pathlib import Path

import numpy as np
import pytest
from exported_motion import MODEL, moving_person

from borelli.export.bvh import write_bvh
from borelli.export.rig import Rig, make_rig
from borelli.export.take import even_take
from borelli.formats.bvh import Bvh, bvh_pose, metres_per_unit, read_bvh

RATE = 50.0


@pytest.fixture(scope="module", params=["anatomical", "mixamo"])
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Rig, Bvh]:
    take = even_take(moving_person())
    rig = make_rig(MODEL, take.person, take.coordinates, request.param)
    path = Path(tmp_path_factory.mktemp("bvh")) / "skeleton.bvh"
    write_bvh(path, rig, RATE)
    return rig, read_bvh(path)


def test_joints_come_back_within_a_tenth_of_a_millimetre_turned_the_same(written: tuple[Rig, Bvh]) -> None:
    rig, bvh = written
    pose, at = bvh_pose(bvh), [bvh.joint_names.index(name) for name in rig.names]
    np.testing.assert_allclose(pose.positions[:, at] / 100, rig.positions, atol=1e-4)
    np.testing.assert_allclose(pose.rotations[:, at], rig.rotations, atol=1e-6)
    assert metres_per_unit(bvh) == 0.01


def test_it_is_a_tree_with_one_moving_root_and_zxy_joints(written: tuple[Rig, Bvh]) -> None:
    rig, bvh = written
    assert bvh.joint_names[0] == rig.names[0] and bvh.parents.count(-1) == 1
    turns = ("Zrotation", "Xrotation", "Yrotation")
    assert bvh.channels[0] == ("Xposition", "Yposition", "Zposition", *turns)
    tips = [i for i, name in enumerate(bvh.joint_names) if name.endswith("End")]
    assert len(tips) == 5 and all(bvh.channels[i] == () for i in tips)
    assert all(bvh.channels[i] == turns for i in range(1, len(bvh.joint_names)) if i not in tips)
    assert bvh.frame_time == pytest.approx(1 / RATE, abs=1e-9)


def test_zero_rotations_are_the_t_pose(written: tuple[Rig, Bvh]) -> None:
    rig, bvh = written
    zero = Bvh(bvh.joint_names, bvh.parents, bvh.offsets, bvh.channels, 1.0, 0 * bvh.values[:1])
    at = [bvh.joint_names.index(name) for name in rig.names]
    np.testing.assert_allclose(bvh_pose(zero).positions[0, at] / 100, rig.rest - rig.rest[0], atol=1e-6)


def test_angles_do_not_jump_by_whole_turns(written: tuple[Rig, Bvh]) -> None:
    assert np.abs(np.diff(written[1].values[:, 3:6], axis=0)).max() < 180
