"""Keypoints that other software has written: OpenPose folders, COCO and AlphaPose lists, MMPose files.

Sports2D and Pose2Sim write OpenPose folders. Coordinates must be pixels of the frame as displayed; these
formats number their frames and know no timestamps.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from borelli.errors import BorelliError
from borelli.motion.observations import Observations
from borelli.perception.file_tracks import tracks_of
from borelli.perception.set_choice import set_of
from borelli.video import VideoInfo

NOT_LABELLED, LABELLED_HIDDEN = 0.0, 1.0
ESTIMATE_SLACK = 0.05
HIDDEN_CONFIDENCE = 0.5  # COCO: labelled but not visible
FORMATS = (
    "an OpenPose folder (*_keypoints.json with people[].pose_keypoints_2d), a COCO or AlphaPose list "
    "(image_id, keypoints), or an MMPose file (instance_info)"
)


@dataclass(frozen=True)
class FilePerson:
    """One person in one frame of a file."""

    keypoints: np.ndarray
    """(K, 3): x, y in pixels, confidence in [0, 1]; confidence 0 where the file has no point."""
    identity: int | None
    """The file's own identity, if it has one."""


def observe_files(
    path: Path, info: VideoInfo, times: np.ndarray | None = None, keypoint_set: str = ""
) -> Observations:
    """Observations from keypoint files.

    Args:
        path: folder of OpenPose JSON, or one JSON file.
        info: the video they belong to: size, and rate if `times` is None.
        times: (N,) seconds of the video's frames; frame n of the files is times[n].
        keypoint_set: its name; by default chosen by the number of keypoints.

    Raises:
        BorelliError: nothing readable, no people, an unknown set, or more frames than the video has.
    """
    path = Path(path)
    frames = _read(path)
    counts = {len(person.keypoints) for people in frames.values() for person in people}
    if not counts:
        raise BorelliError(f"{path} holds no people; check that it is the right file")
    if len(counts) > 1:
        raise BorelliError(f"{path} mixes people with {sorted(counts)} keypoints; one set per file is needed")
    chosen = set_of(counts.pop(), keypoint_set)
    last = max(frames)
    if times is None:
        spare = ESTIMATE_SLACK * info.frame_count + 2  # the container's count is an estimate
        count = last + 1 if info.frame_count <= last < info.frame_count + spare else info.frame_count
        times = np.arange(count) / (info.fps or 30.0)
    if last >= len(times):
        raise BorelliError(f"{path} has a frame {last}, the video {len(times)} frames; are they of one clip?")
    tracks = tracks_of([frames.get(index, []) for index in range(len(times))], chosen.keypoints)
    return Observations(times, info.width, info.height, chosen.name, tracks)


def _read(path: Path) -> dict[int, list[FilePerson]]:
    """People per frame index."""
    if path.is_dir():
        files = sorted(path.glob("*.json"), key=_number)
        if not files:
            raise BorelliError(f"{path} holds no .json files; give {FORMATS}")
        first = _number(files[0])
        return {_number(file) - first: _openpose(_load(file), file) for file in files}
    if not path.exists():
        raise BorelliError(f"{path} does not exist; give {FORMATS}")
    content = _load(path)
    try:
        if isinstance(content, dict) and "instance_info" in content:
            return _mmpose(content)
        if isinstance(content, dict) and "annotations" in content:
            return _coco(content["annotations"], _image_order(content), _flag_confidence)
        if isinstance(content, list):
            return _coco(content, {}, _clipped)
        if isinstance(content, dict) and "people" in content:
            return {0: _openpose(content, path)}
    except (KeyError, TypeError, ValueError) as error:
        raise BorelliError(f"{path} has an entry that cannot be read ({error!r}); give {FORMATS}") from error
    raise BorelliError(f"{path} is of no known keypoint format; give {FORMATS}")


def _load(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except (ValueError, OSError) as error:
        raise BorelliError(f"{path} is not readable JSON ({error}); give {FORMATS}") from error


def _number(path: Path) -> int:
    """Last number in a file name, e.g. 12 of clip1_000000000012_keypoints.json."""
    numbers = re.findall(r"\d+", path.stem)
    if not numbers:
        raise BorelliError(
            f"{path} has no frame number in its name; expected e.g. clip_000000000012_keypoints.json"
        )
    return int(numbers[-1])


def _openpose(content: Any, path: Path) -> list[FilePerson]:
    try:
        return [
            FilePerson(_clipped(np.reshape(entry["pose_keypoints_2d"], (-1, 3))), _openpose_id(entry))
            for entry in content["people"]
            if len(entry["pose_keypoints_2d"])
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise BorelliError(f"{path} is not an OpenPose file ({error!r}); give {FORMATS}") from error


def _openpose_id(entry: dict[str, Any]) -> int | None:
    value = np.ravel(entry.get("person_id", -1))
    return int(value[0]) if len(value) and int(value[0]) >= 0 else None


def _coco(
    annotations: list[dict[str, Any]], order: dict[Any, int], confidence: Callable[[np.ndarray], np.ndarray]
) -> dict[int, list[FilePerson]]:
    """People per frame; image ids are frame numbers unless `order` says otherwise."""
    frames: dict[int, list[FilePerson]] = {}
    for entry in annotations:
        image = entry["image_id"]
        index = order[image] if order else _image_number(image)
        points = np.reshape(np.asarray(entry["keypoints"], dtype=np.float64), (-1, 3))
        identity = next((entry[key] for key in ("track_id", "idx") if key in entry), None)
        identity = int(np.ravel(identity)[0]) if identity is not None else None
        frames.setdefault(index, []).append(FilePerson(confidence(points), identity))
    return frames


def _image_number(image: Any) -> int:
    """Frame index of an image id: a number, or a file name with one."""
    return _number(Path(image)) if isinstance(image, str) else int(image)


def _image_order(content: dict[str, Any]) -> dict[Any, int]:
    """Frame index of each image id: images in order of their file names."""
    images = sorted(content.get("images", []), key=lambda image: str(image.get("file_name", image["id"])))
    return {image["id"]: index for index, image in enumerate(images)}


def _mmpose(content: dict[str, Any]) -> dict[int, list[FilePerson]]:
    """MMPose counts frames from 1."""
    frames: dict[int, list[FilePerson]] = {}
    for place, frame in enumerate(content["instance_info"]):
        people = [
            FilePerson(
                _clipped(np.column_stack([np.asarray(one["keypoints"])[:, :2], one["keypoint_scores"]])),
                int(one["track_id"]) if int(one.get("track_id", -1)) >= 0 else None,
            )
            for one in frame["instances"]
        ]
        frames[int(frame.get("frame_id", place + 1)) - 1] = people
    return frames


def _clipped(points: np.ndarray) -> np.ndarray:
    """Scores limited to [0, 1]; points at exactly (0, 0) or not finite are absent."""
    points = np.array(points, dtype=np.float64)
    absent = ~np.isfinite(points).all(axis=1) | (points[:, :2] == 0).all(axis=1)
    points[absent] = 0.0
    points[:, 2] = np.clip(points[:, 2], 0.0, 1.0)
    return points


def _flag_confidence(points: np.ndarray) -> np.ndarray:
    """COCO ground truth: 0 not labelled, 1 labelled but hidden, 2 visible."""
    flags = points[:, 2]
    confidence = np.select([flags == NOT_LABELLED, flags == LABELLED_HIDDEN], [0.0, HIDDEN_CONFIDENCE], 1.0)
    return _clipped(np.column_stack([points[:, :2], confidence]))
