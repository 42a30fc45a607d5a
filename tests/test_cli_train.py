"""`borelli train lifter`: from recordings to a network that runs, and one clear line for what is missing."""

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest

from borelli.cli.main import main
from borelli.evaluation.mocap import read_manifest
from borelli.lifting.lifter import load_lifter

pytest.importorskip("torch")

from borelli.training import lifter as training

PACK = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "mocap"


def call(*arguments: object) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(["train", "lifter", *map(str, arguments)])
    return int(stopped.value.code or 0)


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """The shortest recording of each split."""
    if not PACK.is_dir():
        pytest.skip("shared/data/mocap is absent")
    folder = tmp_path / "mocap"
    folder.mkdir()
    rows = read_manifest(PACK)
    kept = [
        min((r for r in rows if r["split"] == split), key=lambda r: float(r["seconds"]))
        for split in ("train", "val")
    ]
    for row in kept:
        (folder / row["file"]).parent.mkdir(exist_ok=True)
        shutil.copy(PACK / row["file"], folder / row["file"])
    with (folder / "manifest.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(kept)
    return folder


def test_one_step_makes_a_calibrated_network_that_loads(
    pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "POOL", 60)
    monkeypatch.setattr("borelli.cli.train.VALIDATION_WINDOWS", 3)
    out = tmp_path / "mine.onnx"
    assert call("--mocap", pack, "--out", out, "--steps", 1) == 0
    lifter = load_lifter(out)
    assert lifter.frames == training.LifterTraining().network.frames
    assert all(np.isfinite(factor) and factor > 0 for factor in lifter.inflation.values())


def test_a_folder_without_a_manifest_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("--mocap", tmp_path, "--out", tmp_path / "mine.onnx") == 1
    message = capsys.readouterr().err
    assert "manifest.csv" in message
    assert len(message.splitlines()) == 1
    assert not (tmp_path / "mine.onnx").exists()


def test_videos_that_are_not_there_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--mocap", tmp_path, "--videos", tmp_path, "--out", tmp_path / "mine.onnx") == 1
    assert "no videos" in capsys.readouterr().err
