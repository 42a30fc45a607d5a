"""One video to one folder: files, reuse, refusal, resumption, and what a failure leaves behind."""

import json
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from synthetic_clip import HEIGHT, WIDTH, Observer, make_video

from borelli.errors import BorelliError
from borelli.motion.motion import load_motion
from borelli.pipeline import results
from borelli.pipeline.config import RunConfig
from borelli.pipeline.run import RunResult, run_one
from borelli.video import write_video

CONFIG = RunConfig(focal_px=130.0, stature=(1.7,))
FILES = ("motion.npz", "motion.mot", "markers.trc", "model.osim", "angles.csv")


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    """A finished run of eight frames; tests must not change its folder."""
    folder = tmp_path_factory.mktemp("run")
    return run_one(make_video(folder / "walk.mp4"), CONFIG, folder / "out", observer=Observer())


def everything(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def test_a_run_writes_the_promised_files_and_lists_them(done: RunResult) -> None:
    assert {f"person_0/{name}" for name in FILES} <= everything(done.folder)
    assert next(path.name for path in done.files if path.name != "report.html") == "overlay.mp4"
    assert all(path.is_file() and path.stat().st_size > 0 for path in done.files)
    assert not [name for name in everything(done.folder) if "partial" in name or ".writable" in name]


def test_the_overlay_has_a_frame_for_every_frame(done: RunResult) -> None:
    with av.open(str(done.folder / "overlay.mp4")) as container:
        assert sum(1 for _ in container.decode(video=0)) == 8


def test_run_json_holds_what_is_needed_to_repeat_and_to_judge(done: RunResult) -> None:
    report = json.loads((done.folder / "run.json").read_text())
    assert report["config"]["stature"] == [1.7] and report["config"]["focal_px"] == 130.0
    assert len(report["video_sha256"]) == 64 and report["versions"]["numpy"] == np.__version__
    assert set(report["seconds"]) - {"report"} == {"people", "motion", "files", "overlay"}
    assert "--focal-px" in report["camera"]["summary"]
    person = report["people"][0]
    assert person["frames_seen"] == 8 and person["limit_violations"] == 0
    assert person["stature_source"] == "given"


def test_the_result_is_in_the_promised_world(done: RunResult) -> None:
    motion = load_motion(done.folder / "person_0" / "motion.npz")
    assert motion.video == "walk.mp4" and (motion.width, motion.height) == (WIDTH, HEIGHT)
    np.testing.assert_allclose(motion.joints[0, 0, [0, 2]], 0.0, atol=1e-9)
    np.testing.assert_allclose(motion.coordinate("pelvis_rotation")[0], 0.0, atol=0.05)
    T = motion.T_camera_world
    camera = np.einsum("tij,tpj->tpi", T[:, :3, :3], motion.joints) + T[:, None, :3, 3]
    np.testing.assert_allclose(camera, motion.joints_camera, atol=1e-6)


def test_the_same_run_again_is_reused(tmp_path: Path) -> None:
    video, observer = make_video(tmp_path / "walk.mp4"), Observer()
    first = run_one(video, CONFIG, tmp_path, observer=observer)
    again = run_one(video, CONFIG, tmp_path, observer=observer)
    assert first.reused == () and observer.calls == 1
    assert again.reused == ("people", "motion", "files", "overlay")
    assert again.report == first.report


def test_other_settings_need_force_and_then_leave_nothing_stale(tmp_path: Path) -> None:
    video, observer = make_video(tmp_path / "walk.mp4"), Observer((-0.4, 0.4))
    run_one(video, RunConfig(focal_px=130.0), tmp_path, observer=observer)
    before = (tmp_path / "walk" / "run.json").read_bytes()
    one = RunConfig(focal_px=130.0, people="1")
    with pytest.raises(BorelliError, match="--force"):
        run_one(video, one, tmp_path, observer=observer)
    assert (tmp_path / "walk" / "run.json").read_bytes() == before
    replaced = run_one(video, one, tmp_path, observer=observer, force=True)
    assert replaced.reused == ("people",) and observer.calls == 1
    assert not (tmp_path / "walk" / "person_0").exists()
    assert (tmp_path / "walk" / "person_1" / "motion.npz").is_file()


def test_another_video_of_the_same_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    run_one(make_video(tmp_path / "a" / "walk.mp4"), CONFIG, tmp_path / "out", observer=Observer())
    other = make_video(tmp_path / "b" / "walk.mp4", count=9)
    with pytest.raises(BorelliError, match="holds the result of another video"):
        run_one(other, CONFIG, tmp_path / "out", observer=Observer())


@pytest.mark.parametrize("crash", [RuntimeError, KeyboardInterrupt])
def test_a_run_that_breaks_off_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, crash: type[BaseException]
) -> None:
    video, observer = make_video(tmp_path / "walk.mp4"), Observer()

    def break_off(stage: str, done: int, expected: int) -> None:
        if stage == "overlay":
            raise crash

    with pytest.raises(crash):
        run_one(video, CONFIG, tmp_path / "out", break_off, observer=observer)
    left = everything(tmp_path / "out" / "walk")
    assert "run.json" not in left and not [name for name in left if "overlay" in name or "partial" in name]
    whole = run_one(video, CONFIG, tmp_path / "out", observer=observer)
    assert whole.reused == ("people", "motion", "files") and observer.calls == 1
    assert (whole.folder / "overlay.mp4").is_file()


def test_a_missing_result_file_is_made_again(tmp_path: Path) -> None:
    video, observer = make_video(tmp_path / "walk.mp4"), Observer()
    first = run_one(video, CONFIG, tmp_path, observer=observer)
    (first.folder / "person_0" / "markers.trc").unlink()
    again = run_one(video, CONFIG, tmp_path, observer=observer)
    assert again.reused == ("people", "motion", "overlay")
    assert (first.folder / "person_0" / "markers.trc").is_file()


def test_a_failed_run_leaves_no_folders(tmp_path: Path) -> None:
    video = make_video(tmp_path / "walk.mp4")
    with pytest.raises(BorelliError, match="nobody was found"):
        run_one(video, CONFIG, tmp_path / "out", observer=Observer(()))
    assert {path.name for path in tmp_path.iterdir()} <= {"walk.mp4", "out"}
    assert not list((tmp_path / "out").rglob("*.mp4"))


def test_an_output_below_a_file_cannot_be_written(tmp_path: Path) -> None:
    video = make_video(tmp_path / "walk.mp4")
    (tmp_path / "out").write_text("a file")
    with pytest.raises(BorelliError, match="cannot write into"):
        run_one(video, CONFIG, tmp_path / "out", observer=Observer())


def test_a_folder_with_a_foreign_run_json_is_left_alone(tmp_path: Path) -> None:
    video = make_video(tmp_path / "walk.mp4")
    (tmp_path / "walk").mkdir()
    (tmp_path / "walk" / "run.json").write_text('{"format": "else"}')
    with pytest.raises(BorelliError, match="was not written by this version"):
        run_one(video, CONFIG, tmp_path, observer=Observer())


def test_a_single_frame_video_gives_a_labelled_posture(tmp_path: Path) -> None:
    result = run_one(make_video(tmp_path / "one.mp4", 1), CONFIG, tmp_path, observer=Observer())
    assert any("single frame" in note for note in result.report["people"][0]["notes"])
    assert (result.folder / "person_0" / "markers.trc").is_file()


def test_a_photo_gives_a_picture_as_overlay(tmp_path: Path) -> None:
    Image.new("RGB", (WIDTH, HEIGHT), (90, 90, 90)).save(tmp_path / "stand.jpg")
    result = run_one(tmp_path / "stand.jpg", CONFIG, tmp_path / "out", observer=Observer())
    with Image.open(result.folder / "overlay.jpg") as picture:
        assert picture.size == (WIDTH, HEIGHT)
    assert load_motion(result.folder / "person_0" / "motion.npz").time.tolist() == [0.0]


def test_variable_frame_rates_keep_their_timestamps(tmp_path: Path) -> None:
    path, times = tmp_path / "slow.mp4", [0.0, 0.03, 0.1, 0.12, 0.3, 0.32]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for time in times:
            frame = av.VideoFrame.from_ndarray(np.full((HEIGHT, WIDTH, 3), 90, np.uint8), format="rgb24")
            frame.pts, frame.time_base = round(1000 * time), Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    result = run_one(path, CONFIG, tmp_path, observer=Observer())
    motion = load_motion(result.folder / "person_0" / "motion.npz")
    np.testing.assert_allclose(motion.time, times, atol=1e-3)


def test_a_truncated_file_gives_what_decodes_and_a_warning(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (40, HEIGHT, WIDTH, 3), dtype=np.uint8)
    write_video(tmp_path / "whole.mp4", ((i / 30, picture) for i, picture in enumerate(noise)))
    cut = tmp_path / "cut.mp4"
    with (
        av.open(str(tmp_path / "whole.mp4")) as source,
        av.open(str(cut), "w", options={"movflags": "faststart"}) as target,
    ):
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
    result = run_one(cut, CONFIG, tmp_path, observer=Observer())
    assert 5 < result.report["people"][0]["frames"] < 35
    assert len(result.report["warnings"]) == 1
    assert "damaged or truncated" in result.report["warnings"][0]


def test_stages_write_only_into_the_folder_of_the_video(done: RunResult) -> None:
    outside = {path.name for path in done.folder.parent.parent.iterdir()}
    assert outside == {"walk.mp4", "out"}
    assert results.read_report(done.folder) == done.report
