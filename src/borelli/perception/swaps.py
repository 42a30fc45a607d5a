"""Left and right put back where the network exchanged them: one Viterbi path over the clip.

A state says which parts of the body are exchanged: none, shanks, legs, forearms, arms with the head, or all.
The path minimises robust accelerations in the picture and in the hints' depth, plus cues of the hints that
need no continuity (bone lengths, hips along shoulders, heel to toe).
"""

from dataclasses import replace
from itertools import pairwise

import numpy as np

from borelli.motion.observations import Track
from borelli.perception.swap_costs import (
    bone_cue,
    features,
    heel_to_toe_cue,
    jerk_scale,
    jerkiness,
    sharpness,
    trunk_cue,
)
from borelli.stretches import stretches

PARTS = (
    ("knee", "ankle", "heel", "foot_index", "big_toe", "small_toe"),
    ("hip",),
    ("elbow", "wrist", "pinky", "index", "thumb"),
    ("shoulder", "ear", "eye"),
)
PART_WEIGHT = (1.0, 0.3, 1.0, 0.5)  # shanks, hips, forearms, shoulders with head
STATES = np.array(
    [[0, 0, 0, 0], [1, 0, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 1, 1], [1, 1, 1, 1]], dtype=np.int64
)
CHANGE_COST = 0.3  # of one change of state, in jumps of one limb
EXCHANGED_COST = 0.01  # per exchanged frame: without evidence the network is believed
STRETCH, LEAD = 9000, 300  # frames that are repaired at once, and how much earlier they begin


def repair(track: Track, names: tuple[str, ...]) -> Track:
    """The track with left/right exchanges undone and `swapped` set where that happened.

    Long clips are repaired in stretches, each by its own sizes of people and speeds of limbs; a stretch
    begins early, so that it agrees with the one before about who is exchanged when it begins to count.

    Args:
        track: one person.
        names: (K,) keypoint names with left_ and right_ in them.
    """
    seen = np.flatnonzero(track.seen)
    if len(seen) < 3:
        return track
    groups = [_pairs(names, parts) for parts in PARTS]
    states = np.zeros(len(seen), dtype=np.int64)
    for run in stretches(len(seen), STRETCH):
        begin = max(run.start - LEAD, 0)
        states[run] = _states(track, seen[begin : run.stop], names, groups)[run.start - begin :]
    return _exchanged(track, seen, STATES[states].astype(bool), _with_rest(names, groups))


def _states(track: Track, seen: np.ndarray, names: tuple[str, ...], groups: list[np.ndarray]) -> np.ndarray:
    """(n,) rows of STATES in the frames `seen` (n,)."""
    points = features(track, seen, _pairs(names, ("shoulder", "hip")))
    scale = jerk_scale(points)
    unary = _unary(track, seen, names)
    states = np.zeros(len(seen), dtype=np.int64)
    for a, b in pairwise([0, *(np.flatnonzero(np.diff(seen) > 1) + 1), len(seen)]):
        if b - a >= 3:
            steps = [
                w * jerkiness(points[a:b][:, g], scale) for g, w in zip(groups, PART_WEIGHT, strict=True)
            ]
            states[a:b] = _path(steps, unary[a:b])
    return states


def _exchanged(track: Track, seen: np.ndarray, flags: np.ndarray, groups: list[np.ndarray]) -> Track:
    """The track with the pairs of each group exchanged in its frames; flags are (n, groups)."""
    if not flags.any():
        return track
    changed = {name: getattr(track, name).copy() for name in ("keypoints", "covariance")}
    if track.hints is not None:
        changed["hints"] = track.hints.copy()
    for frames, pairs in zip((seen[column] for column in flags.T), groups, strict=True):
        for array in changed.values():
            array[np.ix_(frames, pairs.T.ravel())] = array[np.ix_(frames, pairs[:, ::-1].T.ravel())]
    swapped = track.swapped.copy()
    swapped[seen] |= flags.any(axis=1)
    return replace(track, swapped=swapped, **changed)


def _with_rest(names: tuple[str, ...], groups: list[np.ndarray]) -> list[np.ndarray]:
    """The groups, with all pairs that are in none (hands, face) added to the forearms or the head."""
    every = _pairs(names, tuple(n.replace("left", "").strip("_") for n in names if "left" in n))
    rest = every[~np.isin(every[:, 0], np.concatenate(groups)[:, 0])]
    hands = np.array(["hand" in names[i] for i in rest[:, 0]], dtype=bool)
    return [*groups[:2], np.concatenate([groups[2], rest[hands]]), np.concatenate([groups[3], rest[~hands]])]


def _pairs(names: tuple[str, ...], parts: tuple[str, ...]) -> np.ndarray:
    """(P, 2) indices, left then right, of the parts that the set has on both sides."""
    pairs = [
        (names.index(pattern.format("left")), names.index(pattern.format("right")))
        for part in parts
        for pattern in (f"{{}}_{part}", f"{part}_{{}}")
        if pattern.format("left") in names and pattern.format("right") in names
    ]
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def _unary(track: Track, seen: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    """(n, states) cost of each state in a frame by itself; cues need hints of every joint they use."""
    joints = ("knee", "hip", "elbow", "shoulder", "heel", "foot_index")
    shanks, hips, arms, head = STATES.T
    cost = np.tile(EXCHANGED_COST * STATES.any(axis=1), (len(seen), 1))
    pairs = [_pairs(names, (joint,)) for joint in joints]
    if track.hints is None or any(len(pair) != 1 for pair in pairs):
        return cost
    knees, hip, elbows, shoulders, heels, toes = (
        track.hints[seen][:, p[0]].astype(np.float64) for p in pairs
    )
    trunk = np.concatenate([pairs[3], pairs[1]])
    sharp_knees, sharp_elbows = (sharpness(track, seen, trunk, pairs[i]) for i in (0, 2))
    for cue, one, other in (
        (bone_cue(hip, knees, sharp_knees), shanks, hips),
        (bone_cue(shoulders, elbows, sharp_elbows), arms, head),
        (trunk_cue(shoulders, hip), hips, head),
        (heel_to_toe_cue(np.stack([shoulders, hip, heels, toes], axis=1)), hips, np.zeros_like(hips)),
    ):
        cost += np.where(one == other, np.maximum(cue, 0)[:, None], np.maximum(-cue, 0)[:, None])
    return cost


def _path(steps: list[np.ndarray], unary: np.ndarray) -> np.ndarray:
    """(n,) state per frame of one run of frames, n >= 3.

    Args:
        steps: per group (n - 2, 2, 2, 2) costs of exchanged or not in three successive frames.
        unary: (n, S) cost of a state in a frame.

    Second-order Viterbi: a node is (state before, state now).
    """
    count, states = unary.shape
    change = CHANGE_COST * (1 - np.eye(states))
    cost = unary[0][:, None] + unary[1][None, :] + change
    choice = np.zeros((count, states, states), dtype=np.int64)
    a, b, c = np.ix_(np.arange(states), np.arange(states), np.arange(states))
    for t in range(2, count):
        jerk = sum(s[t - 2][f[a], f[b], f[c]] for s, f in zip(steps, STATES.T, strict=True))
        total = cost[:, :, None] + jerk + change[None] + unary[t]
        choice[t] = total.argmin(axis=0)
        cost = total.min(axis=0)
    before, now = np.unravel_index(int(cost.argmin()), (states, states))
    path = [int(now), int(before)]
    for t in range(count - 1, 1, -1):
        path.append(int(choice[t, path[-1], path[-2]]))
    return np.array(path[::-1], dtype=np.int64)
