"""`borelli inverse-dynamics` from the command line."""

from pathlib import Path

import numpy as np
import pytest

from borelli.cli.main import main
from borelli.formats.storage import Storage, read_storage, write_storage
from borelli.pipeline.inverse_dynamics import inverse_dynamics

WALK = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "biomech" / "gait2354_subject01_walk"


@pytest.fixture
def files() -> list[Path]:
    names = ("subject01_simbody.osim", "subject01_walk1_ik.mot", "subject01_walk1_grf.xml")
    if not WALK.is_dir():
        pytest.skip("the recorded walk of the shared data is not here")
    return [WALK / name for name in names]


def test_torques_are_written_and_the_residual_is_printed(files, tmp_path, capsys) -> None:
    model, motion, forces = map(str, files)
    arguments = ["--model", model, "--motion", motion, "--forces", forces, "--out", str(tmp_path / "out")]
    with pytest.raises(SystemExit) as done:
        main(["inverse-dynamics", *arguments, "--lowpass", "6"])
    assert done.value.code == 0
    printed = capsys.readouterr().out
    assert "% of body weight" in printed and "torques.sto" in printed
    table = read_storage(tmp_path / "out" / "torques.sto")
    knee = table.values[:, table.names.index("knee_angle_r_moment")]
    assert len(table.times) == 73 and 90 < np.ptp(knee) < 100


def test_residuals_are_small_with_forces_and_body_weight_without(files) -> None:
    with_forces, without = (inverse_dynamics(*files[:2], forces, 6.0) for forces in (files[2], None))
    assert abs(with_forces.weight - 72.6 * 9.80665) < 1e-6
    assert with_forces.root(rotational=False).mean() < 0.1 * with_forces.weight
    assert abs(without.root(rotational=False).mean() / without.weight - 1) < 0.1


def test_a_motion_and_forces_of_different_times_are_refused(files, tmp_path, capsys) -> None:
    motion = read_storage(files[1])
    late = Storage(motion.title, motion.times + 100, motion.names, motion.values, True)
    write_storage(tmp_path / "late.mot", late)
    arguments = ["--model", str(files[0]), "--motion", str(tmp_path / "late.mot"), "--forces", str(files[2])]
    with pytest.raises(SystemExit) as done:
        main(["inverse-dynamics", *arguments, "--out", str(tmp_path / "out")])
    assert done.value.code == 1
    assert "share no time" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
