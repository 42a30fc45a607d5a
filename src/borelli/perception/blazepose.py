"""BlazePose on LiteRT: a person detector and a landmark network, without the mediapipe graph.

Source of the networks and of their decoding: Bazarevsky et al. 2020, BlazePose: On-device Real-time Body
Pose Tracking; GHUM 3D world landmarks: Grishchenko et al. 2022; model cards of MediaPipe Pose (full).
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from scipy.special import expit

from borelli.perception import warp
from borelli.perception.heatmaps import refine
from borelli.perception.models import DETECTOR, LANDMARKER, fetch

DETECTOR_SIDE, LANDMARK_SIDE = 224, 256
KEYPOINTS = 33
REGION_SCALE = 2.5  # side of the region of interest over the distance from hip to circle point
MASK_SIDE = 128
SURE_SD, DOUBTED_SD = 4.0, 15.0  # crop pixels: where spread begins to cost confidence, by how much it halves
EDGE_TO_CENTRE = -0.5  # the networks put 0 on the left edge of the first pixel, we on its centre


@dataclass(frozen=True)
class Detection:
    """A person found by the detector, in image pixels."""

    score: float
    box: np.ndarray
    """(4,): x0, y0, x1, y1 of the upper body."""
    axis: np.ndarray
    """(2, 2): mid-hip, and a point on the circle around the person, in the direction of the head."""


@dataclass(frozen=True)
class Pose:
    """What the landmark network says about one person in one frame."""

    score: float
    """Probability that the region holds a person."""
    keypoints: np.ndarray
    """(33, 3): x, y in image pixels and confidence (visible, present and sharp) in [0, 1]."""
    covariance: np.ndarray
    """(33, 2, 2): image pixels squared, at least 1 along every direction."""
    hints: np.ndarray
    """(33, 3): metres, camera axes of a crop seen head-on, relative to the mid-hip."""
    mask: np.ndarray
    """(M, M) bool: person mask on a grid over the region of interest."""
    T_image_mask: np.ndarray
    """(2, 3): mask grid coordinates (column, row) to image pixels."""
    axis: np.ndarray
    """(2, 2): mid-hip and circle point that place the next region of interest."""
    colours: np.ndarray
    """(B,): square roots of a colour histogram inside the mask; unit length, or zero if no mask."""

    @property
    def side(self) -> float:
        """Side of the region of interest in image pixels."""
        return float(np.sqrt(abs(np.linalg.det(self.T_image_mask[:, :2])))) * len(self.mask)


class BlazePose:
    """The two loaded networks. Not shared between threads."""

    def __init__(self, models_dir: Path | None = None, threads: int = 2) -> None:
        """Load the networks, fetching them at the first use; raises BorelliError when they cannot be had."""
        self._detector = _Network(fetch(DETECTOR, models_dir), threads)
        self._landmarker = _Network(fetch(LANDMARKER, models_dir), threads)
        self._anchors = detector_anchors()

    def detect(self, image: np.ndarray, corner: np.ndarray, side: float, minimum: float) -> list[Detection]:
        """People inside a square window of the image; parts outside the picture are black.

        Args:
            image: (H, W, 3) uint8 RGB.
            corner: (2,) centre of the window's top-left pixel.
            side: image pixels.
            minimum: smallest score of a detection.
        """
        T_image_crop = warp.square(corner + (side - 1) / 2, side, 0.0, DETECTOR_SIDE)
        outputs = self._detector(
            warp.crop(image, T_image_crop, (DETECTOR_SIDE, DETECTOR_SIDE), 1 / 127.5, -1.0)
        )
        scores = expit(outputs[(len(self._anchors), 1)][:, 0])
        keep = scores > minimum
        values = outputs[(len(self._anchors), 12)][keep].reshape(-1, 6, 2).astype(np.float64)
        values[:, [0, 2, 3, 4, 5]] += self._anchors[keep][:, None] * DETECTOR_SIDE
        points = warp.apply(T_image_crop, values[:, [0, 2, 3]] + EDGE_TO_CENTRE)
        half = values[:, 1] * side / DETECTOR_SIDE / 2
        boxes = np.concatenate([points[:, 0] - half, points[:, 0] + half], axis=1)
        return [
            Detection(float(score), box, axis[1:])
            for score, box, axis in zip(scores[keep], boxes, points, strict=True)
        ]

    def pose(self, image: np.ndarray, axis: np.ndarray) -> Pose:
        """Landmarks in the rotated square that mid-hip and circle point span (2, 2), image pixels."""
        along = axis[1] - axis[0]
        side = REGION_SCALE * float(np.hypot(*along))
        angle = float(np.arctan2(along[0], -along[1]))
        T_image_crop = warp.square(axis[0], side, angle, LANDMARK_SIDE)
        picture = warp.crop(image, T_image_crop, (LANDMARK_SIDE, LANDMARK_SIDE), 1 / 255, 0.0)
        return _decode(self._landmarker(picture), picture, T_image_crop, angle, image.shape)


class _Network:
    """A tflite model with outputs found by shape, as their order differs between converters."""

    def __init__(self, path: Path, threads: int) -> None:
        self._interpreter = Interpreter(model_path=str(path), num_threads=threads)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._outputs = [detail["index"] for detail in self._interpreter.get_output_details()]

    def __call__(self, picture: np.ndarray) -> dict[tuple[int, ...], np.ndarray]:
        """Outputs for a float32 picture (h, w, 3), keyed by their shape without the batch axis."""
        self._interpreter.set_tensor(self._input, picture[None])
        self._interpreter.invoke()
        outputs = [self._interpreter.get_tensor(index)[0] for index in self._outputs]
        return {output.shape: output for output in outputs}


def detector_anchors() -> np.ndarray:
    """(2254, 2) anchor centres in [0, 1], row by row: grids of 28 and 14 with two each, 7 with six."""
    grids = []
    for size, repeats in ((28, 2), (14, 2), (7, 6)):
        centres = (np.arange(size) + 0.5) / size
        grid = np.stack(np.meshgrid(centres, centres), axis=-1).reshape(-1, 2)
        grids.append(np.repeat(grid, repeats, axis=0))
    return np.concatenate(grids)


def _decode(
    outputs: dict[tuple[int, ...], np.ndarray],
    picture: np.ndarray,
    T_image_crop: np.ndarray,
    angle: float,
    shape: tuple[int, ...],
) -> Pose:
    table = outputs[(195,)].reshape(39, 5)
    points, covariance = refine(table[: KEYPOINTS + 2, :2], outputs[(64, 64, 39)], LANDMARK_SIDE)
    pixels = warp.apply(T_image_crop, points + EDGE_TO_CENTRE)
    inside = ((pixels[:KEYPOINTS] > -0.5) & (pixels[:KEYPOINTS] < np.array(shape[1::-1]) - 0.5)).all(axis=1)
    confidence = expit(table[:KEYPOINTS, 3]) * expit(table[:KEYPOINTS, 4]) * inside * _certainty(covariance)
    linear = T_image_crop[:, :2]
    hints = outputs[(117,)].reshape(39, 3)[:KEYPOINTS].astype(np.float64)
    c, s = np.cos(angle), np.sin(angle)
    hints[:, :2] = hints[:, :2] @ np.array([[c, s], [-s, c]])
    step = LANDMARK_SIDE // MASK_SIDE
    mask = outputs[(LANDMARK_SIDE, LANDMARK_SIDE, 1)][::step, ::step, 0] > 0
    return Pose(
        score=float(outputs[(1,)][0]),
        keypoints=np.column_stack([pixels[:KEYPOINTS], confidence]),
        covariance=linear @ covariance[:KEYPOINTS] @ linear.T + np.eye(2),
        hints=hints,
        mask=mask,
        T_image_mask=np.column_stack([linear * step, T_image_crop[:, 2]]),
        axis=pixels[KEYPOINTS : KEYPOINTS + 2],
        colours=_colours(picture[::step, ::step][mask]),
    )


def _certainty(covariance: np.ndarray) -> np.ndarray:
    """(33,) in [0, 1]: below 1 where the heat is spread.

    The network squeezes limbs that leave the picture into it and still calls them visible; only their heat
    is spread then.
    """
    sd = np.sqrt(np.trace(covariance[:KEYPOINTS], axis1=1, axis2=2) / 2)
    return 1 / (1 + (np.maximum(sd - SURE_SD, 0) / DOUBTED_SD) ** 2)


def _colours(pixels: np.ndarray) -> np.ndarray:
    """Square-root histogram (64,) of RGB pixels (n, 3) in [0, 1], four levels per channel."""
    levels = np.minimum((pixels * 4).astype(np.int64), 3)
    histogram = np.bincount(levels @ np.array([16, 4, 1]), minlength=64)
    return np.sqrt(histogram / max(histogram.sum(), 1))
