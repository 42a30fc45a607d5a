"""The detector's keypoints in the two formats that other programs read: OpenPose folders and COCO results.

Pixels of the frame as displayed; (0, 0) is the centre of the top left pixel.
"""

import json
from pathlib import Path

import numpy as np

from borelli.errors import BorelliError
from borelli.motion.motion import Motion
from borelli.perception.keypoint_sets import keypoint_set

MIDPOINTS = {"neck": ("left_shoulder", "right_shoulder"), "hip": ("left_hip", "right_hip")}
"""Points that OpenPose defines as the middle of two others."""
SAME = {"left_big_toe": "left_foot_index", "right_big_toe": "right_foot_index"}
"""OpenPose's name and that of other detectors."""
PERSON_CATEGORY = 1
"""Of COCO."""


def keypoints_as(motion: Motion, set_name: str) -> np.ndarray:
    """(T, K, 3) x, y in pixels and confidence of a keypoint set; zeros where the detector has no such point.

    Raises:
        BorelliError: unknown set, or a motion without keypoints (made from markers).
    """
    if not motion.keypoint_names or not np.isfinite(motion.keypoints).any():
        raise BorelliError(
            f"person {motion.person} of {motion.video} has no keypoints; only videos and photos give them"
        )
    wanted = keypoint_set(set_name).keypoints
    result = np.stack([_track(motion, name) for name in wanted], axis=1)
    result[~np.isfinite(result).all(axis=-1)] = 0.0
    return result


def write_openpose(folder: Path, motion: Motion, set_name: str = "body25") -> None:
    """Write one `<video>_<frame>_keypoints.json` per frame; frames without the person have no people."""
    stem = Path(motion.video).stem
    for frame, points in enumerate(keypoints_as(motion, set_name)):
        person = {"person_id": [motion.person], "pose_keypoints_2d": _flat(points)}
        content = {
            "version": 1.3,
            "keypoint_set": set_name,
            "image_size": [motion.width, motion.height],
            "people": [person] if np.any(points[:, 2] > 0) else [],
        }
        (folder / f"{stem}_{frame:012d}_keypoints.json").write_text(json.dumps(content), "utf-8")


def write_coco(path: Path, motion: Motion, set_name: str = "coco17") -> None:
    """Write a list of results: `image_id` is the frame, the third number of a keypoint its confidence.

    Results, not annotations, because the visibility flag of an annotation cannot say how sure a detector is.
    """
    points = keypoints_as(motion, set_name)
    seen = points[..., 2] > 0
    results = [
        _result(motion, int(frame), points[frame], seen[frame]) for frame in np.flatnonzero(seen.any(axis=1))
    ]
    path.write_text(json.dumps(results, allow_nan=False), "utf-8")


def _result(motion: Motion, frame: int, points: np.ndarray, seen: np.ndarray) -> dict[str, object]:
    low, high = points[seen, :2].min(axis=0), points[seen, :2].max(axis=0)
    return {
        "image_id": frame,
        "category_id": PERSON_CATEGORY,
        "track_id": motion.person,
        "keypoints": _flat(points),
        "score": round(float(points[seen, 2].mean()), 4),
        "bbox": [round(float(value), 4) for value in (*low, *(high - low))],
    }


def _track(motion: Motion, name: str) -> np.ndarray:
    """(T, 3) of one point."""
    known = motion.keypoint_names
    for candidate in (name, SAME.get(name, name)):
        if candidate in known:
            return motion.keypoints[:, known.index(candidate)].astype(np.float64)
    if name in MIDPOINTS and all(end in known for end in MIDPOINTS[name]):
        ends = np.stack([motion.keypoints[:, known.index(end)] for end in MIDPOINTS[name]])
        return np.concatenate([ends[..., :2].mean(axis=0), ends[..., 2:].min(axis=0)], axis=1)
    return np.zeros((len(motion.time), 3))


def _flat(points: np.ndarray) -> list[float]:
    return [round(float(value), 4) for value in points.reshape(-1)]
