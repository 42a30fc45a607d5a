"""Use of a policy: its file, performing, and the ladder down to the sampling controller."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from performing_person import film, standing_clip, standing_library
from standing_person import MODEL, standing

from borelli.dynamics.performance import Performance
from borelli.dynamics.policy import attempts, relay
from borelli.dynamics.policy.ladder import climb_down
from borelli.dynamics.policy.library import Library
from borelli.dynamics.policy.observation import VERSION, layout_of
from borelli.dynamics.policy.perform import Decide, Performed, perform_clips, seeing
from borelli.dynamics.policy.policy import Policy, load_policy
from borelli.dynamics.policy.stretches import (
    CONTROL,
    DYNAMICS,
    ESTIMATE,
    POLICY,
    SAMPLING,
    Stretch,
    joined,
    sampled_alone,
)
from borelli.dynamics.sampling import SamplingConfig, perform
from borelli.dynamics.simulation import Simulation
from borelli.errors import BorelliError
from borelli.pipeline.physics import Physical
from borelli.pipeline.physics_files import physics_report
from borelli.report.sentences import simulation_lines

CLIPS = standing_library(1)
LAYOUT = layout_of(CLIPS)
SMALL = SamplingConfig(samples=40, kept=10, threads=1)
META = {
    "version": VERSION, "keypoints": "17", "features": "97", "frequency": "3.0", "damping_ratio": "1.0",
    "share": "0.5", "trained": "nothing",
}  # fmt: skip


MOTORS = [CLIPS.bodies[0].compiled.actuator(i).name for i in range(43)]
KNEES = 3.0 * np.array([name.startswith("knee") for name in MOTORS])
HIPS = 3.0 * np.array([name.startswith("hip_flexion") for name in MOTORS])


def write_policy(path: Path, bias: np.ndarray | float = 0.0, size: int = LAYOUT.size, **changes: str) -> Path:
    """A network whose actions are always the same."""
    weight = helper.make_tensor("w", TensorProto.FLOAT, [size, 43], np.zeros(size * 43))
    shift = helper.make_tensor("b", TensorProto.FLOAT, [43], np.zeros(43) + bias)
    graph = helper.make_graph(
        [
            helper.make_node("MatMul", ["observations", "w"], ["product"]),
            helper.make_node("Add", ["product", "b"], ["actions"]),
        ],
        "policy",
        [helper.make_tensor_value_info("observations", TensorProto.FLOAT, ["N", size])],
        [helper.make_tensor_value_info("actions", TensorProto.FLOAT, ["N", 43])],
        [weight, shift],
    )
    network = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    helper.set_model_props(network, META | changes)
    onnx.save(network, path)
    return path


@pytest.fixture(scope="module")
def idle(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    return load_policy(write_policy(tmp_path_factory.mktemp("policy") / "idle.onnx"))


@pytest.fixture(scope="module")
def collapsing(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    return load_policy(write_policy(tmp_path_factory.mktemp("policy") / "down.onnx", KNEES - HIPS))


def cut(performed: Performed, frames: int) -> Performed:
    """Somebody who falls after some frames."""
    parts = {name: getattr(performed, name)[:frames] for name in ("coordinates", "qpos", "qvel")}
    return replace(performed, fell=True, **parts)


def fall_late(monkeypatch: pytest.MonkeyPatch, idle: Policy, others: int = 1) -> None:
    """The policy falls after 20 frames, and whoever comes after it, after `others`."""
    lengths = iter([20])

    def perform_clips_and_fall(
        clips: Library, decide: Decide, threads: int, start: np.ndarray | None = None
    ) -> list[Performed]:
        (whole,) = perform_clips(clips, seeing(clips, idle.act), threads, start)
        return [cut(whole, next(lengths, others))]

    monkeypatch.setattr(relay, "perform_clips", perform_clips_and_fall)
    monkeypatch.setattr(relay, "REWIND", 0.2)


@pytest.fixture
def no_control(collapsing: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole-body control collapses at once."""
    monkeypatch.setattr(relay, "balancing", lambda clips: seeing(clips, collapsing.act))


def test_a_policy_file_says_what_it_is_for(idle: Policy) -> None:
    assert idle.layout == LAYOUT and idle.trained == "nothing"
    assert (idle.body.frequency, idle.body.damping_ratio, idle.body.share) == (3.0, 1.0, 0.5)
    np.testing.assert_array_equal(idle.act(np.ones((2, LAYOUT.size))), np.zeros((2, 43)))


def test_files_of_other_kinds_are_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(BorelliError, match="no such policy; `borelli train policy` makes one"):
        load_policy(tmp_path / "none.onnx")
    (tmp_path / "text.onnx").write_text("no network")
    with pytest.raises(BorelliError, match="is not a policy of this program"):
        load_policy(tmp_path / "text.onnx")
    other = write_policy(tmp_path / "old.onnx", version="borelli-policy-0")
    with pytest.raises(BorelliError, match=r"another body or observation: borelli-policy-0.*train it again"):
        load_policy(other)
    small = write_policy(tmp_path / "small.onnx", size=12)
    with pytest.raises(BorelliError, match=f"12 numbers to 43 motors; expected {VERSION}, {LAYOUT.size}"):
        load_policy(small)
    anything = write_policy(tmp_path / "meta.onnx")
    network = onnx.load(anything)
    del network.metadata_props[:]
    onnx.save(network, anything)
    with pytest.raises(BorelliError, match="is not a policy of this program"):
        load_policy(anything)


def test_a_person_who_stands_is_performed_to_the_end(idle: Policy) -> None:
    (found,) = perform_clips(CLIPS, seeing(CLIPS, idle.act), 1)
    assert not found.fell and not found.broken and len(found.coordinates) == 31
    np.testing.assert_allclose(found.coordinates[0], standing_clip().nominal.coordinates[0], atol=1e-9)
    # nothing balances the neutral stance: it tips slowly, heels first
    away = np.abs(found.coordinates - standing_clip().nominal.coordinates)[:15]
    assert 0 < away[:, :46].max() < 0.1 and away[:, 46:].max() < 0.1


def test_who_falls_is_performed_until_then(collapsing: Policy) -> None:
    (found,) = perform_clips(CLIPS, seeing(CLIPS, collapsing.act), 1)
    assert found.fell and 3 < len(found.coordinates) < 31


def test_actions_of_no_numbers_do_nothing() -> None:
    nothing = perform_clips(CLIPS, seeing(CLIPS, lambda seen: np.zeros((len(seen), 43))), 1)[0]
    found = perform_clips(CLIPS, seeing(CLIPS, lambda seen: np.full((len(seen), 43), np.nan)), 1)[0]
    np.testing.assert_array_equal(found.coordinates, nothing.coordinates)


def test_the_ladder_ends_with_the_policy_when_it_performs_everything(idle: Policy) -> None:
    performance = standing(np.arange(28) / 30)
    found = climb_down(MODEL, film(performance), performance, idle, SMALL)
    assert [(s.first, s.last, s.by, s.reason) for s in found.stretches] == [(0, 28, POLICY, "")]
    assert found.simulation.simulated.all() and not found.simulation.fell
    assert np.nanmax(found.simulation.local_error[:15]) < 0.05


def test_the_sampling_controller_goes_on_from_the_policy_without_a_jump(
    idle: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    performance = standing(np.arange(40) / 50)
    motion = film(performance)

    fall_late(monkeypatch, idle)
    found = climb_down(MODEL, motion, performance, idle, SMALL)
    first, second = found.stretches
    assert (first.by, second.by, second.last) == (POLICY, SAMPLING, 40) and first.last == second.first == 22
    assert second.reason == "the policy fell at 0.67 s; the whole-body controller fell at 0.47 s"
    assert found.simulation.simulated.all()
    steps = np.abs(np.diff(found.simulation.coordinates, axis=0)).max(axis=1)
    assert steps[first.last - 1] < 3 * np.median(steps) + 1e-3


def test_after_a_second_that_nobody_performs_all_try_again(
    idle: Policy, collapsing: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    performance = standing(np.arange(40) / 12)
    lengths = []

    def falls_first(
        clips: Library, decide: Decide, threads: int, start: np.ndarray | None = None
    ) -> list[Performed]:
        lengths.append(len(clips.clips[0]))
        early = len(lengths) <= 2
        return perform_clips(clips, seeing(clips, collapsing.act) if early else decide, threads, start)

    monkeypatch.setattr(relay, "perform_clips", falls_first)
    monkeypatch.setattr(relay, "REWIND", 0.5)
    found = climb_down(MODEL, film(performance), None, idle, SMALL)
    first, second = found.stretches[:2]
    assert (first.first, first.last, first.by) == (0, 12, ESTIMATE) and "fell at 0." in first.reason
    assert (second.first, second.by) == (12, POLICY) and lengths[:3] == [99, 99, 69]
    covered = [frame for s in found.stretches for frame in range(s.first, s.last)]
    assert covered == list(range(40))
    named = np.repeat([s.by == POLICY for s in found.stretches], [s.last - s.first for s in found.stretches])
    np.testing.assert_array_equal(found.simulation.simulated, named)
    assert found.simulation.fall_time == 0.0
    seam = np.abs(found.simulation.coordinates[12] - performance.coordinates[12]).max()
    assert seam < 0.01


def test_neighbours_that_nobody_performs_are_one_stretch() -> None:
    parts = [Stretch(0, 3, DYNAMICS, "a"), Stretch(3, 5, DYNAMICS, "b"), Stretch(5, 6, POLICY, "")]
    assert joined(parts) == (Stretch(0, 5, DYNAMICS, "a"), parts[2])


def test_the_sampling_controller_does_all_when_it_does_more_alone(
    idle: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    performance = standing(np.arange(40) / 50)
    whole = perform(MODEL, performance, SMALL)

    def by_sampling(
        model: object, later: Performance, config: object, start: np.ndarray | None
    ) -> Simulation:
        if start is None:
            return replace(whole, simulated=np.arange(40) < 35, fall_time=0.7)
        count = len(later.times)
        return replace(
            whole, coordinates=later.coordinates, simulated=np.arange(count) < 3, fall_time=later.times[3]
        )

    monkeypatch.setattr(attempts, "perform", by_sampling)
    fall_late(monkeypatch, idle)
    found = climb_down(MODEL, film(performance), performance, idle, SMALL)
    assert [(s.first, s.last, s.by) for s in found.stretches] == [(0, 35, SAMPLING), (35, 40, DYNAMICS)]
    assert found.stretches[1].reason == (
        "the policy fell at 0.67 s; the whole-body controller fell at 0.47 s; "
        "the sampling controller fell at 0.70 s"
    )
    assert found.simulation.simulated.sum() == 35


@pytest.mark.usefixtures("no_control")
def test_what_nobody_performs_stays_as_it_was_and_says_why(collapsing: Policy) -> None:
    performance = standing(np.arange(28) / 30)
    motion = film(performance)
    alone = climb_down(MODEL, motion, None, collapsing, SMALL)
    assert [s.by for s in alone.stretches] == [ESTIMATE]
    assert alone.stretches[0].reason.startswith("the policy fell at 0.")
    np.testing.assert_array_equal(alone.simulation.coordinates, motion.coordinates)
    assert not alone.simulation.simulated.any() and alone.simulation.fall_time == 0
    sampled = climb_down(MODEL, motion, performance, collapsing, SMALL)
    assert [s.by for s in sampled.stretches] == [SAMPLING]
    markers = replace(motion, keypoint_names=("LASI", *motion.keypoint_names[1:]))
    unseen = climb_down(MODEL, markers, performance, collapsing, SMALL)
    assert unseen.stretches[0].by == SAMPLING and "no known set" in unseen.stretches[0].reason


@pytest.mark.usefixtures("no_control")
def test_the_report_names_every_stretch(collapsing: Policy) -> None:
    performance = standing(np.arange(28) / 30)
    found = climb_down(MODEL, film(performance), None, collapsing, SMALL)
    line = simulation_lines({"simulation": _report(found.simulation, found.stretches)})[1]
    assert line.startswith("frames 0 to 27 by kinematic estimate: the policy fell at 0.")


def test_the_sampling_controller_alone_has_stretches_too() -> None:
    performance = standing(np.arange(20) / 30)
    motion, whole = film(performance), perform(MODEL, performance, SMALL)
    assert [(s.first, s.last, s.by) for s in sampled_alone(motion, whole)] == [(0, 20, SAMPLING)]
    part = replace(whole, simulated=np.arange(20) < 12, fall_time=0.4)
    first, second = sampled_alone(motion, part)
    assert (first.last, second.first, second.by) == (12, 12, DYNAMICS)
    assert second.reason == "the sampling controller fell at 0.40 s"


def _report(simulation: object, stretches: tuple[Stretch, ...]) -> dict[str, object]:
    from borelli.dynamics.certificate import not_applied

    physical = Physical(None, None, not_applied(MODEL, "no"), simulation, stretches)  # type: ignore[arg-type]
    report = physics_report(physical)["simulation"]
    assert json.loads(json.dumps(report)) == report
    return report


def test_using_a_policy_needs_no_gymnasium_and_no_torch() -> None:
    code = (
        "import sys, borelli.dynamics.policy.ladder, borelli.pipeline.performer\n"
        "sys.exit('gymnasium' in sys.modules or 'torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_whole_body_control_goes_on_from_the_policy_without_a_jump(
    idle: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    firsts = iter([True])

    def falls_late(
        clips: Library, decide: Decide, threads: int, start: np.ndarray | None = None
    ) -> list[Performed]:
        (found,) = perform_clips(clips, decide, threads, start)
        return [cut(found, 20) if next(firsts, False) else found]

    monkeypatch.setattr(relay, "perform_clips", falls_late)
    monkeypatch.setattr(relay, "REWIND", 0.2)
    performance = standing(np.arange(40) / 50)
    found = climb_down(MODEL, film(performance), performance, idle, SMALL)
    # alone it does everything too: the policy keeps what it can
    assert [(s.first, s.last, s.by) for s in found.stretches] == [(0, 22, POLICY), (22, 40, CONTROL)]
    assert found.stretches[1].reason == "the policy fell at 0.67 s"
    steps = np.abs(np.diff(found.simulation.coordinates, axis=0)).max(axis=1)
    assert steps[21] < 3 * np.median(steps) + 1e-3
