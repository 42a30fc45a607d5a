import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from marker_trial import LIMBS, trial

from borelli.body.skeleton import skeleton
from borelli.cli import main
from borelli.errors import BorelliError
from borelli.export.trc import write_trc
from borelli.formats.trc import Markers
from borelli.motion.motion import load_motion
from borelli.pipeline.from_points import PointsConfig, bvh_points, run_points, trc_points

MOCAP = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "mocap"
TRIAL = trial(30)
INDEX = [skeleton().coordinate(name) for name in LIMBS]
R_ZUP_YUP = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])


def write(path, unit="mm", positions=TRIAL.positions, names=TRIAL.names):
    write_trc(path, Markers(TRIAL.times, names, positions), unit)
    return path


def run(path, out, reader=trc_points, **settings):
    result = run_points(path, reader, PointsConfig(**settings), out)
    return load_motion(result.folder / "person_0" / "motion.npz"), result.report


def call(*arguments):
    with pytest.raises(SystemExit) as stop:
        main([str(argument) for argument in arguments])
    return stop.value.code


def test_a_trc_file_becomes_the_files_of_a_run(tmp_path, capsys):
    path = write(tmp_path / "swing.trc")
    assert call("run", "--from-trc", path, "--out", tmp_path / "out") == 0
    folder = tmp_path / "out" / "swing"
    names = ("motion.npz", "motion.mot", "markers.trc", "model.osim", "angles.csv", "angles_columns.csv")
    assert all((folder / "person_0" / name).stat().st_size > 100 for name in names)
    motion, report = (
        load_motion(folder / "person_0" / "motion.npz"),
        json.loads((folder / "run.json").read_text()),
    )
    assert np.degrees(np.abs(motion.coordinates - TRIAL.coordinates)[:, INDEX]).max() < 2.5
    assert report["naming"] == "borelli" and report["left_out"] == []
    assert motion.video == "swing.trc" and motion.keypoint_names == ()
    said = capsys.readouterr().out
    assert "51 of 51 points used" in said and "mm RMS from the points" in said


def test_our_own_trc_gives_back_the_motion_it_was_written_from(tmp_path):
    first, _ = run(write(tmp_path / "a.trc"), tmp_path / "out")
    again, _ = run(tmp_path / "out" / "a" / "person_0" / "markers.trc", tmp_path / "again")
    assert np.degrees(np.abs(again.coordinates - first.coordinates)[:, INDEX]).max() < 2.0
    assert np.abs(again.joints - first.joints).max() < 0.02


def test_metres_and_millimetres_give_one_result(tmp_path):
    mm, _ = run(write(tmp_path / "a.trc", "mm"), tmp_path / "out")
    m, _ = run(write(tmp_path / "b.trc", "m"), tmp_path / "out")
    np.testing.assert_allclose(m.coordinates, mm.coordinates, atol=2e-3)


def test_a_file_whose_z_is_up_is_turned_and_the_turn_is_stated(tmp_path):
    upright, _ = run(write(tmp_path / "y.trc"), tmp_path / "out")
    turned, report = run(write(tmp_path / "z.trc", positions=TRIAL.positions @ R_ZUP_YUP.T), tmp_path / "out")
    assert "stands along +Z" in report["summary"][0]
    np.testing.assert_array_equal(np.array(report["R_world_file"])[1], [0, 0, 1])
    np.testing.assert_allclose(turned.landmarks, upright.landmarks, atol=5e-3)


def test_somebody_who_lies_is_not_stood_up(tmp_path):
    lying = TRIAL.positions @ np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]]) + [3.0, 0.4, 0.0]
    motion, report = run(write(tmp_path / "a.trc", positions=lying), tmp_path / "out")
    np.testing.assert_array_equal(report["R_world_file"], np.eye(3))
    trunk = motion.joint("neck") - motion.joint("lumbar")
    assert np.abs(trunk[:, 1]).max() < 0.3 * np.linalg.norm(trunk, axis=1).max()


def test_the_origin_is_a_missing_marker_and_strange_names_are_stated(tmp_path):
    positions = TRIAL.positions.copy()
    positions[10:14, 5] = 0.0
    extra = np.concatenate([positions, positions[:, :1] + 1.0], axis=1)
    motion, report = run(
        write(tmp_path / "a.trc", positions=extra, names=(*TRIAL.names, "box")), tmp_path / "out"
    )
    assert report["left_out"] == ["box"] and any("left out" in line for line in report["summary"])
    assert np.degrees(np.abs(motion.coordinates - TRIAL.coordinates)[:, INDEX]).max() < 3.0


def test_a_marker_map_names_ones_own_markers(tmp_path):
    names = tuple("hand made " + name for name in TRIAL.names)
    path = write(tmp_path / "a.trc", names=names)
    with pytest.raises(BorelliError, match="no frame has 6 markers with a known place"):
        run(path, tmp_path / "out")
    table = tmp_path / "map.csv"
    rows = (f"{own},{name}" for own, name in zip(names, TRIAL.names, strict=True))
    table.write_text("\n".join(["marker,body_point", *rows]))
    motion, _ = run(path, tmp_path / "out", marker_map=table)
    assert np.degrees(np.abs(motion.coordinates - TRIAL.coordinates)[:, INDEX]).max() < 2.5


def test_a_finished_folder_is_used_again_and_another_result_is_not_replaced(tmp_path):
    path = write(tmp_path / "a.trc")
    first = run_points(path, trc_points, PointsConfig(end=0.1), tmp_path / "out")
    assert run_points(path, trc_points, PointsConfig(end=0.1), tmp_path / "out").reused
    assert first.report["frames"] == 11
    with pytest.raises(BorelliError, match="--force"):
        run_points(path, trc_points, PointsConfig(end=0.2), tmp_path / "out")
    forced = run_points(path, trc_points, PointsConfig(end=0.2), tmp_path / "out", force=True)
    assert forced.report["frames"] == 21
    with pytest.raises(BorelliError, match=r"it covers 0 to 0\.29 s"):
        run_points(path, trc_points, PointsConfig(start=9.0), tmp_path / "other")


def test_a_bvh_in_centimetres_gives_the_result_of_one_in_metres(tmp_path):
    clip = MOCAP / "val" / "cmu_02_03.bvh.gz"
    if not clip.exists():
        pytest.skip("the shared mocap pack is not here")
    with gzip.open(clip, "rt") as stream:
        head, _, motion = stream.read().partition("MOTION")
    rows = motion.strip().splitlines()
    short = [f"Frames: {min(30, len(rows) - 2)}", rows[1], *rows[2:32]]
    metres = tmp_path / "m.bvh"
    metres.write_text(head + "MOTION\n" + "\n".join(short))
    centimetres = tmp_path / "cm.bvh"
    centimetres.write_text(_scaled(head, short, 100.0))
    one, report = run(metres, tmp_path / "out", bvh_points)
    other, _ = run(centimetres, tmp_path / "out", bvh_points)
    assert report["naming"] == "bvh"
    np.testing.assert_allclose(other.joints, one.joints, atol=2e-3)
    assert np.sqrt(np.mean(np.square(list(report["marker_rms_mm"].values())))) < 5.0


def _scaled(head, rows, factor):
    """The file with lengths multiplied: offsets, and the three positions of the root."""
    lines = []
    for line in head.splitlines():
        words = line.split()
        offset = "OFFSET " + " ".join(f"{factor * float(w):.6f}" for w in words[1:] if words[0] == "OFFSET")
        lines.append(offset if words[:1] == ["OFFSET"] else line)
    values = [row.split() for row in rows[2:]]
    frames = [" ".join([*(f"{factor * float(w):.6f}" for w in v[:3]), *v[3:]]) for v in values]
    return "\n".join([*lines, "MOTION", *rows[:2], *frames])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--from-trc", "none.trc"), "none.trc does not exist"),
        (("--from-trc", "a.trc", "--from-bvh", "b.bvh"), "both recordings"),
        (("video.mp4", "--from-trc", "a.trc"), "takes no videos"),
        (("--from-trc", "a.trc", "--fov", "60"), "no other flags of videos"),
        (("--from-trc", "a.trc", "--stature", "1.7", "1.8"), "reads one person"),
        (("video.mp4", "--marker-map", "a.csv"), "videos have no markers"),
    ],
)
def test_wrong_flags_end_in_one_line(arguments, words, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert call("run", *arguments) == 1
    error = capsys.readouterr().err
    assert words in error and error.count("\n") == 1


def test_a_c3d_without_labels_ends_in_one_line(capsys, tmp_path):
    ezc3d = pytest.importorskip("ezc3d")
    file = ezc3d.c3d()
    file["parameters"]["POINT"]["LABELS"]["value"] = ["*1", "*2"]
    file["parameters"]["POINT"]["RATE"]["value"] = [100.0]
    file["data"]["points"] = np.ones((4, 2, 4))
    file.write(str(tmp_path / "a.c3d"))
    assert call("run", "--from-c3d", tmp_path / "a.c3d", "--out", tmp_path / "out") == 1
    error = capsys.readouterr().err
    assert "labels none of its points" in error and error.count("\n") == 1
    assert not (tmp_path / "out").exists()
