"""Motion capture as trials of the policy: seen, reconstructed, with the truth beside it, and kept."""

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from borelli.body.kinematics import forward
from borelli.body.model import body_model
from borelli.dynamics.policy.library import Library, library
from borelli.dynamics.policy.perform import Decide, balancing, perform_clips, seeing
from borelli.dynamics.policy.policy import shipped_policy
from borelli.errors import BorelliError
from borelli.evaluation import policy_clips
from borelli.evaluation.performed import Figures, coordinate_figures, trial_figures
from borelli.evaluation.policy_clips import Trial, mocap_trials

MODEL = body_model()
PACK = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "mocap"
WALK = "val/cmu_07_10.bvh.gz"


def pack_of(folder: Path, files: dict[str, str]) -> Path:
    """A pack with one row per file: name to its ground."""
    if not (PACK / "manifest.csv").is_file():
        pytest.skip("the mocap pack is not beside this repository")
    with (PACK / "manifest.csv").open(newline="", encoding="utf-8") as stream:
        row = next(r for r in csv.DictReader(stream) if r["file"] == WALK)
    with (folder / "manifest.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, row)
        writer.writeheader()
        writer.writerows(row | {"file": name, "ground": ground} for name, ground in files.items())
    (folder / "val").mkdir()
    return folder


def test_a_folder_without_recordings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BorelliError, match=r"is not a mocap pack: it has no manifest.csv"):
        mocap_trials(MODEL, tmp_path, "train", tmp_path / "cache")
    (tmp_path / "manifest.csv").write_text("file,action,split,ground\n")
    with pytest.raises(BorelliError, match="no recordings of the split 'train'"):
        mocap_trials(MODEL, tmp_path, "train", tmp_path / "cache")


def test_a_damaged_recording_counts_as_refused(tmp_path: Path) -> None:
    folder = pack_of(tmp_path, {"val/broken.bvh.gz": "flat", "val/ladder.bvh.gz": "props"})
    (folder / "val" / "broken.bvh.gz").write_bytes(b"no recording")
    trials, refused = mocap_trials(MODEL, folder, "val", tmp_path / "cache", cameras=2)
    assert not trials and [one.name for one in refused] == ["broken_0", "broken_1"]
    assert "broken.bvh.gz" in refused[0].reason and refused[0].seconds > 2


def performed_by(trial: Trial, decide: Callable[[Library], Decide]) -> Figures:
    clips = library(MODEL, [trial.clip], shipped_policy().body)
    return trial_figures(MODEL, trial, perform_clips(clips, decide(clips), 1)[0])


def test_a_walk_is_seen_reconstructed_kept_and_performed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = pack_of(tmp_path, {WALK: "flat"})
    shutil.copy(PACK / WALK, folder / WALK)
    trials, refused = mocap_trials(MODEL, folder, "val", tmp_path / "cache", ("walk",))
    assert not refused and len(trials) == 1
    (trial,) = trials
    clip = trial.clip
    assert clip.reference is not None and len(clip.reference) == len(clip) == len(trial.joints)
    carried = forward(MODEL, clip.person, clip.reference.coordinates).joints
    assert np.linalg.norm(carried - trial.joints, axis=-1).mean() < 0.06
    assert np.abs(clip.reference.torques).max() > 30
    found = coordinate_figures(MODEL, trial, clip.nominal.coordinates)
    assert found.performed and found.mpjpe < 0.07 and found.root < 0.3
    rays = clip.evidence.rays[clip.evidence.confidence > 0]
    np.testing.assert_allclose(np.linalg.norm(rays, axis=-1), 1, atol=1e-9)

    def never(*_: object) -> None:
        raise AssertionError("made again")

    monkeypatch.setattr(policy_clips, "_make", never)
    again, _ = mocap_trials(MODEL, folder, "val", tmp_path / "cache", ("walk",))
    np.testing.assert_array_equal(again[0].joints, trial.joints)
    controlled = performed_by(trial, balancing)
    assert controlled.performed and controlled.mpjpe < 0.08
    walked = performed_by(trial, lambda clips: seeing(clips, shipped_policy().act))
    assert walked.performed and walked.phc and walked.mpjpe < 0.1
    idle = performed_by(trial, lambda clips: lambda sensed, clip, frame: np.zeros((len(clip), 43)))
    assert not idle.phc and idle.mpjpe > walked.mpjpe
