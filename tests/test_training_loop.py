"""Fit in the loop: on rendered clips, whose truth is known, the labels get better over the rounds."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from borelli.body.kinematics import forward
from borelli.body.model import average_person, body_model
from borelli.errors import BorelliError
from borelli.evaluation.positions import pa_mpjpe
from borelli.lifting.lifter import SHIPPED, Lifter, load_lifter
from borelli.training.corpus import Recording
from borelli.training.footage import read_footage
from borelli.training.labels import GAIN, Label
from borelli.training.motions import Source
from borelli.training.poses import draw_poses, pose_pool
from borelli.training.synth.config import SynthConfig
from borelli.training.synth.generate import write_set
from borelli.training.synth.write import load_truth

torch = pytest.importorskip("torch")

from borelli.lifting.network import LifterNetwork  # noqa: E402
from borelli.training.export import export_lifter, import_lifter  # noqa: E402
from borelli.training.loop import Footage, LoopConfig, fit_in_loop, held_out, taught_by  # noqa: E402

MODEL = body_model()
CLIPS = 3
RENDERS = SynthConfig(frames=36, fps=15.0, size="320x240", occluded=0.0, crowded=0.0, cropped=0.0)


@dataclass(frozen=True)
class Rendered:
    """Footage of rendered clips, and the true joints in camera axes by its name."""

    footage: list[Footage]
    joints: dict[str, np.ndarray]


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    root = tmp_path_factory.mktemp("rendered")
    videos, truth = root / "videos", {}
    videos.mkdir()
    for folder in write_set(root / "set", CLIPS, RENDERS):
        (folder / "video.mp4").rename(videos / f"{folder.name}.mp4")
        truth[folder.name] = load_truth(folder)
    try:
        shots = read_footage(videos, None, root / "work")
    except BorelliError as error:
        pytest.skip(f"the detector's networks are absent: {error}")
    footage, joints = [], {}
    for shot in shots:
        known = truth[Path(shot.name).parent.stem]
        footage.append(replace(shot, stature=known.stature))
        first = int(np.argmin(np.abs(known.times - shot.evidence.times[0])))
        joints[shot.name] = known.joints_camera[first : first + shot.evidence.frames]
    return Rendered(footage, joints)


@pytest.fixture(scope="module")
def source() -> Source:
    """Slow passages between random postures."""
    rng, table = np.random.default_rng(0), MODEL.skeleton
    keys = draw_poses(table, 12, rng)
    q = np.stack([np.interp(np.linspace(0, 11, 200), np.arange(12), column) for column in keys.T], axis=1)
    clip = Recording("made up", 1 / 30, q.astype(np.float32), np.zeros((200, 4), dtype=bool), 0.0)
    return Source.of(MODEL, [clip], pose_pool(MODEL, 300, rng))


def worn(strength: float) -> tuple[LifterNetwork, dict[str, float]]:
    """The shipped network with disturbed weights: there is something to learn."""
    network, inflation = import_lifter(SHIPPED)
    torch.manual_seed(0)
    with torch.no_grad():
        for weight in network.parameters():
            weight.mul_(1 + strength * torch.randn_like(weight))
    return network, inflation


def label_error(label: Label, true: np.ndarray) -> float:
    """Metres, after alignment in every frame."""
    joints = forward(MODEL, label.person, label.coordinates).joints @ label.T_camera_world[:3, :3].T
    return pa_mpjpe(joints[: len(true)], true[: len(joints)])


def test_over_three_rounds_labels_come_nearer_to_the_truth_and_none_gets_worse(
    rendered: Rendered, source: Source, tmp_path: Path
) -> None:
    network, inflation = worn(0.5)
    rounds: list[Mapping[str, Label]] = []

    def saved(network: LifterNetwork) -> Lifter:
        export_lifter(network, inflation, tmp_path / "round.onnx")
        return load_lifter(tmp_path / "round.onnx")

    config = LoopConfig(rounds=3, steps=25, batch=12, rate=3e-4)
    torch.set_num_threads(1)
    fit_in_loop(
        network, rendered.footage, source, saved, config, lambda number, labels, lifter: rounds.append(labels)
    )
    assert len(rounds) == 4
    for before, after in pairwise(rounds):
        for name, label in before.items():
            same = after[name].error == label.error
            assert same or after[name].error < GAIN * label.error
    first, last = (
        np.mean([label_error(labels[name], rendered.joints[name]) for name in rounds[0]])
        for labels in (rounds[0], rounds[-1])
    )
    assert last < 0.97 * first


def test_every_keypoint_is_hidden_for_a_quarter_of_the_time(rendered: Rendered) -> None:
    evidence = rendered.footage[0].evidence
    long = replace(evidence, times=np.arange(1000) / 15)
    hidden = held_out(long)
    assert hidden.shape == (1000, len(evidence.names))
    assert hidden.mean(axis=0) == pytest.approx(np.full(hidden.shape[1], 0.25), abs=0.02)


def test_a_window_of_footage_is_taught_with_its_label(rendered: Rendered) -> None:
    shot = rendered.footage[0]
    count = shot.evidence.frames
    q = np.tile(MODEL.skeleton.neutral, (count, 1))
    q[:, -3:] = [0, 0, -4]
    person = replace(average_person(), scale=1.1)
    T = np.diag([1.0, -1, -1, 1])
    label = Label(person, q, T, 0.0, 0.0, 1.0)
    sample = taught_by(MODEL, shot, label, 24, np.random.default_rng(0))
    assert sample is not None
    neck = MODEL.skeleton.segment("head")
    # upright in the picture: the head is above the pelvis, whose y axis points down in camera axes
    assert np.all(sample.points[:, neck, 1] < -0.3)
    assert sample.contacts_known.max() == 0


def test_a_folder_without_videos_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BorelliError, match="no videos"):
        read_footage(tmp_path, None, tmp_path)
