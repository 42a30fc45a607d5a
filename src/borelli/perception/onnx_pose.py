"""Keypoints from the user's own ONNX network: SimCC (RTMPose, RTMW, DWPose) or heatmaps (ViTPose, HRNet).

BlazePose finds and follows the people; this network re-measures each of them in an upright box.
SimCC decoding: Li et al. 2022, SimCC: a Simple Coordinate Classification Perspective for Human Pose
Estimation. Input normalisation: ImageNet mean and standard deviation, RGB, as in MMPose.
"""

from pathlib import Path

import numpy as np
import onnxruntime

from borelli.errors import BorelliError
from borelli.perception import warp
from borelli.perception.blazepose import Pose

MEAN, DEVIATION = np.array([123.675, 116.28, 103.53]), np.array([58.395, 57.12, 57.375])
BOX_PADDING = 1.25
BACKGROUND = 0.25  # responses below this share of the peak are background
SHARP_SD = 3.0  # input pixels: spread of the response to a keypoint that the network is sure of
FLOOR_SD = 1.5  # input pixels: error that remains then
FAINT_SCORE = 0.6  # a lower score widens in proportion


class OnnxPose:
    """A loaded network with input (N, 3, H, W)."""

    def __init__(self, path: Path, threads: int = 2) -> None:
        """Load a network.

        Raises:
            BorelliError: the file is missing, not a network, or not of a known shape.
        """
        if not path.exists():
            raise BorelliError(f"keypoint network {path} does not exist; give an .onnx file")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        try:
            self._session = onnxruntime.InferenceSession(
                str(path), options, providers=onnxruntime.get_available_providers()
            )
        except Exception as error:  # onnxruntime raises its own, undocumented types
            raise BorelliError(f"{path} is not a network that onnxruntime can load ({error})") from error
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        shape = inputs[0].shape
        if len(inputs) != 1 or len(shape) != 4 or not all(isinstance(n, int) for n in shape[2:]):
            raise BorelliError(f"{path} takes {shape}; a pose network with input (N, 3, H, W) is needed")
        if len(outputs) not in (1, 2):
            raise BorelliError(
                f"{path} has {len(outputs)} outputs; one (heatmaps) or two (SimCC x and y) are needed"
            )
        self._path, self._input = path, inputs[0].name
        self._size = int(shape[3]), int(shape[2])

    def measure(self, image: np.ndarray, pose: Pose) -> tuple[np.ndarray, np.ndarray]:
        """Keypoints (K, 3) and covariances (K, 2, 2), image pixels, of the person BlazePose found.

        Raises:
            BorelliError: the outputs have unknown shapes.
        """
        T_image_crop = upright_box(pose.keypoints, self._size)
        picture = warp.crop(image, T_image_crop, self._size, 1.0, 0.0)
        tensor = ((picture - MEAN) / DEVIATION).astype(np.float32).transpose(2, 0, 1)[None]
        outputs = [np.asarray(output)[0] for output in self._session.run(None, {self._input: tensor})]
        points, scores, variance = self._decode(outputs)
        pixels = warp.apply(T_image_crop, points)
        inside = ((pixels > -0.5) & (pixels < np.array(image.shape[1::-1]) - 0.5)).all(axis=1)
        zoom = abs(np.linalg.det(T_image_crop[:, :2]))
        faint = np.maximum(FAINT_SCORE / np.maximum(scores, 0.05), 1.0)
        variance = (np.maximum(variance - SHARP_SD**2, 0.0) + FLOOR_SD**2) * faint[:, None] * zoom + 1.0
        keypoints = np.column_stack([pixels, np.clip(scores, 0.0, 1.0) * inside])
        return keypoints, variance[:, :, None] * np.eye(2)

    def _decode(self, outputs: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        if len(outputs) == 2 and all(output.ndim == 2 for output in outputs):
            return decode_simcc(outputs[0], outputs[1], self._size)
        if len(outputs) == 1 and outputs[0].ndim == 3:
            return decode_heatmaps(outputs[0], self._size)
        shapes = [output.shape for output in outputs]
        raise BorelliError(
            f"{self._path} gives outputs {shapes} per person; valid: two (K, bins) or one (K, h, w)"
        )


def decode_simcc(
    x: np.ndarray, y: np.ndarray, size: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points (K, 2) in crop pixels, scores (K,), variances (K, 2) from responses (K, bins) per axis."""
    axes = [_decode_axis(values.astype(np.float64), side) for values, side in zip((x, y), size, strict=True)]
    points, variance = (np.column_stack([axis[i] for axis in axes]) for i in (0, 1))
    return points, np.minimum(x.max(axis=1), y.max(axis=1)).astype(np.float64), variance


def _decode_axis(values: np.ndarray, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Place of the peak and variance about it, in crop pixels, of responses (K, bins)."""
    step = side / values.shape[1]
    place = values.argmax(axis=1) * step
    peak = values.max(axis=1, keepdims=True)
    weight = np.where(values > np.maximum(BACKGROUND * peak, 0.0), values, 0.0)
    distance = np.arange(values.shape[1]) * step - place[:, None]
    return place, (weight * distance**2).sum(axis=1) / np.maximum(weight.sum(axis=1), 1e-9)


def decode_heatmaps(heat: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """As `decode_simcc`, from heatmaps (K, h, w) in [0, 1]; the peak is refined below a cell."""
    count, rows, columns = heat.shape
    step = np.array([size[0] / columns, size[1] / rows])
    row, column = np.unravel_index(heat.reshape(count, -1).argmax(axis=1), (rows, columns))
    grid = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), axis=-1)
    peak = np.column_stack([column, row])
    scores = heat.reshape(count, -1).max(axis=1).astype(np.float64)
    offset = grid[None] - peak[:, None, None]
    mean = _between_cells(heat, row, column)
    strong = np.where(heat > BACKGROUND * scores[:, None, None], np.maximum(heat, 0), 0)
    spread = (strong[..., None] * (offset - mean[:, None, None]) ** 2).sum(axis=(1, 2))
    variance = spread / np.maximum(strong.sum(axis=(1, 2)), 1e-9)[:, None] * step**2
    return (peak + mean + 0.5) * step - 0.5, scores, variance


def _between_cells(heat: np.ndarray, row: np.ndarray, column: np.ndarray) -> np.ndarray:
    """(K, 2) offset of the peak from its cell, by a parabola through the logarithms of its neighbours.

    Exact for a Gaussian (Zhang et al. 2020, Distribution-Aware Coordinate Representation).
    """
    count, rows, columns = heat.shape
    logs = np.log(np.maximum(heat, 1e-6))
    every, offsets = np.arange(count), []
    for dr, dc, inside in (
        (0, 1, (column > 0) & (column < columns - 1)),
        (1, 0, (row > 0) & (row < rows - 1)),
    ):
        before = logs[every, np.maximum(row - dr, 0), np.maximum(column - dc, 0)]
        after = logs[every, np.minimum(row + dr, rows - 1), np.minimum(column + dc, columns - 1)]
        curvature = before + after - 2 * logs[every, row, column]
        offset = 0.5 * (before - after) / np.minimum(curvature, -1e-6)
        offsets.append(np.where(inside, np.clip(offset, -0.5, 0.5), 0.0))
    return np.column_stack(offsets)


def upright_box(keypoints: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """T_image_crop (2, 3) of the padded box around keypoints (K, 3), widened to the network's proportions."""
    points = keypoints[keypoints[:, 2] > 0, :2] if (keypoints[:, 2] > 0).any() else keypoints[:, :2]
    low, high = points.min(axis=0), points.max(axis=0)
    scale = float(np.max((high - low) * BOX_PADDING / np.array(size)))
    centre = (low + high) / 2
    return np.column_stack([np.eye(2) * scale, centre - scale * (np.array(size) - 1) / 2])
