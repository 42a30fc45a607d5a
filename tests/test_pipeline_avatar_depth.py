"""Depth maps through a whole run: read in every format, heeded, and refused without losing the motion."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from filmed_person import Film, film
from PIL import Image
from synthetic_clip import CAMERA, RATE

from borelli.avatar.refine_config import RefineConfig
from borelli.motion.motion import load_motion
from borelli.pipeline.config import RunConfig
from borelli.pipeline.run import RunResult, run_one
from borelli.video import write_video

FRAMES = 10
QUICK = RefineConfig(
    gaussians=400, size=80, key_frames=6, held_out=2, appearance_steps=8, batch=3, pose_steps=6,
    judged_steps=1,
)  # fmt: skip


@pytest.fixture(scope="module")
def clip() -> Film:
    """A filmed person with exact depth."""
    return film(FRAMES)


@pytest.fixture
def filmed(clip: Film, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The clip as a file, for runs whose avatars are as quick as they can be."""
    monkeypatch.setattr("borelli.pipeline.avatar.RefineConfig", lambda: QUICK)
    path = tmp_path / "swing.mp4"
    write_video(path, ((t / RATE, image) for t, image in enumerate(clip.images)), RATE)
    return path


def run(clip: Film, video: Path, depth: Path | None, name: str) -> RunResult:
    """A whole run with `--avatar`."""
    config = RunConfig(
        focal_px=float(CAMERA.K[0, 0]),
        stature=(1.7,),
        no_physics=True,
        lifter="none",
        avatar=True,
        depth=depth,
    )
    return run_one(video, config, video.parent / name, observer=lambda *_: clip.observations)


def said(result: RunResult) -> dict[str, Any]:
    """What run.json says of the avatar."""
    return json.loads((result.folder / "run.json").read_text())["people"][0]["avatar"]


def test_depth_maps_in_png_and_npy_say_the_same_and_move_the_person(clip: Film, filmed: Path) -> None:
    nearer = 0.9 * clip.depth
    png, npy = (filmed.parent / kind for kind in ("png", "npy"))
    png.mkdir()
    npy.mkdir()
    for t, depth in enumerate(nearer):
        Image.fromarray(np.round(1000 * depth).astype(np.uint16)).save(png / f"depth_{t}.png")
        np.save(npy / f"{t:03d}.npy", depth.astype(np.float32))
    blind, by_png, by_npy = (
        said(run(clip, filmed, folder, name))
        for name, folder in (("none", None), ("by_png", png), ("by_npy", npy))
    )
    assert by_png["made"] and by_npy["made"]
    assert by_png["moved_mm"] == pytest.approx(by_npy["moved_mm"], abs=0.5)
    assert by_png["moved_mm"] > blind["moved_mm"] + 3.0


def test_depth_maps_of_another_size_leave_the_motion_and_say_why(clip: Film, filmed: Path) -> None:
    folder = filmed.parent / "small"
    folder.mkdir()
    for t in range(FRAMES):
        np.save(folder / f"{t}.npy", np.full((10, 12), 3.0))
    result = run(clip, filmed, folder, "out")
    found = said(result)
    assert not found["made"] and "12 x 10" in found["reason"]
    before = load_motion(result.folder / "stages" / "unrefined_0.npz")
    after = load_motion(result.folder / "person_0" / "motion.npz")
    np.testing.assert_array_equal(after.coordinates, before.coordinates)
    assert not (result.folder / "person_0" / "avatar.npz").exists()


def test_a_map_that_is_bad_only_later_leaves_the_motion_too(clip: Film, filmed: Path) -> None:
    folder = filmed.parent / "broken"
    folder.mkdir()
    for t, depth in enumerate(clip.depth):
        np.save(folder / f"{t}.npy", depth if t < 4 else depth[::2])
    found = said(run(clip, filmed, folder, "out"))
    assert not found["made"] and "4.npy" in found["reason"]


def test_the_decision_of_the_gate_is_in_run_json(clip: Film, filmed: Path) -> None:
    found = said(run(replace(clip), filmed, None, "out"))
    assert found["made"] and isinstance(found["accepted"], bool) and found["held_out"] >= 1
    assert found["accepted"] == (not found["reasons"])
    limits = {"colour", "dissimilarity", "mask", "keypoints_mm", "slide_mm", "physics_percent"}
    assert set(found["before"]) == set(found["after"]) == limits
