"""The keypoint detector on synthetic clips: share found, offsets against the registered ones, jitter."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

import numpy as np

from borelli.body.model import body_model
from borelli.errors import BorelliError
from borelli.evaluation.benchmark.rows import Row, Setting, skipped
from borelli.evaluation.keypoint_bias import Bias, Sighting, keypoint_bias
from borelli.motion.observations import Track
from borelli.perception import PerceptionConfig, observe
from borelli.perception.keypoint_sets import keypoint_set
from borelli.perception.models import DETECTOR, LANDMARKER, fetch
from borelli.training.synth.config import SynthConfig
from borelli.training.synth.generate import write_set
from borelli.training.synth.truth import VISIBLE, Truth
from borelli.training.synth.write import clip_pictures, load_truth

GROUP = "detector on synthetic clips"
SET = "blazepose33"
CLIPS, FRAMES = 16, 45
TRUSTED = 0.5
"""Confidence from which a keypoint counts."""
MATCHED = 0.15
"""Median distance of the keypoints from the truth over the person's height in the picture, of a find."""
LIMBS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")


@dataclass(frozen=True)
class SetMeasured:
    """What the detector did on a set."""

    frames: int
    """Frames with more than a third of the keypoints visible."""
    found: int
    """Of them, frames in which the person was found."""
    biases: list[Bias]


def measure(setting: Setting) -> list[Row]:
    """Rows about a set that is rendered for the purpose: one person each, nothing in front."""
    if setting.quick:
        return [skipped(GROUP, "all", "--quick")]
    fetch(LANDMARKER, setting.models)
    mocap = setting.data / "mocap"
    config = SynthConfig(frames=FRAMES, fps=15.0, seed=setting.seed, occluded=0.0, crowded=0.0)
    config = replace(config, mocap=mocap if mocap.is_dir() else None)
    started = perf_counter()
    folders = write_set(setting.work / "synth", CLIPS, config)
    rate = CLIPS * FRAMES / (perf_counter() - started)
    note = f"{CLIPS} clips of {FRAMES} frames, {config.size}, with files and compiling"
    speed = Row(GROUP, "rendering", "images/s", rate, at_least=5.0, note=note)
    return [speed, *summary(observe_set(folders, setting.models))]


def summary(measured: SetMeasured) -> list[Row]:
    """Rows of a measured set; distances are between measured and registered offsets."""
    limbs = [bias for bias in measured.biases if bias.keypoint in LIMBS]
    if not limbs:
        return [skipped(GROUP, "offsets", "the detector found nobody")]
    found = 100 * measured.found / max(measured.frames, 1)
    apart = {bias.keypoint: 1e3 * float(np.linalg.norm(bias.offset - bias.registered)) for bias in limbs}
    worst = max(apart, key=lambda name: apart[name])
    return [
        Row(GROUP, "frames in which the person is found", "%", found),
        Row(
            GROUP, "offsets, measured to registered, limbs, median", "mm", float(np.median([*apart.values()]))
        ),
        Row(GROUP, "offsets, measured to registered, limbs, worst", "mm", apart[worst], note=worst),
        Row(GROUP, "spread about the offset, limbs, median", "mm", _median_mm(limbs, "spread")),
        Row(GROUP, "jitter, limbs, median", "mm", _median_mm(limbs, "jitter")),
    ]


def observe_set(clips: Sequence[Path], models: Path | None) -> SetMeasured:
    """Run the detector over clips that `borelli synth` wrote.

    Raises BorelliError when the networks cannot be had or a clip cannot be read.
    """
    for network in (DETECTOR, LANDMARKER):
        fetch(network, models)
    sightings, frames, found = [], 0, 0
    for folder in clips:
        truth = load_truth(folder)
        known = truth.keypoints[SET]
        fair = (known[..., 2] == VISIBLE).sum(axis=1) > np.isfinite(known[..., 0]).sum(axis=1) / 3
        frames += int(fair.sum())
        try:
            tracks = observe(*clip_pictures(folder), PerceptionConfig(models_dir=models)).tracks
        except BorelliError:
            continue  # nobody was found in the whole clip
        hits = [_hits(known, track) for track in tracks]
        best = int(np.argmax([hit.sum() for hit in hits]))
        found += int((np.any(hits, axis=0) & fair).sum())
        sightings.append(_sighting(truth, tracks[best], hits[best]))
    return SetMeasured(frames, found, keypoint_bias(body_model(), keypoint_set(SET), sightings))


def bias_markdown(biases: Sequence[Bias]) -> str:
    """A table of millimetres at a stature of 1.70 m; forward, up, right of the right-hand keypoint."""
    lines = [
        "| keypoint | samples | measured | standard error | registered | spread | jitter | blunders |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for bias in biases:
        triples = (bias.offset, bias.standard_error, bias.registered)
        offsets = [", ".join(f"{1e3 * value:.0f}" for value in triple) for triple in triples]
        scatter = [f"{1e3 * bias.spread:.0f}", f"{1e3 * bias.jitter:.1f}", f"{bias.blunders:.1%}"]
        lines.append("| " + " | ".join([bias.keypoint, str(bias.samples), *offsets, *scatter]) + " |")
    return "\n".join(lines)


def _hits(known: np.ndarray, track: Track) -> np.ndarray:
    """(T,) bool: the track is of the person with keypoints `known` (T, K, 3)."""
    extent = np.nanmax(known[..., :2], axis=1) - np.nanmin(known[..., :2], axis=1)
    distance = np.linalg.norm(track.keypoints[..., :2] - known[..., :2], axis=-1)
    distance = np.where(np.isfinite(distance), distance, np.inf)[:, np.isfinite(known[0, :, 0])]
    return np.median(distance, axis=1) < MATCHED * extent.max(axis=1)


def _sighting(truth: Truth, track: Track, hit: np.ndarray) -> Sighting:
    visible = truth.keypoints[SET][..., 2] == VISIBLE
    used = visible & (track.keypoints[..., 2] > TRUSTED) & hit[:, None]
    pixels = track.keypoints[..., :2].astype(np.float64)
    return Sighting(truth.person, truth.coordinates, truth.K, truth.T_camera_world, pixels, used)


def _median_mm(biases: Sequence[Bias], name: str) -> float:
    return 1e3 * float(np.median([getattr(bias, name) for bias in biases]))
