"""What the policy sees: no heading, no place, no depth along rays; every block where the layout says."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from performing_person import standing_library

from borelli.dynamics.policy.cues import LOOKAHEAD, Cues, cues, ray_offsets, ray_shift
from borelli.dynamics.policy.observation import headings, layout_of, observe
from borelli.dynamics.policy.worlds import Sensed, Worlds, flat_states
from borelli.geometry.rotations import matrix_from_rotvec, quaternion_from_matrix

CLIPS = standing_library()


def random_moment(seed: int = 0) -> tuple[Sensed, Cues]:
    """Two bodies away from their clips."""
    rng = np.random.default_rng(seed)
    clip, frame = np.array([0, 1]), np.array([0, 9])
    qpos = CLIPS.nominal.qpos[clip, frame] + np.r_[np.zeros(7), 0.1 * rng.normal(size=43)]
    qpos[:, :3] += rng.normal(size=(2, 3)) * 0.2
    qpos[:, 3:7] = quaternion_from_matrix(matrix_from_rotvec(0.4 * rng.normal(size=(2, 3))))
    with Worlds(CLIPS.bodies[0], 1) as worlds:
        sensed = worlds.sense(CLIPS.bodies, flat_states(qpos, rng.normal(size=(2, 49))))
    return sensed, cues(CLIPS, clip, frame)


def moved(sensed: Sensed, seen: Cues, turn: float, shift: np.ndarray) -> tuple[Sensed, Cues]:
    """The same world turned about the vertical and shifted along the floor."""
    c, s = np.cos(turn), np.sin(turn)
    R = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])

    def points(x: np.ndarray) -> np.ndarray:
        return x @ R.T + shift

    def state(qpos: np.ndarray, qvel: np.ndarray, rotation: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        q, v = qpos.copy(), qvel.copy()
        q[:, :3], v[:, :3] = points(qpos[:, :3]), qvel[:, :3] @ R.T
        q[:, 3:7] = quaternion_from_matrix(R @ rotation)
        return q, v

    qpos, qvel = state(sensed.qpos, sensed.qvel, sensed.rotation)
    nominal = state(seen.qpos, seen.qvel, seen.root[:, 0])
    return replace(
        sensed,
        qpos=qpos,
        qvel=qvel,
        rotation=R @ sensed.rotation,
        spin=sensed.spin @ R.T,
        joints=points(sensed.joints),
        keypoints=points(sensed.keypoints),
        centre=points(sensed.centre),
        drift=sensed.drift @ R.T,
        soles=points(sensed.soles),
        upright=R @ sensed.upright,
    ), replace(
        seen,
        centres=points(seen.centres),
        rays=seen.rays @ R.T,
        root=R @ seen.root,
        qpos=nominal[0],
        qvel=nominal[1],
        centre=points(seen.centre),
        drift=seen.drift @ R.T,
        soles=points(seen.soles),
    )


@settings(max_examples=20, deadline=None)
@given(st.floats(-3.1, 3.1), st.floats(-20, 20), st.floats(-20, 20))
def test_where_one_is_and_where_one_heads_cannot_be_seen(turn: float, x: float, z: float) -> None:
    sensed, seen = random_moment()
    other = observe(*moved(sensed, seen, turn, np.array([x, 0.0, z])))
    np.testing.assert_allclose(other, observe(sensed, seen), atol=2e-5)


def test_a_body_where_the_picture_shows_it_has_no_offsets_and_no_gap() -> None:
    at = np.zeros(2, dtype=int), np.array([0, 9])
    with Worlds(CLIPS.bodies[0], 1) as worlds:
        states = flat_states(CLIPS.nominal.qpos[at], CLIPS.nominal.qvel[at])
        sensed = worlds.sense(CLIPS.bodies, states)
    blocks = layout_of(CLIPS).blocks
    observation = observe(sensed, cues(CLIPS, *at))
    rays = observation[:, blocks["rays"]][:, 3:].reshape(2, len(LOOKAHEAD), 17, 4)
    np.testing.assert_allclose(rays[..., :3], 0, atol=1e-5)
    np.testing.assert_allclose(rays[..., 3], 0.9, atol=1e-6)
    np.testing.assert_allclose(observation[:, blocks["gap"]], 0, atol=1e-5)
    np.testing.assert_allclose(observation[:, blocks["place"]], 0, atol=1e-5)


def test_blocks_follow_each_other_and_fill_the_observation() -> None:
    layout = layout_of(CLIPS)
    blocks = list(layout.blocks.values())
    assert blocks[0].start == 0 and blocks[-1].stop == layout.size
    assert all(a.stop == b.start for a, b in pairwise(blocks))
    assert observe(*random_moment()).shape == (2, layout.size)


def test_an_offset_is_the_shortest_way_from_the_ray_and_knows_no_depth() -> None:
    _, seen = random_moment()
    at = replace(seen, centres=np.zeros((1, 1, 3)), rays=np.array([[[[0.0, 0.0, 1.0]]]]))
    near, far = np.array([[[0.3, -0.4, 2.0]]]), np.array([[[0.3, -0.4, 9.0]]])
    np.testing.assert_allclose(ray_offsets(near, at)[0, 0, 0], [0.3, -0.4, 0.0], atol=1e-12)
    np.testing.assert_allclose(ray_offsets(far, at), ray_offsets(near, at), atol=1e-12)


def test_unseen_keypoints_are_zeros() -> None:
    sensed, seen = random_moment()
    blind = replace(seen, confidence=np.zeros_like(seen.confidence), rays=np.zeros_like(seen.rays))
    assert not observe(sensed, blind)[:, layout_of(CLIPS).blocks["rays"]].any()


def test_a_clip_stands_still_after_its_end() -> None:
    last = cues(CLIPS, np.array([0]), np.array([30]))
    np.testing.assert_array_equal(last.rays[:, 0], last.rays[:, -1])


def test_headings_are_turns_about_the_vertical_that_follow_the_pelvis() -> None:
    upright = matrix_from_rotvec(np.array([[0.0, 1.2, 0.0]]))
    np.testing.assert_allclose(headings(upright), upright, atol=1e-12)
    leaning = upright @ matrix_from_rotvec(np.array([[0.0, 0.0, -1.4]]))
    np.testing.assert_allclose(headings(leaning), upright, atol=1e-9)
    prone = upright @ matrix_from_rotvec(np.array([[0.0, 0.0, -np.pi / 2]]))
    np.testing.assert_allclose(headings(prone), upright, atol=1e-9)


def beside(shift: np.ndarray, outlier: float = 0.0) -> np.ndarray:
    """(3,) what rays say of a body (standing in its clip) that has been moved by (3,) metres."""
    clip, frame = np.zeros(1, dtype=int), np.zeros(1, dtype=int)
    seen = cues(CLIPS, clip, frame)
    with Worlds(CLIPS.bodies[0], 1) as worlds:
        states = flat_states(CLIPS.nominal.qpos[clip, frame], CLIPS.nominal.qvel[clip, frame])
        keypoints = worlds.sense(CLIPS.bodies[:1], states).keypoints + shift
    offsets = ray_offsets(keypoints, seen)[:, 0]
    offsets[0, 3] += outlier
    return ray_shift(offsets, seen)[0]


def test_rays_say_how_a_body_has_moved_across_them_and_little_along_them() -> None:
    view = CLIPS.nominal.qpos[0, 0, :3] - CLIPS.centres[0, 0]
    view /= np.linalg.norm(view)
    across = np.cross(view, [0.0, 1.0, 0.0])
    across /= np.linalg.norm(across)
    np.testing.assert_allclose(beside(0.2 * across), -0.2 * across, atol=0.02)
    assert -0.2 < beside(0.2 * view) @ view < -0.02
    np.testing.assert_allclose(beside(np.zeros(3)), 0, atol=0.005)


def test_one_wrong_keypoint_does_not_move_the_body() -> None:
    astray = beside(np.array([0.0, 0.1, 0.0]), outlier=2.0)
    np.testing.assert_allclose(astray, beside(np.array([0.0, 0.1, 0.0])), atol=0.02)


def test_without_keypoints_there_is_no_shift() -> None:
    _, seen = random_moment()
    nothing = replace(seen, rays=0 * seen.rays, confidence=0 * seen.confidence)
    np.testing.assert_array_equal(ray_shift(np.zeros((2, 17, 3)), nothing), 0)
