"""When each foot stands: heel strikes, toe-offs and footprints, from forces, contacts or kinematics."""

from dataclasses import dataclass

import numpy as np
from scipy.signal import find_peaks

from borelli.body.mjcf import GRAVITY
from borelli.dynamics.centre_of_mass import runs
from borelli.dynamics.hysteresis import decide
from borelli.measures.measure import LEFT, RIGHT
from borelli.motion.motion import Motion

SIDES = ((RIGHT, "_r"), (LEFT, "_l"))
SOLE = ("sole_", "heel_", "metatarsal_", "big_toe_", "small_toe_")
"""How the names of the contact points of a foot begin."""
LOADED = 0.05
"""Body weights under a foot that stands: some 35 N, above the noise of computed forces."""
EXPLAINED = 0.9
"""Share of frames with trustworthy forces from which these tell the events."""
EXCURSION = 0.15
"""Metres, at a stature of 1.70 m, by which a foot that steps swings past the pelvis at least."""
SHORTEST_PRINT = 0.1
"""Seconds of stance that are needed to see where a foot stands."""


@dataclass(frozen=True)
class Stance:
    """One foot on the ground."""

    side: str
    start: float
    """Seconds: heel strike, or the first frame of the clip or after a gap."""
    end: float
    """Seconds: toe-off, or the last frame of the clip or before a gap."""
    strike_seen: bool
    off_seen: bool
    place: np.ndarray
    """(3,) world: where the heel stands; NaN when the stance begins before the clip or is too short."""
    place_sd: float
    """Metres along each axis; NaN when unknown."""


def foot_stances(motion: Motion) -> tuple[list[Stance], str]:
    """Stances of both feet in order of time, and what told them: forces, contacts, kinematics or nothing."""
    load = _load(motion)
    if load is not None:
        return _sorted(motion, decide((load > LOADED).astype(float), motion.time), load, LOADED), "forces"
    probability = _probability(motion)
    standing = decide(probability, motion.time)
    if _changes(standing[motion.valid]):
        return _sorted(motion, standing, probability, 0.5), "contacts"
    standing = _kinematic(motion)
    if _changes(standing):
        return _sorted(motion, standing, standing.astype(float), 0.5), "kinematics"
    return [], "nothing"


def _changes(standing: np.ndarray) -> bool:
    """Does each foot both stand and swing in (T, 2)."""
    return bool((standing.any(axis=0) & ~standing.all(axis=0)).all()) if len(standing) else False


def _sole(motion: Motion, suffix: str) -> np.ndarray:
    names = motion.contact_names
    return np.array([name.startswith(SOLE) and name.endswith(suffix) for name in names], dtype=bool)


def _load(motion: Motion) -> np.ndarray | None:
    """(T, 2) body weights under each foot; None without forces that can be trusted."""
    if motion.forces is None or motion.explained is None or motion.explained.mean() < EXPLAINED:
        return None
    vertical = motion.forces[..., 1] / (motion.mass * GRAVITY)
    return np.stack([vertical[:, _sole(motion, suffix)].sum(axis=1) for _, suffix in SIDES], axis=1)


def _probability(motion: Motion) -> np.ndarray:
    """(T, 2) that any point of the foot stands."""
    feet = [motion.contacts[:, _sole(motion, suffix)] for _, suffix in SIDES]
    return np.stack([foot.max(axis=1, initial=0.0) for foot in feet], axis=1)


def _kinematic(motion: Motion) -> np.ndarray:
    """(T, 2) bool after Zeni, Richards & Higginson 2008 (Gait & Posture 27:710).

    A foot stands from where its heel is farthest ahead of the pelvis to where its toes are farthest behind.
    """
    heading = motion.coordinate("pelvis_rotation")
    ahead = np.stack([np.cos(heading), -np.sin(heading)], axis=1)
    pelvis = motion.joint("ground_pelvis")
    standing = np.zeros((len(motion.time), 2), dtype=bool)
    for k, (_, suffix) in enumerate(SIDES):
        heel, toe = (
            np.sum((_landmark(motion, name + suffix) - pelvis)[:, [0, 2]] * ahead, axis=1)
            for name in ("heel", "big_toe")
        )
        least = EXCURSION * motion.stature / 1.70
        strikes, _ = find_peaks(np.where(motion.valid, heel, -np.inf), prominence=least)
        offs, _ = find_peaks(np.where(motion.valid, -toe, -np.inf), prominence=least)
        standing[:, k] = _between(strikes, offs, len(motion.time))
    return standing


def _between(strikes: np.ndarray, offs: np.ndarray, frames: int) -> np.ndarray:
    """(T,) bool: from every strike to the next toe-off; what the ends cut is completed."""
    change = np.zeros(frames, dtype=int)
    change[strikes], change[offs] = 1, -1
    events = np.flatnonzero(change)
    if not len(events):
        return np.zeros(frames, dtype=bool)
    last = np.maximum.accumulate(np.where(change != 0, np.arange(frames), -1))
    return np.where(last >= 0, change[np.maximum(last, 0)] > 0, change[events[0]] < 0)


def _sorted(motion: Motion, standing: np.ndarray, signal: np.ndarray, level: float) -> list[Stance]:
    found = [
        _stance(motion, k, first, last, signal[:, k], level)
        for k in range(2)
        for first, last in runs(standing[:, k] & motion.valid)
    ]
    return sorted(found, key=lambda stance: (stance.start, stance.side))


def _stance(motion: Motion, foot: int, first: int, last: int, signal: np.ndarray, level: float) -> Stance:
    side, suffix = SIDES[foot]
    time, valid = motion.time, motion.valid
    strike_seen = first > 0 and bool(valid[first - 1])
    off_seen = last < len(time) and bool(valid[last])
    start = _crossing(signal, time, first, level) if strike_seen else float(time[first])
    end = _crossing(signal, time, last, level) if off_seen else float(time[last - 1])
    # once the heel is down, and before it rises for the next step
    planted = (time[first:last] >= start + 0.1 * (end - start)) & (time[first:last] <= (start + end) / 2)
    frames = first + np.flatnonzero(planted)
    place, sd = np.full(3, np.nan), float("nan")
    if strike_seen and end - start >= SHORTEST_PRINT and len(frames):
        place = np.median(_landmark(motion, "heel" + suffix)[frames], axis=0)
        sd = float(np.median(motion.joint_sigma[frames, motion.joint_names.index("ankle" + suffix)]))
    return Stance(side, start, end, strike_seen, off_seen, place, sd)


def _crossing(signal: np.ndarray, time: np.ndarray, frame: int, level: float) -> float:
    """Time at which the signal passes the level between a frame and the one before."""
    before, after = signal[frame - 1] - level, signal[frame] - level
    share = before / (before - after) if before * after < 0 else 0.5
    return float(time[frame - 1] + share * (time[frame] - time[frame - 1]))


def _landmark(motion: Motion, name: str) -> np.ndarray:
    return motion.landmarks[:, motion.landmark_names.index(name)]
