from dataclasses import replace
from pathlib import Path
from time import perf_counter

import numpy as np
import pytest
from exported_motion import first_frames, moving_person

from borelli.cli import main
from borelli.export.glb import write_glb
from borelli.formats.bvh import read_bvh
from borelli.formats.c3d import read_c3d
from borelli.motion.motion import save_motion
from borelli.pipeline.export import export_motion, parse_formats


def call(*arguments: object) -> int:
    """Exit code of `borelli export ARGUMENTS`."""
    with pytest.raises(SystemExit) as stop:
        main(["export", *map(str, arguments)])
    return int(stop.value.code or 0)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Results of a run with two people."""
    for person in (0, 2):
        save_motion(tmp_path / f"walk/person_{person}/motion.npz", replace(moving_person(), person=person))
    return tmp_path


def test_every_person_gets_every_format(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(out, "--to", "bvh,coco,csv") == 0
    printed = capsys.readouterr().out
    for person in (0, 2):
        for name in ("skeleton.bvh", "coco.json", "motion.csv"):
            assert str(out / f"walk/person_{person}" / name) in printed
            assert (out / f"walk/person_{person}" / name).stat().st_size > 1000
    assert "person 2: 4 of 40 frames are not valid" in printed and "3 of them, between valid ones" in printed


def test_one_person_of_one_video_with_mixamo_names(out: Path) -> None:
    assert call(out / "walk", "--to", "bvh", "--person", "2", "--names", "mixamo") == 0
    assert read_bvh(out / "walk/person_2/skeleton.bvh").joint_names[0] == "mixamorig:Hips"
    assert not (out / "walk/person_0/skeleton.bvh").exists()


def test_a_motion_file_is_enough(out: Path) -> None:
    assert call(out / "walk/person_0/motion.npz", "--to", "glb") == 0
    assert (out / "walk/person_0/body.glb").read_bytes()[:4] == b"glTF"


def test_a_person_is_known_by_the_folder_one_stands_in(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(out / "walk/person_2")
    assert call(".", "--to", "coco", "--person", "2") == 0
    assert (out / "walk/person_2/coco.json").exists()
    assert call(".", "--to", "coco", "--person", "0") == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--to", "fbx"], "format 'fbx' is unknown; valid: amass, bvh, c3d, coco, csv, glb, openpose"),
        (["--to", " ,"], "--to names no format; valid: glb, bvh"),
        (["--to", "bvh", "--person", "1"], "holds no person 1; valid: 0, 2"),
        (["--to", "skel"], "--to skel needs --skel-model FILE"),
        (["--to", "amass", "--smpl-model", "gone.pkl"], "gone.pkl"),
    ],
)
def test_mistakes_are_one_line_and_write_nothing(
    out: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    before = sorted(out.rglob("*"))
    assert call(out, *arguments) == 1
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1 and lines[0].startswith("borelli: ") and words in lines[0]
    assert sorted(out.rglob("*")) == before


def test_a_folder_without_results_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(tmp_path, "--to", "bvh") == 1 and call(tmp_path / "gone", "--to", "bvh") == 1
    errors = capsys.readouterr().err
    assert "holds no motion.npz; give the results of `borelli run`" in errors and "does not exist" in errors


def test_a_crash_leaves_the_file_that_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = export_motion(tmp_path, moving_person(), ["glb"])[0]
    before = path.read_bytes()

    def half(target: Path, *rest: object) -> None:
        target.write_bytes(b"glTF")
        raise OSError("disk full")

    monkeypatch.setattr("borelli.pipeline.export.write_glb", half)
    with pytest.raises(OSError, match="disk full"):
        export_motion(tmp_path, moving_person(), ["glb"])
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]
    assert half is not write_glb


def test_formats_are_taken_once_and_in_order() -> None:
    assert parse_formats("glb, BVH,glb") == ("glb", "bvh")


def test_a_photo_is_a_motion_of_one_frame(tmp_path: Path) -> None:
    photo = first_frames(moving_person(), 1)
    written = export_motion(tmp_path, photo, ["glb", "bvh", "c3d", "amass", "csv", "openpose", "coco"])
    assert all(path.exists() for path in written)
    bvh = read_bvh(tmp_path / "skeleton.bvh")
    assert len(bvh.values) == 1 and bvh.frame_time == pytest.approx(1 / 30)
    assert read_c3d(tmp_path / "markers.c3d").markers.positions.shape[0] == 1


def test_all_formats_that_need_nothing_take_less_than_five_seconds(tmp_path: Path) -> None:
    motion, started = moving_person(), perf_counter()
    export_motion(tmp_path, motion, ["glb", "bvh", "c3d", "amass", "csv", "openpose", "coco"])
    assert perf_counter() - started < 5


def test_filtered_exports_go_beside_the_raw_ones(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_motion(tmp_path / "motion.npz", moving_person())
    for extra in ([], ["--lowpass", "6"]):
        with pytest.raises(SystemExit) as done:
            main(["export", str(tmp_path), "--to", "bvh", *extra])
        assert done.value.code == 0
    assert "zero phase" in capsys.readouterr().out
    raw, smooth = (read_bvh(next(tmp_path.glob(where))) for where in ("*.bvh", "lowpass_6Hz/*.bvh"))
    assert raw.values.shape == smooth.values.shape
    assert not np.array_equal(raw.values, smooth.values)
