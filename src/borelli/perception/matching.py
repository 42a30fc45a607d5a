"""Which poses are the same person: keypoint similarity, mask containment, suppression, assignment."""

import numpy as np
from scipy.optimize import linear_sum_assignment

from borelli.perception import warp
from borelli.perception.blazepose import Detection, Pose

# Nose, shoulders, elbows, wrists, hips, knees, ankles; fall-offs of COCO's object keypoint similarity
# (Ronchi & Perona 2017; cocodataset.org/#keypoints-eval), relative to the root of the person's area.
OKS_POINTS = np.array([0, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28])
OKS_SIGMAS = np.array([26, 79, 79, 72, 72, 62, 62, 107, 107, 87, 87, 89, 89]) / 1000
AREA_ROOT_PER_SIDE = 0.4  # root of a person's area over the side of the region of interest
SAME_OKS = 0.5
SAME_CONTAINMENT = 0.7
LIMB_POINTS = np.array([13, 14, 15, 16, 25, 26, 27, 28])
MASK_STRIDE = 4


def oks(a: Pose, b: Pose) -> float:
    """Object keypoint similarity in [0, 1] of two poses, at the size of the larger one."""
    area = (AREA_ROOT_PER_SIDE * max(a.side, b.side)) ** 2
    squared = ((a.keypoints - b.keypoints)[OKS_POINTS, :2] ** 2).sum(axis=1)
    return float(np.exp(-squared / (2 * area * (2 * OKS_SIGMAS) ** 2)).mean())


def containment(a: Pose, b: Pose) -> float:
    """Largest fraction of one person's mask that lies inside the other's, in [0, 1]."""
    return max(_inside(a, b), _inside(b, a))


def _inside(inner: Pose, outer: Pose) -> float:
    rows, columns = np.nonzero(inner.mask[::MASK_STRIDE, ::MASK_STRIDE])
    if len(rows) == 0:
        return 0.0
    image = warp.apply(inner.T_image_mask, np.column_stack([columns, rows]) * float(MASK_STRIDE))
    column, row = np.rint(warp.apply(warp.invert(outer.T_image_mask), image)).astype(int).T
    side = len(outer.mask)
    within = (column >= 0) & (column < side) & (row >= 0) & (row < side)
    return float(outer.mask[row[within], column[within]].sum()) / len(rows)


def rank(pose: Pose) -> float:
    """Sureness, visibility and sharpness: a region laid wrongly gives diffuse heatmaps, so a small rank."""
    spread = float(np.mean(np.linalg.det(pose.covariance) ** 0.25)) / pose.side
    return pose.score * float(pose.keypoints[:, 2].mean()) / spread


def diffuseness(pose: Pose) -> float:
    """Median standard deviation of a pose's keypoints over the side of its region of interest.

    0.008 for clear people, above 0.03 where the network sees a person in trees or furniture.
    """
    return float(np.median(np.linalg.det(pose.covariance) ** 0.25)) / pose.side


def limb_spread(pose: Pose) -> float:
    """Mean standard deviation of elbows, wrists, knees and ankles over the side of the region of interest."""
    return float(np.mean(np.linalg.det(pose.covariance[LIMB_POINTS]) ** 0.25)) / pose.side


def suppress(poses: list[Pose]) -> list[Pose]:
    """Best-ranked poses first, without those that repeat a better one (by keypoints or by mask)."""
    kept: list[Pose] = []
    for pose in sorted(poses, key=rank, reverse=True):
        if all(oks(pose, k) < SAME_OKS and containment(pose, k) < SAME_CONTAINMENT for k in kept):
            kept.append(pose)
    return kept


def merge(detections: list[Detection], overlap: float = 0.3) -> list[Detection]:
    """Weighted non-maximum suppression: detections whose boxes overlap are averaged by score."""
    remaining = sorted(detections, key=lambda d: -d.score)
    merged = []
    while remaining:
        best = remaining[0]
        same = _box_overlap(best.box, np.array([d.box for d in remaining])) > overlap
        same[0] = True  # a box without area overlaps nothing, not even itself
        group = [d for d, s in zip(remaining, same, strict=True) if s]
        weights = np.array([d.score for d in group])
        box = np.average([d.box for d in group], axis=0, weights=weights)
        axis = np.average([d.axis for d in group], axis=0, weights=weights)
        merged.append(Detection(best.score, box, axis))
        remaining = [d for d, s in zip(remaining, same, strict=True) if not s]
    return merged


def _box_overlap(box: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Intersection over union of one box (4,) with boxes (n, 4)."""
    sides = np.minimum(boxes[:, 2:], box[2:]) - np.maximum(boxes[:, :2], box[:2])
    shared = np.prod(np.maximum(sides, 0), axis=1)
    areas = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    return shared / np.maximum(areas + np.prod(box[2:] - box[:2]) - shared, 1e-9)


def assign(cost: np.ndarray, limit: float) -> list[tuple[int, int]]:
    """Pairs (row, column) of the cheapest one-to-one assignment, without pairs dearer than `limit`."""
    if cost.size == 0:
        return []
    rows, columns = linear_sum_assignment(np.minimum(cost, limit * 1e3 + 1e3))
    return [(int(r), int(c)) for r, c in zip(rows, columns, strict=True) if cost[r, c] <= limit]
