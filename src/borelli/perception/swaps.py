"""Left and right put back where the network exchanged them: one Viterbi path over the clip per limb pair.

A state says whether a frame is exchanged; the path minimises robust accelerations of the limbs in the
picture and in the hints' depth, so that limbs that really cross (they keep their velocity) are left alone.
"""

from dataclasses import replace
from itertools import pairwise, product

import numpy as np

from borelli.motion.observations import Track

ARMS = ("shoulder", "elbow", "wrist", "pinky", "index", "thumb")
LEGS = ("hip", "knee", "ankle", "heel", "foot_index", "big_toe", "small_toe")
ROBUST_SCALE = 0.15  # torso lengths per frame squared
CHANGE_COST = 0.2  # of one change between exchanged and not, in saturated accelerations
EXCHANGED_COST = 0.05  # per exchanged frame: without evidence the network is believed
DEPTH_WEIGHT = 0.5  # depth of the hints is the weaker cue
CUE_COST = 0.3  # per frame that contradicts the heel-to-toe cue
CUE_GAP_M = 0.15
MIN_CONFIDENCE = 0.3


def repair(track: Track, names: tuple[str, ...]) -> Track:
    """The track with left/right exchanges undone and `swapped` set where that happened.

    The arms decide for the face and hands too (facing the wrong way); legs may be exchanged alone.

    Args:
        track: one person.
        names: (K,) keypoint names with left_ and right_ in them.
    """
    seen = np.flatnonzero(track.seen)
    arms, legs = _pairs(names, ARMS), _pairs(names, LEGS)
    trunk = [names.index(f"{side}_{part}") for part in ("shoulder", "hip") for side in ("left", "right")]
    if len(seen) < 3:
        return track
    features = _features(track, seen, trunk)
    cue = _cue(track, seen, names)
    upper, lower = np.zeros(len(seen), dtype=bool), np.zeros(len(seen), dtype=bool)
    for a, b in pairwise([0, *(np.flatnonzero(np.diff(seen) > 1) + 1), len(seen)]):
        upper[a:b] = _path(features[a:b][:, arms], np.zeros(b - a))
        lower[a:b] = _path(features[a:b][:, legs], cue[a:b])
    if not (upper | lower).any():
        return track
    every = _pairs(names, tuple(n.replace("left", "").strip("_") for n in names if "left" in n))
    others = every[~np.isin(every[:, 0], legs)]
    changed = {name: getattr(track, name).copy() for name in ("keypoints", "covariance")}
    if track.hints is not None:
        changed["hints"] = track.hints.copy()
    for frames, pairs in ((seen[upper], others), (seen[lower], legs)):
        for array in changed.values():
            array[np.ix_(frames, pairs.T.ravel())] = array[np.ix_(frames, pairs[:, ::-1].T.ravel())]
    swapped = track.swapped.copy()
    swapped[seen] |= upper | lower
    return replace(track, swapped=swapped, **changed)


def _pairs(names: tuple[str, ...], parts: tuple[str, ...]) -> np.ndarray:
    """(P, 2) indices, left then right, of the parts that the set has on both sides."""
    pairs = [
        (names.index(pattern.format("left")), names.index(pattern.format("right")))
        for part in parts
        for pattern in (f"{{}}_{part}", f"{part}_{{}}")
        if pattern.format("left") in names and pattern.format("right") in names
    ]
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def _cue(track: Track, seen: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    """Heel-to-toe cue where the track has hints of heels and toes, else zero."""
    parts = ("shoulder", "hip", "heel", "foot_index")
    pairs = _pairs(names, parts)
    if track.hints is None or len(pairs) < len(parts):
        return np.zeros(len(seen))
    return heel_to_toe_cue(track.hints[seen][:, pairs])


def heel_to_toe_cue(hints: np.ndarray) -> np.ndarray:
    """(n,) cost of not exchanging the legs: positive where the feet point against the trunk, else negative.

    Heel to toe along the trunk's forward direction is about 0.2 m in good frames and about 0 in exchanged
    ones. Zero everywhere unless the clip shows two populations more than 0.15 m apart.

    Args:
        hints: (n, 4, 2, 3) metres of shoulders, hips, heels, toes; left, right.
    """
    shoulders, hips, heels, toes = np.moveaxis(hints, 1, 0)
    left = (hips[:, 0] + shoulders[:, 0] - hips[:, 1] - shoulders[:, 1]) / 2
    up = (shoulders.sum(axis=1) - hips.sum(axis=1)) / 2
    forward = np.cross(left, up)
    forward /= np.maximum(np.linalg.norm(forward, axis=1, keepdims=True), 1e-9)
    along = np.einsum("nj,nj->n", (toes - heels).mean(axis=1), forward)
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


def _features(track: Track, seen: np.ndarray, trunk: list[int]) -> np.ndarray:
    """(n, K, 4): picture position and hint depth in torso lengths, and confidence as weight.

    `trunk` are the indices of left and right shoulder, left and right hip.
    """
    keypoints = track.keypoints[seen].astype(np.float64)
    weight = np.where(keypoints[..., 2] > MIN_CONFIDENCE, keypoints[..., 2], 0.0)
    place = np.nan_to_num(keypoints[..., :2]) / _torso(keypoints[..., :2], trunk)
    depth = np.zeros_like(weight)
    if track.hints is not None:
        hints = track.hints[seen].astype(np.float64)
        depth = DEPTH_WEIGHT * np.nan_to_num(hints[..., 2]) / _torso(hints, trunk)
    return np.concatenate([place, depth[..., None], weight[..., None]], axis=-1)


def _torso(points: np.ndarray, trunk: list[int]) -> float:
    """Median length from mid-shoulders to mid-hips over the frames where both are known; 1 if none."""
    middle = points[:, trunk].reshape(len(points), 2, 2, -1).mean(axis=2)
    lengths = np.linalg.norm(middle[:, 0] - middle[:, 1], axis=-1)
    known = lengths[np.isfinite(lengths) & (lengths > 0)]
    return float(np.median(known)) if len(known) else 1.0


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
