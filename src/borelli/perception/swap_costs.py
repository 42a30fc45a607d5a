"""Evidence about exchanges of left and right: jerky limbs, bones of wrong length, hips across shoulders.

Costs are per frame, about 1 for a limb that certainly jumps. Frames are (n,), pairs (P, 2) are indices of a
left and a right keypoint.
"""

from itertools import product

import numpy as np

from borelli.motion.observations import Track

JERK_FACTOR = 6.0  # an acceleration so many times the clip's median one counts half
JERK_RANGE = (0.06, 0.2)  # torso lengths per frame squared, bounds of that acceleration
DEPTH_WEIGHT = 0.5  # depth of the hints is the weaker cue
BONE_COST = 0.15  # per frame whose bones fit the other side's joint
BONE_TOLERANCE = 0.3  # relative error of bone length that speaks fully
SHARP = 0.1  # torso lengths
TRUNK_COST = 0.15  # per frame whose hips lie across the shoulders
CUE_COST = 0.3  # per frame that contradicts the heel-to-toe cue
CUE_GAP_M = 0.15


def features(track: Track, seen: np.ndarray, trunk: np.ndarray) -> np.ndarray:
    """(n, K, 4): picture position and hint depth in torso lengths, and confidence as weight.

    `trunk` are the pairs of shoulders and hips.
    """
    keypoints = track.keypoints[seen].astype(np.float64)
    weight = np.nan_to_num(keypoints[..., 2])
    place = np.nan_to_num(keypoints[..., :2]) / _torso(keypoints[..., :2], trunk)
    depth = np.zeros_like(weight)
    if track.hints is not None:
        hints = track.hints[seen].astype(np.float64)
        depth = DEPTH_WEIGHT * np.nan_to_num(hints[..., 2]) / _torso(hints, trunk)
    return np.concatenate([place, depth[..., None], weight[..., None]], axis=-1)


def _torso(points: np.ndarray, trunk: np.ndarray) -> float:
    """Median length from mid-shoulders to mid-hips over the frames where both are known; 1 if none."""
    middle = points[:, trunk].mean(axis=2)
    lengths = np.linalg.norm(middle[:, 0] - middle[:, 1], axis=-1)
    known = lengths[np.isfinite(lengths) & (lengths > 0)]
    return float(np.median(known)) if len(known) else 1.0


def jerk_scale(points: np.ndarray) -> float:
    """The acceleration that counts half, torso lengths per frame squared, from features (n, K, 4)."""
    acceleration = np.linalg.norm(np.diff(points[..., :2], n=2, axis=0), axis=-1)
    known = np.minimum(np.minimum(points[:-2, :, 3], points[1:-1, :, 3]), points[2:, :, 3]) > 0
    if not known.any():
        return JERK_RANGE[1]
    return float(np.clip(JERK_FACTOR * np.median(acceleration[known]), *JERK_RANGE))


def jerkiness(pairs: np.ndarray, scale: float) -> np.ndarray:
    """(n - 2, 2, 2, 2) mean saturated acceleration in [0, 1]: exchanged or not in three successive frames.

    Accelerations, not steps: feet that cross in profile keep their velocity and are left alone. A pair has
    one weight, so that exchanging never hides evidence behind a faint point.

    Args:
        pairs: (n, P, 2, 4) features of P left/right pairs.
        scale: acceleration that counts half.
    """
    variants = np.stack([pairs, pairs[:, :, ::-1]])[..., :3]
    sure = pairs[..., 3].mean(axis=2)
    weight = np.minimum(np.minimum(sure[:-2], sure[1:-1]), sure[2:])[..., None]
    total = np.maximum(2 * weight.sum(axis=(1, 2)), 1.0)
    result = np.empty((len(pairs) - 2, 2, 2, 2))
    for a, b, c in product((0, 1), repeat=3):
        acceleration = variants[c, 2:] - 2 * variants[b, 1:-1] + variants[a, :-2]
        squared = (acceleration**2).sum(axis=-1)
        result[:, a, b, c] = (weight * squared / (squared + scale**2)).sum(axis=(1, 2)) / total
    return result


def sharpness(track: Track, seen: np.ndarray, trunk: np.ndarray, joints: np.ndarray) -> np.ndarray:
    """(n,) in [0, 1]: how surely the network placed the joints; a half at a tenth of a torso length."""
    variance = np.trace(track.covariance[seen][:, joints.ravel()], axis1=2, axis2=3) / 2
    relative = (
        np.nan_to_num(variance, nan=np.inf) / (SHARP * _torso(track.keypoints[seen][..., :2], trunk)) ** 2
    )
    return (1 / (1 + relative)).mean(axis=1)


def bone_cue(near: np.ndarray, far: np.ndarray, trust: np.ndarray) -> np.ndarray:
    """(n,) cost of leaving `far` joints on their side of `near` joints, negative if they fit there better.

    Bones from near to far joint (hip to knee, shoulder to elbow) keep their clip median length when both
    ends are named alike; across the body they are too long unless the joints coincide.

    Args:
        near, far: (n, 2, 3) hints of left and right, metres.
        trust: (n,) in [0, 1].
    """
    own = np.linalg.norm(far - near, axis=-1)
    across = np.linalg.norm(far - near[:, ::-1], axis=-1)
    typical = max(float(np.nanmedian(own)), 1e-6)
    errors = [np.abs(lengths / typical - 1).mean(axis=1) for lengths in (own, across)]
    return BONE_COST * trust * np.clip(np.nan_to_num(errors[0] - errors[1]) / BONE_TOLERANCE, -1, 1)


def trunk_cue(shoulders: np.ndarray, hips: np.ndarray) -> np.ndarray:
    """(n,) cost of leaving hips with these shoulders: positive where left to right runs the other way.

    Args:
        shoulders, hips: (n, 2, 3) hints of left and right, metres.
    """
    axes = [joints[:, 0] - joints[:, 1] for joints in (shoulders, hips)]
    lengths = [np.linalg.norm(axis, axis=1) for axis in axes]
    cosine = (axes[0] * axes[1]).sum(axis=1) / np.maximum(lengths[0] * lengths[1], 1e-9)
    return -TRUNK_COST * np.nan_to_num(cosine)


def heel_to_toe_cue(hints: np.ndarray) -> np.ndarray:
    """(n,) cost of leaving the hips: positive where the feet point against the pelvis, else negative.

    Heel to toe along the pelvis's forward direction is about 0.2 m in good frames and about 0 in exchanged
    ones. Zero everywhere unless the clip shows two populations more than 0.15 m apart.

    Args:
        hints: (n, 4, 2, 3) metres of shoulders, hips, heels, toes; left, right.
    """
    shoulders, hips, heels, toes = np.moveaxis(hints, 1, 0)
    left = hips[:, 0] - hips[:, 1]
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
