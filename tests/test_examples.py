"""The numbered examples run as they stand and print what they promise; the detector is made up."""

import ast
import re
import runpy
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from avatar_motion import dressed
from marker_trial import trial
from measured_motion import standing
from synthetic_clip import CAMERA, HEIGHT, WIDTH, Observer, make_video

import borelli
from borelli.avatar.files import save_avatar
from borelli.body.model import average_person
from borelli.body.skeleton import skeleton
from borelli.dynamics import sampling
from borelli.export.trc import write_trc
from borelli.formats.trc import Markers
from borelli.motion.motion import save_motion
from borelli.pipeline import reconstruct as reconstruct_module
from borelli.pipeline import run as run_module
from borelli.pipeline.stages import watch
from borelli.video import probe

EXAMPLES = sorted((Path(__file__).resolve().parents[1] / "examples").glob("*.py"))
LONGEST = 40
Printed = Callable[..., str]
PEOPLE = (0.0, 1.0)
"""Metres to the right of the origin."""


@pytest.fixture
def detector(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two people, seen in every video, whatever it shows."""
    monkeypatch.setattr(reconstruct_module, "watch", partial(watch, observer=Observer(PEOPLE)))
    monkeypatch.setattr(run_module, "run_one", partial(run_module.run_one, observer=Observer(PEOPLE)))


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_video(tmp_path_factory.mktemp("clip") / "walk.mp4", 16)


@pytest.fixture(scope="module")
def motion_file(clip: Path) -> Path:
    """A motion with forces."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reconstruct_module, "watch", partial(watch, observer=Observer()))
        (motion,) = borelli.reconstruct(clip, stature=1.70, focal_px=130.0)
    save_motion(clip.with_name("motion.npz"), motion)
    return clip.with_name("motion.npz")


@pytest.fixture(scope="module")
def markers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = trial(60)
    path = tmp_path_factory.mktemp("markers") / "march.trc"
    write_trc(path, Markers(made.times, made.names, made.positions), "mm")
    return path


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Printed:
    """`printed(7, motion)`: what example 7 prints."""

    def run(number: int, *arguments: object) -> str:
        (path,) = [path for path in EXAMPLES if path.name.startswith(f"{number:02d}_")]
        monkeypatch.setattr(sys, "argv", [path.name, *map(str, arguments)])
        runpy.run_path(str(path), run_name="__main__")
        return capsys.readouterr().out

    return run


def test_they_are_short_numbered_without_gaps_and_say_how_to_call_them() -> None:
    assert [int(path.name[:2]) for path in EXAMPLES] == list(range(1, len(EXAMPLES) + 1))
    assert len(EXAMPLES) >= 10
    for path in EXAMPLES:
        text = path.read_text("utf-8")
        assert len(text.splitlines()) <= LONGEST, path.name
        assert f"python examples/{path.name} " in (ast.get_docstring(ast.parse(text)) or ""), path.name


def test_01_prints_ranges_of_angles(printed: Printed, detector: None, clip: Path) -> None:
    said = printed(1, clip, 1.70)
    assert "16 of 16 frames, 30.0 per second" in said
    low, high = map(int, re.findall(r"knee_angle_r: (-?\d+) to (-?\d+) degrees", said)[0])
    assert 0 <= low <= high < 40  # a person who stands


def test_02_says_how_far_apart_people_are(printed: Printed, detector: None, clip: Path) -> None:
    said = printed(2, clip)
    assert "person 0: " in said and "person 1: " in said
    apart = float(re.findall(r"0 and 1: (\d\.\d+) m apart", said)[0])
    assert 0.7 < apart < 1.3


def test_03_uses_the_calibration_and_hits_the_detected_wrist(
    printed: Printed, detector: None, clip: Path
) -> None:
    text = (
        f'[cam]\nname = "walk"\nsize = [{WIDTH}.0, {HEIGHT}.0]\nmatrix = {CAMERA.K.tolist()}\n'
        "distortions = [0.0, 0.0, 0.0, 0.0]\nrotation = [0.0, 0.0, 0.0]\ntranslation = [0.0, 0.0, 0.0]\n"
        "fisheye = false\n"
    )
    clip.with_name("lens.toml").write_text(text, "utf-8")
    said = printed(3, clip, clip.with_name("lens.toml"))
    assert f"focal length {CAMERA.K[0, 0]:.0f} pixels" in said
    assert float(re.findall(r"right wrist: (\S+) pixels", said)[0]) < 6.0


def test_04_solves_markers_and_reuses_the_person(printed: Printed, markers: Path) -> None:
    said = printed(4, markers, markers)
    ranges = re.findall(r"right knee (\d+) to (\d+) degrees in 60 frames", said)
    truth = np.degrees(trial(60).coordinates[:, skeleton().coordinate("knee_angle_r")])
    np.testing.assert_allclose(np.array(ranges, dtype=float), [[truth.min(), truth.max()]] * 2, atol=4)
    assert all(float(mm) < 10 for mm in re.findall(r"(\S+) mm", said))


def test_05_predicts_forces_that_carry_the_body(printed: Printed, tmp_path: Path) -> None:
    still = standing(np.arange(60) / 100)
    write_trc(tmp_path / "still.trc", Markers(still.time, still.landmark_names, still.landmarks), "mm")
    said = printed(5, tmp_path / "still.trc", 70, tmp_path / "forces")
    mean = float(re.findall(r"vertical force: (\d+) N on average", said)[0])
    assert 0.95 < mean / (70 * 9.81) < 1.05
    assert (tmp_path / "forces" / "forces.mot").is_file()


def test_06_writes_a_character(printed: Printed, motion_file: Path, tmp_path: Path) -> None:
    assert "body.glb" in printed(6, motion_file, tmp_path / "game")
    assert b"mixamorig:Hips" in (tmp_path / "game" / "body.glb").read_bytes()
    assert "mixamorig:Hips" in (tmp_path / "game" / "skeleton.bvh").read_text("utf-8")


def test_07_prints_measures_with_units(printed: Printed, motion_file: Path) -> None:
    said = printed(7, motion_file)
    assert "right foot stands from 0.00 to 0.50 s" in said and "no gait: " in said
    assert re.search(r"^wrist girth: 0\.1\d+( \+- \S+)? m$", said, re.MULTILINE)


def test_08_finds_no_difference_between_a_motion_and_itself(printed: Printed, motion_file: Path) -> None:
    said = printed(8, motion_file, motion_file)
    assert "absolute_mpjpe_mm: 0.00" in said
    assert "right knee: +0.0 degrees on average, 0.0 around that" in said


def test_09_films_an_avatar_in_the_motion_of_somebody_else(
    printed: Printed, motion_file: Path, tmp_path: Path
) -> None:
    save_avatar(tmp_path / "avatar.npz", dressed(average_person(1.6)))
    said = printed(9, tmp_path / "avatar.npz", motion_file, tmp_path / "film.mp4")
    assert "16 frames" in said
    film = probe(tmp_path / "film.mp4")
    assert max(film.width, film.height) == 480


def test_10_performs_a_motion_in_simulation(
    printed: Printed, motion_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampling, "SamplingConfig", partial(sampling.SamplingConfig, samples=40, kept=10))
    said = printed(10, motion_file)
    assert int(re.findall(r"performed (\d+) %", said)[0]) > 50
    assert float(re.findall(r"(\d+) mm from the motion", said)[0]) < 100


def test_11_lists_every_video_and_goes_on_after_a_bad_one(
    printed: Printed, detector: None, clip: Path, tmp_path: Path
) -> None:
    (tmp_path / "videos").mkdir()
    (tmp_path / "videos" / "good.mp4").write_bytes(clip.read_bytes())
    (tmp_path / "videos" / "bad.mp4").write_bytes(b"no video")
    said = printed(11, tmp_path / "videos", tmp_path / "results")
    assert "bad.mp4 is not a video" in said
    rows = (tmp_path / "results" / "overview.csv").read_text("utf-8").splitlines()
    assert rows[1].startswith("good.mp4,16,16,") and len(rows) == 2


def test_12_poses_a_body_of_the_stature_asked_for(printed: Printed, tmp_path: Path) -> None:
    said = printed(12, tmp_path)
    assert 1.1 < float(re.findall(r"(\S+) m high", said)[0]) < 1.5
    assert "<OpenSimDocument" in (tmp_path / "person.osim").read_text("utf-8")
