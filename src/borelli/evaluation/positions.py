"""Position errors of joints and keypoints. Metres in, metres out, unless a docstring says otherwise.

Missing points are NaN; means run over what is present in both, so report the coverage beside them.
"""

import numpy as np

from borelli.geometry.alignment import Similarity, align, align_clip


def mean_finite(values: np.ndarray) -> float:
    """Mean over finite entries; NaN when there are none."""
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if finite.size else float("nan")


def joint_errors(prediction: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Distances (T, J) between joints (T, J, 3); NaN where either is missing."""
    return np.linalg.norm(prediction - truth, axis=-1)


def centred(joints: np.ndarray, root: tuple[int, ...]) -> np.ndarray:
    """Joints (T, J, 3) relative to the mean of the root joints, for instance both hips."""
    return joints - joints[:, list(root)].mean(axis=1, keepdims=True)


def mpjpe(prediction: np.ndarray, truth: np.ndarray, root: tuple[int, ...] | None) -> float:
    """Mean distance over frames and joints (T, J, 3), root removed in each frame; absolute without root."""
    if root is None:
        return mean_finite(joint_errors(prediction, truth))
    return mean_finite(joint_errors(centred(prediction, root), centred(truth, root)))


def pa_errors(prediction: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Distances (T, J) after the best similarity, scale included, of each frame."""
    return joint_errors(align(prediction, truth, scale=True).apply(prediction), truth)


def pa_mpjpe(prediction: np.ndarray, truth: np.ndarray) -> float:
    """Mean distance after a similarity alignment of each frame of joints (T, J, 3)."""
    return mean_finite(pa_errors(prediction, truth))


def w_mpjpe(prediction: np.ndarray, truth: np.ndarray, chunk: int = 100) -> float:
    """World error of joints (T, J, 3): each chunk of frames aligned by a similarity of its first two.

    Source: Shin et al., WHAM, CVPR 2024, and Shen et al., GVHMR, SIGGRAPH Asia 2024.
    """
    return _chunked(prediction, truth, chunk, lead=2)


def wa_mpjpe(prediction: np.ndarray, truth: np.ndarray, chunk: int = 100) -> float:
    """World error of joints (T, J, 3): each chunk of frames aligned by a similarity of the whole chunk."""
    return _chunked(prediction, truth, chunk, lead=chunk)


def _chunked(prediction: np.ndarray, truth: np.ndarray, chunk: int, lead: int) -> float:
    errors = []
    for start in range(0, len(prediction), chunk):
        a, b = prediction[start : start + chunk], truth[start : start + chunk]
        found = align_clip(a[:lead], b[:lead], scale=True)
        errors.append(joint_errors(_apply_clip(found, a), b))
    return mean_finite(np.concatenate(errors)) if errors else float("nan")


def _apply_clip(similarity: Similarity, joints: np.ndarray) -> np.ndarray:
    return similarity.apply(joints.reshape(-1, 3)).reshape(joints.shape)


def rte_percent(prediction_root: np.ndarray, truth_root: np.ndarray) -> float:
    """Root trajectory error: mean error of roots (T, 3) after one rigid alignment, in % of the path length.

    Source: Shin et al., WHAM, CVPR 2024. NaN when the true root does not move.
    """
    aligned = align(prediction_root, truth_root, scale=False).apply(prediction_root)
    path = np.nansum(np.linalg.norm(np.diff(truth_root, axis=0), axis=-1))
    if path == 0:
        return float("nan")
    return 100.0 * mean_finite(np.linalg.norm(aligned - truth_root, axis=-1)) / float(path)


def pck(
    prediction: np.ndarray, truth: np.ndarray, confidence: np.ndarray, box: np.ndarray, threshold: float
) -> float:
    """Share of keypoints (N, K, 2) within `threshold` times the longest box side (N,), in pixels.

    Only true keypoints with confidence (N, K) above 0.5 count; accuracy is taken per keypoint, then
    averaged over keypoints. A missing prediction is a miss.
    Source: Xia et al., HSMR, CVPR 2025 (released code).
    """
    counted = confidence > 0.5
    distance = np.linalg.norm(prediction - truth, axis=-1) / box[:, None]
    hits = np.sum((distance < threshold) & counted, axis=0)
    seen = counted.sum(axis=0)
    return mean_finite(hits[seen > 0] / seen[seen > 0])
