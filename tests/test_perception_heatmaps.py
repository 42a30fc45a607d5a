"""Refinement and covariance on heatmaps made by hand."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from borelli.perception.heatmaps import FLOOR_SD, SHARP_SD, refine

CROP, CELLS = 256, 64
CELL = CROP / CELLS


def heatmap(*blobs: tuple[float, float, float, float, float]) -> np.ndarray:
    """Logits (64, 64, 1) of Gaussians (x, y, sd_x, sd_y, peak) in crop pixels."""
    place = np.arange(CELLS) * CELL
    heat = np.full((CELLS, CELLS), 1e-5)
    for x, y, sx, sy, peak in blobs:
        gauss = np.exp(-((place[None, :] - x) ** 2) / (2 * sx**2) - (place[:, None] - y) ** 2 / (2 * sy**2))
        heat = np.maximum(heat, peak * gauss)
    return np.log(heat / (1 - heat))[..., None]


def test_a_sharp_peak_is_refined_and_has_the_floor_variance() -> None:
    points, covariance = refine(np.array([[102.0, 78.0]]), heatmap((100.0, 80.0, 5.0, 5.0, 0.9)), CROP)
    assert points[0] == pytest.approx([100.0, 80.0], abs=0.3)
    assert covariance[0] == pytest.approx(FLOOR_SD**2 * np.eye(2), abs=0.5)


def test_a_wide_peak_has_the_variance_that_exceeds_a_sharp_one() -> None:
    _, covariance = refine(np.array([[100.0, 80.0]]), heatmap((100.0, 80.0, 16.0, 8.0, 0.9)), CROP)
    # the tail below a quarter of the peak is cut: a Gaussian keeps 1 - ln(4)/3 of its variance there
    kept = 1 - np.log(4) * 0.25 / 0.75
    expected = np.diag(kept * np.array([16.0, 8.0]) ** 2 - SHARP_SD**2 + FLOOR_SD**2)
    assert covariance[0] == pytest.approx(expected, rel=0.1, abs=1.0)


def test_two_peaks_widen_along_the_line_between_them() -> None:
    heat = heatmap((80.0, 80.0, 5.0, 5.0, 0.8), (160.0, 80.0, 5.0, 5.0, 0.8))
    points, covariance = refine(np.array([[80.0, 80.0]]), heat, CROP)
    assert points[0] == pytest.approx([80.0, 80.0], abs=0.5)
    assert covariance[0, 0, 0] == pytest.approx(80.0**2 / 2, rel=0.05)
    assert covariance[0, 1, 1] < 2 * FLOOR_SD**2


def test_a_faint_peak_keeps_the_regressed_point_and_widens() -> None:
    faint, _ = refine(np.array([[102.0, 78.0]]), heatmap((100.0, 80.0, 5.0, 5.0, 0.2)), CROP)
    _, wide = refine(np.array([[100.0, 80.0]]), heatmap((100.0, 80.0, 5.0, 5.0, 0.2)), CROP)
    assert faint[0] == pytest.approx([102.0, 78.0])
    assert np.trace(wide[0]) > 2.5 * 2 * FLOOR_SD**2


def test_a_point_outside_the_crop_is_nearly_unknown() -> None:
    points, covariance = refine(np.array([[-30.0, 300.0]]), heatmap((100.0, 80.0, 5.0, 5.0, 0.01)), CROP)
    assert points[0] == pytest.approx([-30.0, 300.0])
    assert np.linalg.eigvalsh(covariance[0]).min() > (3 * FLOOR_SD) ** 2


def test_a_flat_heatmap_gives_a_finite_covariance() -> None:
    _, covariance = refine(np.array([[128.0, 128.0]]), np.full((CELLS, CELLS, 1), -40.0), CROP)
    assert np.isfinite(covariance).all()
    assert np.linalg.eigvalsh(covariance[0]).min() >= FLOOR_SD**2 - 1e-9


COMPILED = """
import hashlib
import numpy as np
from borelli.perception import warp
from borelli.perception.heatmaps import refine

rng = np.random.default_rng(0)
picture = rng.integers(0, 256, (240, 320, 3), dtype=np.uint8)
T = warp.square(np.array([150.0, 120.0]), 300.0, 0.3, 64)
points, logits = rng.uniform(20, 230, (33, 2)), rng.normal(-4, 3, (64, 64, 39)).astype(np.float32)
for array in (warp.crop(picture, T, (64, 64), 1 / 255, 0.0), *refine(points, logits, 256)):
    print(hashlib.sha256(array.tobytes()).hexdigest())
"""


def test_code_that_is_compiled_and_code_that_is_loaded_give_the_same_bits(tmp_path: Path) -> None:
    """The last bits decide what a tracker does next: a first run must not differ from the second."""
    said = [
        subprocess.run(
            [sys.executable, "-c", COMPILED],
            env={**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for _ in range(2)
    ]
    assert len(said[0].split()) == 3 and said[0] == said[1]


def test_logits_beyond_all_bounds_are_no_heat() -> None:
    logits = np.full((CELLS, CELLS, 1), -200.0, dtype=np.float32)
    logits[32, 20] = 200.0
    refined, covariance = refine(np.array([[20 * CELL, 32 * CELL]]), logits, CROP)
    np.testing.assert_allclose(refined[0], [20 * CELL, 32 * CELL], atol=1e-6)
    assert np.isfinite(covariance).all()
