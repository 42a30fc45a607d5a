"""`borelli predict-forces`: walks against force plates, its files, and motion that cannot be used."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from marker_trial import trial

from borelli.body.model import body_model
from borelli.cli.main import main
from borelli.errors import BorelliError
from borelli.evaluation.benchmark.forces import measured_vertical, recordings, vertical
from borelli.export.trc import write_trc
from borelli.formats.external_loads import read_loads
from borelli.formats.storage import read_storage
from borelli.formats.trc import Markers
from borelli.motion.motion import Motion, save_motion
from borelli.pipeline.from_points import PointsConfig, solve_points, trc_points
from borelli.pipeline.predict_forces import predict_forces
from borelli.pipeline.without_camera import Recorded, motion_without_camera

BIOMECH = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "biomech"


@pytest.fixture
def motion() -> Motion:
    """Marching on the spot for 0.6 s."""
    made, model = trial(), body_model()
    q = made.coordinates.copy()
    q[:, -3] = 0
    unknown = np.full((len(q), len(model.skeleton.joint_names)), np.nan)
    recorded = Recorded("made.trc", made.times, made.person, q, unknown, np.ones(len(q), dtype=bool))
    return motion_without_camera(model, recorded)


@pytest.mark.parametrize("index", [0, 1])
def test_vertical_forces_of_walks_agree_with_the_plates(index: int) -> None:
    plates = recordings(BIOMECH)[index]
    if not plates.markers.is_file():
        pytest.skip(f"the recorded walk {plates.name} of the shared data is not here")
    solved = solve_points(plates.markers, trc_points, PointsConfig())
    found = predict_forces(solved.motion, plates.mass)
    after = found.predicted.after
    seen = (after.times >= plates.seen[0]) & (after.times <= plates.seen[1])
    ours = vertical(after)[seen] / (plates.mass * 9.81)
    measured = measured_vertical(read_loads(plates.forces), after.times[seen]) / (plates.mass * 9.81)
    for a, b in ((ours.sum(axis=1), measured.sum(axis=1)), (ours[:, 0], measured[:, 0])):
        assert np.sqrt(np.mean((a - b) ** 2)) < 0.08
        assert np.corrcoef(a, b)[0, 1] > 0.95
    assert after.explained.all()
    assert np.linalg.norm(found.predicted.ground) > 1 if index == 0 else not found.predicted.ground.any()


def test_the_command_writes_files_that_fit_each_other(tmp_path, capsys) -> None:
    made = trial()
    still = made.positions - (made.coordinates[:, None, -3:] - made.coordinates[0, -3:]) * [1, 0, 1]
    write_trc(tmp_path / "made.trc", Markers(made.times, made.names, still))
    with pytest.raises(SystemExit) as done:
        main(
            [
                "predict-forces",
                "--from-trc",
                str(tmp_path / "made.trc"),
                "--mass",
                "64",
                "--out",
                str(tmp_path / "o"),
            ]
        )
    assert done.value.code == 0
    printed = capsys.readouterr().out
    assert "body mass 64.0 kg (given)" in printed and "unexplained" in printed
    tables = [read_storage(tmp_path / "o" / name) for name in ("forces.mot", "torques.sto", "motion.mot")]
    for table in tables:
        np.testing.assert_allclose(table.times, made.times, atol=1e-6)
    loads = read_loads(tmp_path / "o" / "external_loads.xml")
    assert set(loads.bodies) >= {"calcn_r", "calcn_l", "toes_r", "toes_l"}
    certificate = json.loads((tmp_path / "o" / "certificate.json").read_text())
    assert certificate["applied"] and certificate["after"]["residual_force_percent"] >= 0
    assert (tmp_path / "o" / "certificate.csv").is_file()
    assert "<mass>" in (tmp_path / "o" / "model.osim").read_text()


def test_a_finished_motion_gives_the_same_as_its_markers(motion: Motion, tmp_path) -> None:
    save_motion(tmp_path / "motion.npz", motion)
    with pytest.raises(SystemExit) as done:
        main(["predict-forces", "--motion", str(tmp_path / "motion.npz"), "--out", str(tmp_path / "o")])
    assert done.value.code == 0
    ours = predict_forces(motion).predicted.after
    written = read_storage(tmp_path / "o" / "torques.sto")
    knee = body_model().skeleton.coordinate("knee_angle_r")
    column = written.values[:, written.names.index("knee_angle_r_moment")]
    np.testing.assert_allclose(column, ours.torques[:, knee], atol=1e-6)


def test_forces_scale_with_the_mass_that_is_given(motion: Motion) -> None:
    light, heavy = (predict_forces(motion, mass).predicted.after for mass in (50.0, 100.0))
    np.testing.assert_allclose(heavy.forces.sum(axis=1), 2 * light.forces.sum(axis=1), rtol=0.02, atol=5)


def test_short_gaps_are_bridged_and_ends_left_out(motion: Motion) -> None:
    valid = motion.valid.copy()
    valid[[0, 1, 30, 31, -1]] = False
    broken = motion.coordinates.copy()
    broken[~valid] = np.nan
    found = predict_forces(replace(motion, coordinates=broken, valid=valid), 70.0)
    assert found.left_out == 3 and len(found.predicted.after.times) == len(valid) - 3
    whole = predict_forces(motion, 70.0).predicted.after.coordinates[2:-1]
    assert np.abs(found.predicted.after.coordinates - whole).max() < 0.1


def test_motion_that_tells_no_forces_is_refused(motion: Motion) -> None:
    valid = motion.valid.copy()
    valid[10:40] = False
    with pytest.raises(BorelliError, match=r"nothing is seen for 0.30 s after 0.09 s"):
        predict_forces(replace(motion, valid=valid))
    with pytest.raises(BorelliError, match="no frame"):
        predict_forces(replace(motion, valid=np.zeros_like(valid)))
    with pytest.raises(BorelliError, match="from 5 to 300"):
        predict_forces(motion, 700.0)
    only = np.zeros_like(valid)
    only[20:23] = True
    with pytest.raises(BorelliError, match="3 frames are too few"):
        predict_forces(replace(motion, valid=only))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "no motion is given"),
        (["--from-trc", "a.trc", "--motion", "b.npz"], "--from-trc and --motion are given"),
        (["--from-trc", "a.trc"], "a.trc does not exist"),
        (["--motion", "b.npz"], "b.npz does not exist"),
        (["--motion", "b.npz", "--start", "1"], "are for markers"),
    ],
)
def test_wrong_use_says_what_is_wrong(arguments, message, capsys, tmp_path) -> None:
    with pytest.raises(SystemExit) as done:
        main(["predict-forces", *arguments, "--out", str(tmp_path / "o")])
    assert done.value.code == 1
    assert message in capsys.readouterr().err
    assert not (tmp_path / "o").exists()
