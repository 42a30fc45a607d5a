"""Sets on disk: the same bytes, kept when finished, redone when not, refused when of other settings."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from borelli.cli import main
from borelli.errors import BorelliError
from borelli.training.synth import generate
from borelli.training.synth.clip import render_clip
from borelli.training.synth.config import SynthConfig, check
from borelli.training.synth.generate import write_set, written_clips
from borelli.training.synth.scene import Scene, random_scene
from borelli.training.synth.write import clip_pictures, load_surface, load_truth, write_clip

CONFIG = SynthConfig(frames=3, fps=10.0, size="128x96", occluded=0.0, crowded=0.0)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_the_same_seed_writes_the_same_bytes_and_another_others(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_set(tmp_path / name, 2, CONFIG)
    first = contents(tmp_path / "a")
    assert first == contents(tmp_path / "b")
    assert {Path(name).name for name in first} == {"synth.json", "truth.npz", "surface.npz", "video.mp4"}
    write_set(tmp_path / "c", 1, replace(CONFIG, seed=1))
    other = contents(tmp_path / "c")
    assert all(other[name] != first[name] for name in other)


def test_finished_clips_are_kept_and_more_can_be_added(tmp_path: Path) -> None:
    write_set(tmp_path, 1, CONFIG)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.npz")}
    reports: list[tuple[int, int]] = []
    folders = write_set(tmp_path, 2, CONFIG, lambda done, expected: reports.append((done, expected)))
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert written_clips(tmp_path) == folders and len(folders) == 2
    assert reports == [(0, 6), (3, 6), (6, 6)]


def test_an_interrupt_leaves_no_half_clip_and_the_set_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(folder: Path, scene: Scene, png: bool) -> None:
        if folder.name == "clip_00001":
            monkeypatch.setattr("borelli.training.synth.write.scene_truth", stop)
        write_clip(folder, scene, png)

    def stop(*arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(generate, "write_clip", interrupted)
        with pytest.raises(KeyboardInterrupt):
            write_set(tmp_path / "set", 3, CONFIG)
    assert sorted(p.name for p in (tmp_path / "set").iterdir()) == ["clip_00000", "synth.json"]
    monkeypatch.undo()
    write_set(tmp_path / "set", 3, CONFIG)
    write_set(tmp_path / "whole", 3, CONFIG)
    assert contents(tmp_path / "set") == contents(tmp_path / "whole")


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    (tmp_path / ".clip_00000-abc").mkdir()
    (tmp_path / ".clip_00000-abc" / "video.mp4").write_bytes(b"half")
    write_set(tmp_path, 1, CONFIG)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["clip_00000", "synth.json"]


def test_a_set_of_other_settings_is_not_mixed(tmp_path: Path) -> None:
    write_set(tmp_path, 1, CONFIG)
    with pytest.raises(BorelliError, match="another fps, seed"):
        write_set(tmp_path, 1, replace(CONFIG, seed=2, fps=12.0))
    (tmp_path / "synth.json").write_text("{", "utf-8")
    with pytest.raises(BorelliError, match="damaged"):
        write_set(tmp_path, 1, CONFIG)


def test_files_hold_what_was_rendered(tmp_path: Path) -> None:
    folder = write_set(tmp_path, 1, replace(CONFIG, png=True))[0]
    clip = render_clip(random_scene(replace(CONFIG, png=True), 0))
    for t, path in enumerate(sorted((folder / "frames").glob("*.png"))):
        np.testing.assert_array_equal(np.asarray(Image.open(path)), clip.images[t])
    masks, depth = load_surface(folder)
    np.testing.assert_array_equal(masks, clip.masks)
    np.testing.assert_allclose(depth, clip.depth, rtol=1e-3)
    truth = load_truth(folder)
    for name in ("times", "coordinates", "joints", "joints_camera", "landmarks", "contacts", "K"):
        np.testing.assert_array_equal(getattr(truth, name), getattr(clip.truth, name))
    np.testing.assert_allclose(truth.keypoints["body25"], clip.truth.keypoints["body25"], atol=1e-3)
    np.testing.assert_array_equal(truth.person.shape, clip.truth.person.shape)
    assert truth.stature == pytest.approx(clip.truth.stature)


@pytest.mark.parametrize("png", [False, True])
def test_pictures_come_back_at_the_times_of_the_truth(tmp_path: Path, png: bool) -> None:
    config = replace(CONFIG, png=png)
    folder = write_set(tmp_path, 1, config)[0]
    frames, info = clip_pictures(folder)
    found = list(frames)
    assert (info.width, info.height, info.frame_count, info.fps) == (128, 96, 3, pytest.approx(10.0))
    np.testing.assert_allclose([frame.time for frame in found], [0.0, 0.1, 0.2])
    clip = render_clip(random_scene(config, 0))
    error = np.abs(found[1].image.astype(float) - clip.images[1]).mean()
    assert error == 0 if png else error < 8


def test_a_folder_of_pictures_is_used_behind_the_people(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    Image.new("RGB", (40, 30), (255, 0, 0)).save(tmp_path / "pictures" / "red.png")
    config = replace(CONFIG, backgrounds=tmp_path / "pictures")
    clip = render_clip(replace(random_scene(config, 0), grain=0.0))
    assert np.median(clip.images[0][~clip.masks[0]][:, 0]) > 200
    (tmp_path / "none").mkdir()
    with pytest.raises(BorelliError, match="holds no pictures"):
        random_scene(replace(CONFIG, backgrounds=tmp_path / "none"), 0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"size": "640"}, "WIDTHxHEIGHT"),
        ({"size": "641x480"}, "even"),
        ({"frames": 0}, "at least 1 frame"),
        ({"occluded": 1.5}, "from 0 to 1"),
        ({"mocap": Path("nowhere")}, "not a folder"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(BorelliError, match=message):
        check(replace(CONFIG, **change))  # type: ignore[arg-type]


def test_the_command_writes_a_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flags = ["--clips", "1", "--frames", "2", "--size", "96x64", "--seed", "3"]
    with pytest.raises(SystemExit) as stop:
        main(["synth", "--out", str(tmp_path / "set"), *flags])
    assert stop.value.code == 0 and "1 clips" in capsys.readouterr().out
    assert json.loads((tmp_path / "set" / "synth.json").read_text("utf-8"))["seed"] == 3
    with pytest.raises(SystemExit) as stop:
        main(["synth", "--out", str(tmp_path / "set"), *flags[:-1], "4"])
    assert stop.value.code == 1 and "another seed" in capsys.readouterr().err
