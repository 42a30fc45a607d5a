"""Training: what the network should answer is true, and an interrupted run goes on to the bit."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from borelli.body.kinematics import forward, landmark_points, place
from borelli.body.model import average_person, body_model
from borelli.errors import BorelliError
from borelli.lifting.codes import encode, rotation_of_six, slots
from borelli.training.corpus import Recording, read_corpus, stance
from borelli.training.motions import MotionConfig, Source, draw_motion
from borelli.training.poses import pose_pool
from borelli.training.samples import Sample, draw_sample, make_sample, stack
from borelli.training.views import ViewConfig, see

torch = pytest.importorskip("torch")

from borelli.lifting.network import NetworkConfig  # noqa: E402
from borelli.training.lifter import LifterTraining, learning_rate, train_lifter  # noqa: E402
from borelli.training.lifter_loss import LossConfig, Scoring, lifter_loss, tensors  # noqa: E402
from borelli.training.torch_body import TorchBody  # noqa: E402

MODEL = body_model()
TINY = LifterTraining(
    steps=4,
    polish=0.5,
    batch=2,
    warm_up=2,
    keep_every=3,
    network=NetworkConfig(frames=6, width=24, layers=1, heads=2, hidden=24),
)


def recording(seed: int = 0, frames: int = 80) -> Recording:
    """Swinging limbs."""
    rng = np.random.default_rng(seed)
    table, t = MODEL.skeleton, np.arange(frames) / 30
    q = table.neutral + 0.3 * np.sin(2 * np.pi * rng.uniform(0.3, 1, 49) * t[:, None] + rng.uniform(0, 6, 49))
    q = np.clip(q, table.lower, table.upper).astype(np.float32)
    return Recording(f"r{seed}", 1 / 30, q, np.ones((frames, 4), dtype=bool), 0.0)


@pytest.fixture(scope="module")
def source() -> Source:
    pool = pose_pool(MODEL, 200, np.random.default_rng(0))
    return Source.of(MODEL, [recording(0), recording(1)], pool)


@pytest.fixture(scope="module")
def batch(source: Source) -> Sample:
    rng = np.random.default_rng(1)
    return stack([draw_sample(source, 6, MotionConfig(), ViewConfig(), rng) for _ in range(3)])


def test_drawn_motions_stay_inside_the_limits(source: Source) -> None:
    table = MODEL.skeleton
    for seed in range(20):
        motion = draw_motion(source, 8, MotionConfig(), np.random.default_rng(seed))
        assert np.all((motion.coordinates >= table.lower) & (motion.coordinates <= table.upper))


def test_only_whole_recordings_teach_contacts(source: Source) -> None:
    mixed = draw_motion(source, 8, MotionConfig(plain=0.0), np.random.default_rng(0))
    plain = draw_motion(source, 8, MotionConfig(plain=1.0), np.random.default_rng(0))
    assert plain.contacts_known
    assert not mixed.contacts_known


def test_the_wanted_answer_places_the_body_where_it_is(source: Source) -> None:
    rng = np.random.default_rng(3)
    motion = draw_motion(source, 6, MotionConfig(shape_sd=0.0), rng)
    view = see(MODEL, motion, ViewConfig(), rng)
    sample = make_sample(MODEL, motion, view)
    assert sample is not None
    # pelvis, from the code of its orientation: its axes agree with the up direction
    R = rotation_of_six(sample.code[:, slots()[0].columns].astype(float))
    world = forward(MODEL, motion.person, motion.coordinates).rotations[:, 0]
    assert np.einsum("tij,ti->tj", R, sample.up) == pytest.approx(world[:, 1, :], abs=1e-5)
    depth = forward(MODEL, motion.person, motion.coordinates).joints[:, 0] - view.camera_centre
    size = sample.features[0, 110]
    assert np.exp(sample.root[:, 2] - size) == pytest.approx(
        (depth @ view.R_camera_world.T @ np.array([0, 0, 1.0])), rel=0.1
    )


def test_torch_kinematics_are_those_of_the_body(source: Source) -> None:
    motion = draw_motion(source, 5, MotionConfig(shape_sd=0.0), np.random.default_rng(4))
    points = landmark_points(MODEL, ("heel_r", "nose", "knuckle_index_l"))
    pose = forward(MODEL, motion.person, motion.coordinates)
    expected = place(pose, points, MODEL, motion.person) - pose.joints[:, :1]
    code = torch.tensor(encode(MODEL.skeleton, motion.coordinates), dtype=torch.float32)
    lengths = torch.tensor(motion.person.log_lengths, dtype=torch.float32)
    placed = TorchBody.of(MODEL, torch.device("cpu")).place(code, lengths.expand(5, 10), points)
    assert placed.numpy() == pytest.approx(expected, abs=1e-5)


def test_the_loss_is_least_at_the_truth(batch: Sample) -> None:
    scoring = Scoring.of(MODEL, torch.device("cpu"))
    truth = tensors(batch, torch.device("cpu"))
    frames = truth["code"].shape[1]
    body = truth["body"][:, None].expand(-1, frames, -1)
    spread = torch.full((*truth["code"].shape[:2], 46 + 36 + 1 + 1 + 1 + 10), -2.0)
    logits = 8 * (truth["contacts"] - 0.5)
    parts = [truth["code"], truth["root"], truth["velocity"], truth["up"], logits, body, spread]
    right = torch.cat(parts, dim=-1)
    best, _ = lifter_loss(right, truth, scoring, LossConfig())
    for seed in range(5):
        torch.manual_seed(seed)
        wrong, _ = lifter_loss(right + 0.05 * torch.randn_like(right), truth, scoring, LossConfig())
        assert wrong > best


def test_the_learning_rate_warms_up_and_falls_to_a_hundredth() -> None:
    config = LifterTraining(steps=1000, warm_up=100, polish=0.5)
    rates = [learning_rate(config, step) for step in range(1000)]
    assert np.argmax(rates) in (99, 100)
    assert rates[0] == pytest.approx(config.rate / 100)
    assert rates[-1] == pytest.approx(config.rate / 100, rel=0.01)
    assert learning_rate(config, 1000) == pytest.approx(config.polish_rate)
    assert learning_rate(config, 1499) == pytest.approx(config.polish_rate / 100, rel=0.01)


def run(config: LifterTraining, checkpoint: Path) -> dict:
    return train_lifter(config, [recording(0)], checkpoint, lambda step, parts: None).state_dict()


@pytest.fixture(scope="module")
def straight(tmp_path_factory: pytest.TempPathFactory) -> dict:
    return run(TINY, tmp_path_factory.mktemp("straight") / "a.pt")


def test_an_interrupted_training_goes_on_to_the_bit(straight: dict, tmp_path: Path) -> None:
    class Stop(Exception):
        pass

    def stop(step: int, parts: dict) -> None:
        if step == 3:
            raise Stop

    with pytest.raises(Stop):
        train_lifter(TINY, [recording(0)], tmp_path / "b.pt", stop)
    resumed = run(TINY, tmp_path / "b.pt")
    assert all(torch.equal(straight[name], resumed[name]) for name in straight)


def test_another_seed_gives_other_weights(straight: dict, tmp_path: Path) -> None:
    other = run(replace(TINY, seed=1), tmp_path / "c.pt")
    assert not torch.equal(straight["enter.weight"], other["enter.weight"])


def test_a_checkpoint_of_other_settings_is_refused(straight: dict, tmp_path: Path) -> None:
    run(replace(TINY, polish=0.25), tmp_path / "d.pt")
    with pytest.raises(BorelliError, match="other settings"):
        run(TINY, tmp_path / "d.pt")
    (tmp_path / "e.pt").write_bytes(b"rubbish")
    with pytest.raises(BorelliError, match="not a checkpoint"):
        run(TINY, tmp_path / "e.pt")


def test_a_folder_without_recordings_of_the_split_is_refused(tmp_path: Path) -> None:
    (tmp_path / "manifest.csv").write_text("file,split,ground\nval/a.bvh.gz,val,flat\n")
    with pytest.raises(BorelliError, match="split 'train'"):
        read_corpus(MODEL, tmp_path, "train", tmp_path / "cache", lambda done, total: None)


def test_a_standing_foot_is_slow_and_low() -> None:
    q = np.tile(MODEL.skeleton.neutral, (20, 1))
    still = stance(MODEL, average_person(), q, np.arange(20) / 30, flat=True)
    assert still.all()
    sliding = q.copy()
    sliding[:, -3] = np.arange(20) / 30
    assert not stance(MODEL, average_person(), sliding, np.arange(20) / 30, flat=True).any()
