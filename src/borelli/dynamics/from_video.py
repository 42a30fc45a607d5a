"""Physics for people seen in a video: the image keeps pulling, and decides in the end what is kept."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from borelli.body.model import BodyModel
from borelli.dynamics.actor import Actor
from borelli.dynamics.boxes import Box
from borelli.dynamics.cast import Cast
from borelli.dynamics.config import LAX, ON_ANYTHING, STRICT, PhysicsConfig, Stage
from borelli.dynamics.explain import explain
from borelli.dynamics.gravity import common_gravity, looks_at
from borelli.dynamics.performance import Performance
from borelli.dynamics.plan import Surroundings
from borelli.dynamics.schedule import Schedule, ground_seen
from borelli.dynamics.seen import unfit
from borelli.dynamics.solve_windows import spans_of
from borelli.dynamics.supports import Supports
from borelli.dynamics.whole_clip import obey_physics
from borelli.errors import BorelliError
from borelli.fitting.config import EstimatorConfig
from borelli.fitting.fit import Fit
from borelli.fitting.state import State
from borelli.fitting.subject import Estimate, Filmed, Known
from borelli.fitting.windows import Mapper
from borelli.geometry.camera import Camera

CONTACT_SD = 0.004
"""Metres: tighter than in recordings, where feet may really shift: what moves in video is mostly error."""
SLIDING = 0.02
"""Of full force: see `PhysicsConfig`."""
ROUGH_FLOOR = 0.3
"""Metres: how wrong the floor of a given calibration may be under single stances."""
ONE_FLOOR = 0.12
"""Metres: one camera sees heights so badly that a lower step is more likely an error of depth or tilt."""

Told = Callable[[int, int], None]
"""Told how much is done, and of how much."""


def untold(done: int, expected: int) -> None:
    """For those who need not know."""


@dataclass(frozen=True)
class Outcome:
    """What physics made of one person."""

    state: State
    """The motion that is kept."""
    performance: Performance | None
    """Forces and torques of that motion; None where physics was not applied."""
    before: Performance | None
    """The kinematic motion, explained by the same contacts as well as it can be."""
    reason: str
    """Why physics was not applied; empty where it was."""
    reprojection: tuple[float, float]
    """Root mean square distance to the keypoints before and after, metres on the body."""


@dataclass(frozen=True)
class Decided:
    """Which motion of one person is kept, before its forces are found; evidence is not needed any more."""

    actor: Actor
    times: np.ndarray
    """(T,) seconds."""
    start: State
    """The motion before physics."""
    state: State
    """The motion that is kept."""
    plan: Schedule | None
    """Its contacts; None where physics was not applied."""
    level: bool
    """Stances are on known ground."""
    config: PhysicsConfig
    reason: str
    reprojection: tuple[float, float]
    """See `Outcome`."""


def decide_motions(
    model: BodyModel,
    subjects: Sequence[Filmed],
    estimates: Sequence[Estimate],
    camera: Camera,
    assumed: EstimatorConfig,
    masses: Sequence[float | None],
    boxes: tuple[Box, ...] = (),
    config: PhysicsConfig | None = None,
    tell: Told = untold,
    over: Mapper = map,
) -> list[Decided]:
    """The motions of all people of a clip that obey physics; they share the camera.

    Args:
        model: the body.
        subjects: evidence, as the estimator was given it.
        estimates: of these people, in a world with the floor at y = 0.
        camera: as known before estimation, its pose in that world if it is known.
        assumed: weights of the evidence.
        masses: kilograms; None where not known.
        boxes: what can carry weight besides the floor.
        config: assumptions.
        tell: told how many stretches of a very long clip are solved, and of how many if the first way works.
        over: maps over these stretches.
    """
    config = config or PhysicsConfig(contact_sd=CONTACT_SD, sliding=SLIDING)
    over = _telling(over, tell, _expected(subjects, camera, config))
    reach = 0.0 if camera.T_camera_world is None else ROUGH_FLOOR
    cast = []
    for subject, estimate, mass in zip(subjects, estimates, masses, strict=True):
        fit = Fit.of(model, subject, camera, assumed, Known(person=estimate.state.person))
        actor = Actor.of(model, estimate.state.person, mass)
        around = Surroundings(Supports(boxes=boxes), reach, config.sliding, estimate.contacts, ONE_FLOOR)
        reason = unfit(fit, actor, around, estimate)
        cast.append(Cast(actor, fit, around, estimate.state, reason))
    start = [one.start for one in cast]
    states = common_gravity(cast, config, over) if camera.T_camera_world is None else start
    tried = [_tried(one, state, config, over) for one, state in zip(cast, states, strict=True)]
    if any(found.plan is not None for found in tried):
        return tried
    return [_kept(one, one.start, found.reason, config) for one, found in zip(cast, tried, strict=True)]


def _expected(subjects: Sequence[Filmed], camera: Camera, config: PhysicsConfig) -> int:
    """Stretches to be solved, all stages together, when nothing is refused."""
    first = len(ATTEMPTS[0].stages)
    alone = sum(first * len(spans_of(subject.times, config)) for subject in subjects)
    if camera.T_camera_world is not None:
        return alone
    times = np.unique(np.concatenate([subject.times for subject in subjects]))
    return alone + len(looks_at(times, config))


def _telling(over: Mapper, tell: Told, expected: int) -> Mapper:
    """The same map, which tells about every stretch that is done."""
    done = 0

    def told(work: Callable[[Any], Any], tasks: Iterable[Any]) -> Iterator[Any]:
        nonlocal done
        for found in over(work, tasks):
            done += 1
            tell(done, max(done, expected))
            yield found

    return told


@dataclass(frozen=True)
class Attempt:
    """One way to bring physics and image together."""

    stages: tuple[Stage, ...]
    image_weight: float
    outlier: float | None = None
    level: bool = False
    """Stances are on known ground."""


ATTEMPTS = (
    Attempt((*LAX, *STRICT), 2.0, level=True),
    Attempt(ON_ANYTHING, 2.0),
    Attempt(ON_ANYTHING, 6.0, outlier=0.15),
)
"""In this order, until the image bears it; the last gives up frames that no contact explains."""


def _tried(one: Cast, state: State, config: PhysicsConfig, over: Mapper) -> Decided:
    """Try one way after the other, until the image bears it; the camera stays as in `state`."""
    if one.reason:
        return _kept(one, state, one.reason, config)
    before = one.fit.reprojection(one.start)
    refused = ""
    for attempt in ATTEMPTS:
        tried = replace(config, image_weight=attempt.image_weight, outlier=attempt.outlier)
        role = one.heeding(attempt.image_weight)
        try:
            found, plans = obey_physics([role], [state], tried, attempt.stages, over)
        except BorelliError as error:
            return _kept(one, state, str(error), config)
        after = one.fit.reprojection(found[0])
        if one.borne(found[0], config) and plans[0] is not None:
            table = one.actor.model.skeleton
            inside = np.clip(found[0].coordinates, table.lower, table.upper)
            kept = replace(found[0], coordinates=inside)
            parts = one.actor, one.times, one.start, kept, plans[0]
            return Decided(*parts, attempt.level, tried, "", (before, after))
        refused = (
            "physics would have moved the body away from the image: "
            f"reprojection {1e3 * before:.1f} to {1e3 * after:.1f} mm"
        )
    return _kept(one, state, refused, config)


def outcome_of(decided: Decided) -> Outcome:
    """Forces and torques of a motion that is kept; of the one before, too, for comparison."""
    if decided.plan is None:
        return Outcome(decided.state, None, None, decided.reason, decided.reprojection)
    actor, times, plan, config = decided.actor, decided.times, decided.plan, decided.config
    if not decided.level:
        points, _ = actor.places(decided.state.coordinates)
        plan = replace(plan, support=ground_seen(plan, points))
    after, before = (
        explain(actor, times, s.coordinates, plan, config) for s in (decided.state, decided.start)
    )
    return Outcome(decided.state, after, before, "", decided.reprojection)


def _kept(one: Cast, state: State, why: str, config: PhysicsConfig) -> Decided:
    """The motion as it was, or as it is under the camera that others have found."""
    errors = one.fit.reprojection(one.start), one.fit.reprojection(state)
    return Decided(one.actor, one.times, one.start, state, None, False, config, why, errors)
