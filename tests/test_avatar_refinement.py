"""Poses refined through pictures: gradients, stances that hold, corrections that spread, and the whole."""

from dataclasses import replace

import numpy as np
import pytest
from filmed_person import film

from borelli.avatar.adam import Adam, adam_step, cosine
from borelli.avatar.key_frames import Split
from borelli.avatar.pose_evidence import PoseEvidence, Subject, held_feet
from borelli.avatar.pose_refinement import Poses, at_distance, refine_poses
from borelli.avatar.refine import learn, steps
from borelli.avatar.refine_config import RefineConfig
from borelli.avatar.refit import brought_to_keypoints, refit, spread
from borelli.avatar.shots import Footage, gather
from borelli.avatar.start import start_avatar
from borelli.body.kinematics import forward
from borelli.body.model import body_model
from borelli.fitting.config import EstimatorConfig
from borelli.fitting.evidence import Evidence, make_evidence
from borelli.geometry.camera import Camera
from borelli.perception.keypoint_sets import keypoint_set
from borelli.pipeline.avatar import subject_of

QUICK = RefineConfig(
    gaussians=800,
    size=96,
    key_frames=4,
    held_out=1,
    appearance_steps=25,
    batch=4,
    pose_steps=25,
    hinge_rate=0.03,
)
FILM = film(12)


def subject() -> Subject:
    """The filmed person with the motion they really made."""
    motion, seen = FILM.motion, FILM.observations
    camera = Camera(motion.K, motion.distortion, motion.width, motion.height, motion.T_camera_world[0])
    keypoints = keypoint_set(seen.keypoint_set)
    evidence = make_evidence(body_model(), seen.tracks[0], seen.times, keypoints, camera, EstimatorConfig())
    return subject_of(motion, evidence)


def standing(who: Subject) -> Subject:
    """The same on both feet throughout."""
    return replace(who, contacts=np.ones_like(who.contacts))


def test_gradient_of_the_evidence_is_that_of_finite_differences() -> None:
    rng = np.random.default_rng(0)
    who = subject()
    who = replace(who, contacts=np.zeros_like(who.contacts))
    evidence = PoseEvidence(who, np.array([0, 4, 9]), QUICK, EstimatorConfig())
    at = who.coordinates[evidence.frames] + 0.02 * rng.normal(size=(3, 49))
    way = rng.normal(size=at.shape)
    by_pose = evidence.gradient(at, who.person)[1]
    h = 1e-6
    ahead, behind = (evidence.gradient(at + s * h * way, who.person)[0] for s in (1, -1))
    assert np.sum(by_pose * way) == pytest.approx((ahead - behind) / (2 * h), rel=0.02)


def test_feet_of_one_stance_may_move_together_but_not_apart() -> None:
    who = standing(subject())
    frames = np.array([0, 5, 11])
    places = who.foot_places(who.coordinates[frames], who.person)
    together = held_feet(who, frames, places + np.array([0.02, 0.0, 0.01]), 0.003)
    np.testing.assert_allclose(together.targets, places + np.array([0.02, 0.0, 0.01]), atol=1e-12)
    lifted = held_feet(who, frames, places + np.array([0.0, 0.02, 0.0]), 0.003)
    np.testing.assert_allclose(lifted.targets, places, atol=1e-12)
    apart = places.copy()
    apart[0, :, 0] += 0.03
    middle = held_feet(who, frames, apart, 0.003).targets
    np.testing.assert_allclose(middle[..., 0], places[..., 0] + 0.01, atol=1e-12)


def test_every_stance_of_every_point_has_its_own_number() -> None:
    who = subject()
    contacts = np.zeros((12, 4))
    contacts[1:4, 0] = contacts[6:9, 0] = contacts[2:7, 3] = 1.0
    numbers = replace(who, contacts=contacts).stances()
    assert numbers[1, 0] == numbers[3, 0] != numbers[6, 0] and numbers[6, 0] != numbers[2, 3]
    assert set(np.unique(numbers)) == {-1, *np.unique(numbers[numbers >= 0])} and (numbers[0] == -1).all()
    assert len(np.unique(numbers[numbers >= 0])) == 3


def test_a_correction_is_met_at_key_frames_and_never_exceeded_between_them() -> None:
    who, frames = subject(), np.array([1, 5, 9])
    correction = np.random.default_rng(0).normal(size=(3, 49))
    moved = spread(who, frames, who.coordinates[frames] + correction) - who.coordinates
    np.testing.assert_allclose(moved[frames], correction, atol=1e-12)
    np.testing.assert_allclose(moved[0], correction[0], atol=1e-12)
    np.testing.assert_allclose(moved[11], correction[2], atol=1e-12)
    assert (np.abs(moved) <= np.abs(correction).max(axis=0) + 1e-12).all()


def test_the_refitted_clip_keeps_feet_where_they_stand() -> None:
    who = standing(subject())
    wobbling = who.coordinates.copy()
    wobbling[:, -3] += 0.03 * np.sin(np.arange(12))
    found = refit(who, who.person, wobbling, QUICK, EstimatorConfig())

    def apart(q: np.ndarray) -> float:
        places = who.foot_places(q, who.person)[..., [0, 2]]
        return float(np.abs(places - places.mean(axis=0)).max())

    assert apart(found) < 0.5 * apart(wobbling)


def test_a_motion_that_explains_the_keypoints_is_not_touched_and_another_is_brought_to_them() -> None:
    who = subject()
    assert brought_to_keypoints(who, QUICK, EstimatorConfig()) is who.coordinates
    wrong = replace(who, coordinates=who.coordinates + 0.15 * np.r_[np.ones(46), np.zeros(3)])
    found = brought_to_keypoints(wrong, QUICK, EstimatorConfig())
    errors = [_joint_error(who, q) for q in (wrong.coordinates, found)]
    assert errors[1] < 0.5 * errors[0]


def test_pictures_alone_bring_wrong_arms_back() -> None:
    who = subject()
    table = who.model.skeleton
    wrong = who.coordinates.copy()
    wrong[:, table.coordinate("elbow_flex_r")] += 0.5 * np.sin(np.arange(12))
    wrong[:, table.coordinate("arm_add_l")] -= 0.4 * np.cos(np.arange(12)) ** 2
    blind = replace(who, coordinates=wrong, evidence=_without_keypoints(who))
    split = Split(np.array([0, 2, 4, 6, 8, 11]), np.array([5, 9]))
    key, held_out = gather(FILM.frames(), blind, Footage(FILM.observations.tracks[0], (), 0), split, QUICK)
    learnt = learn(blind, key, held_out, QUICK, lambda: None)
    evidence = PoseEvidence(blind, learnt.frames, QUICK, EstimatorConfig())
    found = refine_poses(
        learnt.avatar, learnt.binding, learnt.anchor, evidence, learnt.key, QUICK, lambda: None
    )
    hands = [table.segment("hand_r"), table.segment("hand_l")]
    truth = _joints(who, who.coordinates[split.key])[:, hands]
    before = _joints(who, wrong[split.key])[:, hands] - truth
    after = forward(who.model, found.person, found.coordinates).joints[:, hands] - truth
    # across the view: x points away from the camera
    across = [float(np.linalg.norm(error[..., 1:], axis=-1).mean()) for error in (before, after)]
    assert across[1] < 0.8 * across[0]
    assert found.person.scale == blind.person.scale


def test_poses_may_come_nearer_one_by_one_but_not_on_the_whole() -> None:
    who = subject()
    frames = np.array([0, 4, 9])
    before = Poses(start_avatar(who.model, who.person), who.person, who.coordinates[frames])
    rays = who.rays(_joints(who, before.coordinates).mean(axis=1))
    np.testing.assert_allclose(np.linalg.norm(rays, axis=1), 1.0)
    aside = np.cross(rays, [0.0, 1.0, 0.0])
    moved = before.coordinates.copy()
    moved[:, -3:] += np.array([[0.03], [0.06], [0.0]]) * rays + 0.02 * aside
    found = at_distance(replace(before, coordinates=moved), before, who)
    change = (found - before.coordinates)[:, -3:]
    np.testing.assert_allclose(np.sum(change * rays, axis=1), [0.0, 0.03, -0.03], atol=1e-9)
    np.testing.assert_allclose(np.sum(change * aside, axis=1), 0.02 * np.sum(aside**2, axis=1), atol=1e-9)
    np.testing.assert_array_equal(found[:, :46], moved[:, :46])


def test_adam_moves_against_the_gradient_by_its_rate_and_leaves_the_rest() -> None:
    values = {"a": np.array([1.0, 2.0]), "b": np.zeros(1)}
    state, moved = adam_step(Adam.of(values), values, {"a": np.array([3.0, -0.1])}, {"a": 0.5})
    np.testing.assert_allclose(moved["a"], [0.5, 2.5], atol=1e-9)
    assert moved["b"] is values["b"] and state.steps == 1
    assert cosine(0, 10) == 1.0 and cosine(10, 10) == pytest.approx(0.0)


def test_progress_knows_how_many_steps_there_are() -> None:
    assert steps(QUICK) == 25 + 2 * 25 + 2 * QUICK.judged_steps


def _joints(who: Subject, coordinates: np.ndarray) -> np.ndarray:
    return forward(who.model, who.person, coordinates).joints


def _joint_error(who: Subject, coordinates: np.ndarray) -> float:
    truth = _joints(who, who.coordinates)
    return float(np.linalg.norm(_joints(who, coordinates) - truth, axis=-1).mean())


def _without_keypoints(who: Subject) -> Evidence:
    return replace(who.evidence, confidence=np.zeros_like(who.evidence.confidence))
