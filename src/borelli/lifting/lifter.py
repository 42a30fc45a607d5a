"""Run the lifter over a whole track: overlapping windows, as seen and mirrored, averaged into one guess."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np
import onnxruntime

from borelli.body.skeleton import skeleton
from borelli.errors import BorelliError
from borelli.lifting.bones import BONES
from borelli.lifting.codes import decode, rotation_of_six, slots
from borelli.lifting.guess import Guess
from borelli.lifting.layout import HINGES, LENGTHS, OUTPUTS, PLACES
from borelli.lifting.mirror import answer_mirror, feature_mirror
from borelli.lifting.rays import FEATURES, SLOTS, Window, window

RATE = 15.0
"""Frames per second at which a window looks; faster video is seen as several interleaved tracks."""
SHIPPED = Path(str(files("borelli.lifting").joinpath("lifter.onnx")))
AT_ONCE = 64
"""Windows that the network sees together."""
SOME = 1e-6
"""Weight of a frame that any window is about."""
_PELVIS = slots()[0].columns


@dataclass(frozen=True)
class Lifter:
    """A network ready to run."""

    session: onnxruntime.InferenceSession
    frames: int
    """Of a window."""
    inflation: dict[str, float]
    """Factor on each kind of stated deviation that makes its 90 % intervals hold on validation data."""


@cache
def shipped_lifter() -> Lifter:
    """The network that comes with the package."""
    return load_lifter(SHIPPED)


def load_lifter(path: Path) -> Lifter:
    """Read a network made by `borelli train lifter`. Raises BorelliError for any other file."""
    if not Path(path).is_file():
        raise BorelliError(f"{path}: no such lifter; `borelli train lifter` makes one")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        meta = session.get_modelmeta().custom_metadata_map
        inputs, outputs = session.get_inputs()[0], session.get_outputs()[0]
        sizes = (int(inputs.shape[2]), int(outputs.shape[2]))
        found = Lifter(session, int(inputs.shape[1]), json.loads(meta["inflation"]))
    except Exception as error:
        raise BorelliError(
            f"{path} is not a lifter of this program ({str(error).splitlines()[0]}); "
            "weights of other networks need their name, --lifter hsmr, hmr2 or skelcf"
        ) from error
    if sizes != (FEATURES, OUTPUTS):
        raise BorelliError(
            f"{path} is a lifter of another version: it maps {sizes[0]} numbers to {sizes[1]}, "
            f"expected {FEATURES} to {OUTPUTS}; train it again"
        )
    return found


def lift(
    lifter: Lifter,
    names: tuple[str, ...],
    times: np.ndarray,
    image: np.ndarray,
    confidence: np.ndarray,
    covariance: np.ndarray,
    up_camera: np.ndarray | None,
) -> Guess | None:
    """A guess of the motion behind one track; None when nothing was seen.

    Args:
        lifter: the network.
        names: (M,) keypoint names; those without a slot are ignored.
        times: (T,) seconds.
        image: (T, M, 2) undistorted image coordinates at depth 1.
        confidence: (T, M), 0 where not seen.
        covariance: (T, M, 2, 2) image coordinates squared.
        up_camera: (3,) against gravity in camera axes, when the camera's pose is known.
    """
    known = np.array([i for i, name in enumerate(names) if name in SLOTS], dtype=np.int64)
    places = np.array([SLOTS.index(names[i]) for i in known], dtype=np.int64)
    sd = np.sqrt(np.trace(covariance, axis1=-2, axis2=-1) / 2)
    gap = float(np.median(np.diff(times))) if len(times) > 1 else 1 / RATE
    stride = max(1, round(1 / (RATE * gap)))
    looked: list[_Look] = []
    total, weight = np.zeros((len(times), OUTPUTS + 3)), np.full((len(times), 1), 1e-9)
    for run in _runs(len(times), stride, lifter.frames):
        padded = np.pad(run, (0, lifter.frames - len(run)), mode="edge")
        there = (np.arange(lifter.frames) < len(run))[:, None]
        seen = window(
            places,
            image[np.ix_(padded, known)],
            confidence[np.ix_(padded, known)] * there,
            sd[np.ix_(padded, known)],
            up_camera,
            gap * stride,
        )
        if seen is not None:
            looked.append(_Look(run, seen))
        if len(looked) == AT_ONCE:
            _add(lifter, looked, total, weight)
            looked.clear()
    if looked:
        _add(lifter, looked, total, weight)
    return None if weight.max() < SOME else _guess(lifter, _averaged(total, weight))


def _runs(frames: int, stride: int, length: int) -> list[np.ndarray]:
    """Frames of every window: interleaved tracks, each covered by windows that overlap by half."""
    runs = []
    for first in range(min(stride, frames)):
        track = np.arange(first, frames, stride)
        starts = list(range(0, max(len(track) - length, 0) + 1, length // 2))
        if starts[-1] + length < len(track):
            starts.append(len(track) - length)
        runs += [track[a : a + length] for a in starts]
    return runs


@dataclass(frozen=True)
class _Look:
    """A window, and which frames of the clip it is about."""

    run: np.ndarray
    seen: Window


def _answers(lifter: Lifter, looked: list[_Look]) -> np.ndarray:
    """(N, frames, OUTPUTS) of every window, averaged with those of its mirror image."""
    features = np.stack([look.seen.features for look in looked])
    columns, sign = feature_mirror()
    mirrored = (features[..., columns] * sign).astype(np.float32)
    straight, reflected = _run(lifter, features), _run(lifter, mirrored)
    columns, sign = answer_mirror()
    return (straight + reflected[..., columns] * sign) / 2


def _run(lifter: Lifter, features: np.ndarray) -> np.ndarray:
    return np.asarray(lifter.session.run(["answers"], {"features": features})[0], dtype=np.float64)


@dataclass(frozen=True)
class _Mean:
    """Answers averaged over windows, in camera axes."""

    answers: np.ndarray
    """(T, OUTPUTS); the pelvis' code, velocity and up in camera axes."""
    pelvis: np.ndarray
    """(T, 3) metres at scale 1."""


def _add(lifter: Lifter, looked: list[_Look], total: np.ndarray, weight: np.ndarray) -> None:
    """Add the answers about some windows, weighted by trust, to (T, OUTPUTS + 3) and (T, 1) in place."""
    for look, answer in zip(looked, _answers(lifter, looked), strict=True):
        run = look.run
        part = _in_camera(look.seen, answer)[: len(run)]
        middle = np.abs(np.arange(len(run)) - (len(run) - 1) / 2) / len(run)
        trust = (1.05 - 2 * middle)[:, None]
        total[run] += trust * part
        weight[run] += trust


def _averaged(total: np.ndarray, weight: np.ndarray) -> _Mean:
    """The mean, in the memory of the total; frames without an answer take over their neighbours'."""
    mean = np.divide(total, weight, out=total)
    missing = weight[:, 0] < SOME
    if missing.any():
        there = np.flatnonzero(~missing)
        mean[missing] = mean[there[np.argmin(np.abs(np.flatnonzero(missing)[:, None] - there), axis=1)]]
    return _Mean(mean[:, :OUTPUTS], mean[:, OUTPUTS:])


def _in_camera(seen: Window, answer: np.ndarray) -> np.ndarray:
    """(frames, OUTPUTS + 3) of one window: vectors turned to the camera, then the place of the pelvis."""
    R_camera_virtual = seen.R_virtual_camera.T
    turned = answer.copy()
    rotation = R_camera_virtual @ rotation_of_six(answer[:, _PELVIS])
    turned[:, _PELVIS] = np.concatenate([rotation[..., 0], rotation[..., 1]], axis=-1)
    for name in ("velocity", "up"):
        turned[:, PLACES[name]] = answer[:, PLACES[name]] @ R_camera_virtual.T
    turned[:, PLACES["body"]] = answer[:, PLACES["body"]].mean(axis=0)
    root = answer[:, PLACES["root"]]
    depth = np.exp(root[:, 2:]) / seen.size
    plane = seen.centre + root[:, :2] * seen.size
    pelvis = np.concatenate([plane * depth, depth], axis=1) @ R_camera_virtual.T
    return np.concatenate([turned, pelvis], axis=1)


def _guess(lifter: Lifter, mean: _Mean) -> Guess:
    table, answers = skeleton(), mean.answers
    code = answers[:, PLACES["code"]]
    coordinates = decode(table, code)
    coordinates[:, :3] = 0.0

    def deviation(name: str) -> np.ndarray:
        return lifter.inflation[name] * np.exp(np.clip(answers[:, PLACES[f"log_sd_{name}"]], -5, 2))

    hinge_sd = deviation("hinges")
    hinge_sd[:, :3] = np.inf
    up = answers[:, PLACES["up"]]
    body = answers[:, PLACES["body"]].mean(axis=0)
    bone_sd = deviation("bones").reshape(len(code), 2, len(BONES)).swapaxes(1, 2)
    assert hinge_sd.shape[1] == HINGES
    return Guess(
        coordinates=coordinates,
        coordinate_sd=hinge_sd,
        R_camera_pelvis=rotation_of_six(code[:, _PELVIS]),
        bone_sd=bone_sd,
        pelvis_camera=mean.pelvis,
        log_depth_sd=deviation("root")[:, 0],
        velocity_camera=answers[:, PLACES["velocity"]],
        velocity_sd=deviation("velocity")[:, 0],
        contacts=1 / (1 + np.exp(-answers[:, PLACES["contacts"]])),
        up_camera=up / np.maximum(np.linalg.norm(up, axis=1, keepdims=True), 1e-9),
        up_sd=deviation("up")[:, 0],
        log_lengths=body[:LENGTHS],
        log_lengths_sd=deviation("lengths").mean(axis=0),
        shape=body[LENGTHS:],
    )
