"""Left and right put back where the network exchanged them: one Viterbi path over the clip per limb pair.

A state says whether a frame is exchanged; the path minimises robust accelerations of the limbs in the
picture and in the hints' depth, so that limbs that really cross (they keep their velocity) are left alone.
"""

from dataclasses import replace
from itertools import pairwise, product

import numpy as np

from borelli.motion.observations import Track

# BlazePose indices, left then right; the two groups may be exchanged on their own.
UPPER = np.array([[11, 12], [13, 14], [15, 16], [17, 18], [19, 20], [21, 22]])
LOWER = np.array([[23, 24], [25, 26], [27, 28], [29, 30], [31, 32]])
FACE = np.array([[1, 4], [2, 5], [3, 6], [7, 8], [9, 10]])
ROBUST_SCALE = 0.15  # torso lengths per frame squared
CHANGE_COST = 0.6  # of one change between exchanged and not, in saturated accelerations
EXCHANGED_COST = 0.02  # per exchanged frame: without evidence the network is believed
DEPTH_WEIGHT = 0.5  # depth of the hints is the weaker cue
CUE_COST = 0.3  # per frame that contradicts the heel-to-toe cue
CUE_GAP_M = 0.15
MIN_CONFIDENCE = 0.3


def repair(track: Track) -> Track:
    """The track with left/right exchanges undone and `swapped` set where that happened.

    The trunk decides with the arms (facing the wrong way); legs may be exchanged alone.
    """
    seen = np.flatnonzero(track.seen)
    if track.hints is None or len(seen) < 3:
        return track
    features = _features(track, seen)
    breaks = np.flatnonzero(np.diff(seen) > 1) + 1
    upper, lower = np.zeros(len(seen), dtype=bool), np.zeros(len(seen), dtype=bool)
    cue = heel_to_toe_cue(track.hints[seen])
    bounds = [0, *breaks, len(seen)]
    for a, b in pairwise(bounds):
        upper[a:b] = _path(features[a:b][:, UPPER], np.zeros(b - a))
        lower[a:b] = _path(features[a:b][:, LOWER], cue[a:b])
    if not (upper | lower).any():
        return track
    keypoints, covariance, hints = track.keypoints.copy(), track.covariance.copy(), track.hints.copy()
    for frames, pairs in ((seen[upper], np.concatenate([UPPER, FACE])), (seen[lower], LOWER)):
        for array in (keypoints, covariance, hints):
            array[np.ix_(frames, pairs.T.ravel())] = array[np.ix_(frames, pairs[:, ::-1].T.ravel())]
    swapped = track.swapped.copy()
    swapped[seen] |= upper | lower
    return replace(track, keypoints=keypoints, covariance=covariance, hints=hints, swapped=swapped)


def heel_to_toe_cue(hints: np.ndarray) -> np.ndarray:
    """(n,) cost of not exchanging the legs: positive where the feet point against the trunk, else negative.

    Heel to toe along the trunk's forward direction is about 0.2 m in good frames and about 0 in exchanged
    ones. Zero everywhere unless the clip shows two populations more than 0.15 m apart.
    """
    hips, shoulders = hints[:, 23:25], hints[:, 11:13]
    left = (hips[:, 0] + shoulders[:, 0] - hips[:, 1] - shoulders[:, 1]) / 2
    up = (shoulders.sum(axis=1) - hips.sum(axis=1)) / 2
    forward = np.cross(left, up)
    forward /= np.maximum(np.linalg.norm(forward, axis=1, keepdims=True), 1e-9)
    along = np.einsum("nj,nj->n", (hints[:, 31:33] - hints[:, 29:31]).mean(axis=1), forward)
    near_low = _lower_cluster(along)
    if near_low.all() or not near_low.any():
        return np.zeros(len(hints))
    low, high = along[near_low].mean(), along[~near_low].mean()
    spread = along[near_low].std() + along[~near_low].std()
    if high - low < max(CUE_GAP_M, 2 * spread) or near_low.mean() > 0.5:
        return np.zeros(len(hints))
    return np.where(near_low, CUE_COST, -CUE_COST)


def _lower_cluster(values: np.ndarray) -> np.ndarray:
    """(n,) bool: nearer to the lower of two means (Lloyd's algorithm from the extremes)."""
    low, high = np.percentile(values, [5, 95])
    near_low = np.abs(values - low) < np.abs(values - high)
    for _ in range(10):
        if near_low.all() or not near_low.any():
            break
        low, high = values[near_low].mean(), values[~near_low].mean()
        near_low = np.abs(values - low) < np.abs(values - high)
    return near_low


def _features(track: Track, seen: np.ndarray) -> np.ndarray:
    """(n, K, 4): picture position and hint depth in torso lengths, and confidence as weight."""
    assert track.hints is not None
    keypoints, hints = track.keypoints[seen].astype(np.float64), track.hints[seen].astype(np.float64)
    torso = float(np.median(_torso(keypoints[..., :2])))
    torso_m = float(np.median(_torso(hints)))
    weight = np.where(keypoints[..., 2] > MIN_CONFIDENCE, keypoints[..., 2], 0.0)
    depth = DEPTH_WEIGHT * hints[..., 2] / max(torso_m, 1e-6)
    return np.concatenate(
        [keypoints[..., :2] / max(torso, 1e-6), depth[..., None], weight[..., None]], axis=-1
    )


def _torso(points: np.ndarray) -> np.ndarray:
    return np.linalg.norm(points[:, 11:13].mean(axis=1) - points[:, 23:25].mean(axis=1), axis=1)


def _path(pairs: np.ndarray, cue: np.ndarray) -> np.ndarray:
    """(n,) exchanged or not, for one run of frames.

    Args:
        pairs: (n, P, 2, 4) features of P left/right pairs.
        cue: (n,) cost of the frame if not exchanged; its negative if exchanged.

    Second-order Viterbi: the state of a frame is (exchanged before, exchanged now).
    """
    count = len(pairs)
    if count < 3:
        return np.zeros(count, dtype=bool)
    unary = np.stack([np.maximum(cue, 0), EXCHANGED_COST + np.maximum(-cue, 0)], axis=1)
    change = CHANGE_COST * (1 - np.eye(2))
    steps = _jerkiness(np.stack([pairs, pairs[:, :, ::-1]]))
    cost = unary[0][:, None] + unary[1][None, :] + change
    choice = np.zeros((count, 2, 2), dtype=np.int64)
    for t in range(2, count):
        total = cost[:, :, None] + steps[t - 2] + change[None] + unary[t]
        choice[t] = total.argmin(axis=0)
        cost = total.min(axis=0)
    before, now = np.unravel_index(int(cost.argmin()), (2, 2))
    states = [int(now), int(before)]
    for t in range(count - 1, 1, -1):
        states.append(int(choice[t, states[-1], states[-2]]))
    return np.array(states[::-1], dtype=bool)


def _jerkiness(variants: np.ndarray) -> np.ndarray:
    """(n - 2, 2, 2, 2) mean saturated acceleration in [0, 1] for the states of three successive frames.

    Args:
        variants: (2, n, P, 2, 4) features as seen and exchanged.
    """
    result = np.empty((variants.shape[1] - 2, 2, 2, 2))
    for a, b, c in product((0, 1), repeat=3):
        first, second, third = variants[a, :-2], variants[b, 1:-1], variants[c, 2:]
        acceleration = third[..., :3] - 2 * second[..., :3] + first[..., :3]
        squared = (acceleration**2).sum(axis=-1)
        weight = np.minimum(np.minimum(first[..., 3], second[..., 3]), third[..., 3])
        saturated = weight * squared / (squared + ROBUST_SCALE**2)
        result[:, a, b, c] = saturated.sum(axis=(1, 2)) / np.maximum(weight.sum(axis=(1, 2)), 1.0)
    return result
