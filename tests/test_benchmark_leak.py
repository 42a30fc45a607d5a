"""No truth reaches a prediction: with every reference array replaced by NaN it is the same to the bit."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from borelli.evaluation.benchmark.clips import balance, predict
from borelli.evaluation.benchmark.recorded import balance_scores
from borelli.evaluation.benchmark.rows import Setting
from borelli.motion.motion import Motion
from borelli.perception.models import DETECTOR, cache_dir

SHARED = Path(__file__).resolve().parents[1].parent / "shared" / "data"
VIEW = "cam03"
SECONDS = 0.25


@pytest.fixture(scope="module")
def blinded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the balance recording whose reference is NaN throughout."""
    source = SHARED / "video" / "balance"
    if not source.is_dir():
        pytest.skip("the balance recording is not beside this checkout (shared/data/video/balance)")
    if not (cache_dir() / DETECTOR.name).is_file():
        pytest.skip("the networks are not in the cache; run `borelli doctor`")
    data = tmp_path_factory.mktemp("blinded")
    folder = data / "video" / "balance"
    folder.mkdir(parents=True)
    shutil.copy(source / f"{VIEW}.mp4", folder)
    shutil.copytree(source / "calibration", folder / "calibration")
    with np.load(source / "reference_cam01_cam03.npz") as reference:
        arrays = {name: reference[name] for name in reference.files}
    # times say which frames are compared; they are no truth about the man
    hidden = {
        n: np.full_like(a, np.nan) if a.dtype.kind == "f" and n != "times" else a for n, a in arrays.items()
    }
    np.savez(folder / "reference_cam01_cam03.npz", allow_pickle=False, **hidden)
    return data


def predicted(data: Path, work: Path) -> tuple[Motion, float]:
    """Prediction of the first frames, and its PA-MPJPE."""
    setting = Setting(data, work, None, 0, quick=False, long=False)
    recording = balance(setting, VIEW)
    recording = replace(recording, run=replace(recording.run, end=SECONDS))
    motion = predict(recording, work).motions[0]
    return motion, balance_scores(motion, setting, VIEW)["pa_mpjpe_mm"]


def test_the_prediction_does_not_know_the_reference(blinded: Path, tmp_path: Path) -> None:
    seeing, score = predicted(SHARED, tmp_path / "seeing")
    blind, no_score = predicted(blinded, tmp_path / "blind")
    for name, value in vars(seeing).items():
        np.testing.assert_array_equal(value, getattr(blind, name), err_msg=name)
    assert np.isfinite(score) and np.isnan(no_score)
