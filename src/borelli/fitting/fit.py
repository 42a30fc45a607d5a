"""One person in front of one camera: which terms hold, where to start, what came out."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import logit

from borelli.body.kinematics import Points, joint_points, landmark_points
from borelli.body.model import BodyModel
from borelli.body.skeleton import LENGTH_GROUPS
from borelli.body.stature import person_of_stature, stature, stature_gradient
from borelli.body.trajectories import frame_runs
from borelli.fitting.camera_state import CAMERA_UNKNOWNS, LEVEL, CameraState
from borelli.fitting.config import EstimatorConfig
from borelli.fitting.contacts import (
    apparent_speed,
    contact_probability,
    height_over_ground,
    stance_anchors,
    without_slides,
)
from borelli.fitting.evidence_terms import (
    camera_priors,
    image_terms,
    learned_terms,
    length_priors,
    stature_prior,
    upright_terms,
)
from borelli.fitting.headings import start_from_keypoints
from borelli.fitting.learned import guessed_posture, guessed_up
from borelli.fitting.regular import regular_terms
from borelli.fitting.solver import Problem
from borelli.fitting.start import placed, start_from_hints
from borelli.fitting.state import State, View, border_names
from borelli.fitting.subject import CONTACT_LANDMARKS, Estimate, Filmed, Known
from borelli.fitting.terms import Term
from borelli.fitting.terms.balance import balance
from borelli.fitting.terms.contacts import Floor, NoSlip
from borelli.fitting.terms.coordinates import Rest
from borelli.fitting.terms.positions import Positions
from borelli.fitting.terms.priors import BorderPrior
from borelli.fitting.uncertainty import uncertainty
from borelli.geometry.camera import Camera

ON_FLOOR = 0.25
"""Metres: nearer to the floor than this, a person stands on it."""

COARSE_HZ = 15.0
"""Frames per second that are enough to find a posture; the last stages use all frames."""
COARSEST = 20
"""Frames that the coarse clip keeps at least."""


@dataclass(frozen=True)
class Fit:
    """One subject with the terms that hold throughout."""

    model: BodyModel
    subject: Filmed
    camera: Camera
    config: EstimatorConfig
    points: Points
    """Keypoints first, then CONTACT_LANDMARKS."""
    known: Known
    support: float = 0.0
    """Metres: height of what this person stands on; not 0 on a roof, a stage, a stair."""
    sized: bool = False
    """The known floor tells how large the person is."""

    @staticmethod
    def of(model: BodyModel, subject: Filmed, camera: Camera, config: EstimatorConfig, known: Known) -> "Fit":
        """The fit of a subject, with the points that its evidence and its feet speak about."""
        feet = landmark_points(model, CONTACT_LANDMARKS)
        return Fit(model, subject, camera, config, subject.points.and_then(feet), known)

    @property
    def feet(self) -> np.ndarray:
        """Indices of the contact points."""
        return np.arange(len(self.points.segments) - len(CONTACT_LANDMARKS), len(self.points.segments))

    def first_camera(self) -> CameraState:
        """The camera as far as it is known without looking."""
        pose = self.camera.T_camera_world
        level = CameraState(LEVEL if pose is None else pose, np.zeros(len(CAMERA_UNKNOWNS)))
        return self.known.camera or level

    def up(self) -> np.ndarray:
        """(3,) what the guess says about the direction against gravity; zero if that is known."""
        e = self.subject.evidence
        if e.learned is None or not self._gravity_unknown:
            return np.zeros(3)
        return guessed_up(e.learned.guess, e.confidence.sum(axis=1))

    def start(self, camera: CameraState) -> State:
        """First posture from hints, from a guess, or a relaxed one; mean shape unless known."""
        stated = self.subject.stature or self.config.stature_mean
        person = self.known.person or person_of_stature(self.model, stated)
        evidence = self.subject.evidence
        if evidence.hints is not None:
            regular = regular_terms(self.model.skeleton, evidence.times)
            state = start_from_hints(self.model, evidence, person, camera, regular)
        elif evidence.learned is not None:
            posture = guessed_posture(evidence.learned.guess, camera)
            state = placed(self.model, evidence, State(posture, person, camera))
        else:
            state = start_from_keypoints(self.model, evidence, person, camera)
        return state if self.known.before is None else _continued(state, self.known.before)

    @property
    def _gravity_unknown(self) -> bool:
        return self.camera.T_camera_world is None and self.known.camera is None

    def coarser(self) -> "Fit":
        """The same person at about COARSE_HZ frames per second, for the stages that find the posture."""
        times = self.subject.times
        if len(times) < COARSEST:
            return self
        stride = max(1, round(1 / (COARSE_HZ * float(np.median(np.diff(times))))))
        some = slice(None, None, min(stride, len(times) // COARSEST))
        before = self.known.before
        held = before and Rest(before.mean[some], before.precision[some])
        return replace(self, subject=self.subject.cut(some), known=replace(self.known, before=held))

    def refined(self, coarse: "Fit", state: State) -> State:
        """A state of the coarser person, interpolated to all frames."""
        times, known = self.subject.times, coarse.subject.times
        q = np.stack([np.interp(times, known, column) for column in state.coordinates.T], axis=1)
        return replace(state, coordinates=q)

    def free(self) -> np.ndarray:
        """(G,) which shared unknowns may move."""
        names = border_names(self.model.shape_size)
        moving: set[str] = set()
        if self.known.person is None:
            moving |= {f"length_{g}" for g in LENGTH_GROUPS}
            # what nothing measures must not move: residuals in metres would shrink the body
            if self.subject.stature is not None or self.sized:
                moving.add("scale")
        if self.camera.T_camera_world is None and self.known.camera is None:
            moving |= {"pitch", "roll", "height"}
            if self.camera.focal_sd > 0:
                moving.add("log_focal")
        return np.array([name in moving for name in names])

    def terms(self, state: State) -> tuple[Term, ...]:
        """Image, 3D cues and priors, with pixel errors scaled to the person's depth in `state`."""
        e, c = self.subject.evidence, self.config
        return (
            *image_terms(self.model, e, state, c),
            *learned_terms(e, c),
            *regular_terms(self.model.skeleton, e.times),
            *self._border_terms(),
            *((self.known.before,) if self.known.before else ()),
        )

    def _border_terms(self) -> tuple[Term, ...]:
        e, c = self.subject.evidence, self.config
        names = border_names(self.model.shape_size)
        expected, sd = camera_priors(self.camera, e, self.up(), c)
        return (
            BorderPrior(*length_priors(names, expected, sd, e.frames, c)),
            stature_prior(self.subject.stature, self.sized, e.frames, c),
            *(upright_terms(e, c) if self.camera.T_camera_world is None else ()),
        )

    def contacts(self, state: State) -> np.ndarray:
        """(T, 4) probability that each foot point stands."""
        view = View(self.model, self.points, state)
        e = self.subject.evidence
        trust = np.ones((e.frames, len(self.feet)))
        for k, name in enumerate(CONTACT_LANDMARKS):
            ankle = e.index(("right" if name.endswith("_r") else "left") + "_ankle")
            if ankle is not None:
                trust[:, k] = np.clip(e.confidence[:, ankle] * 2, 0, 1)
        speed = apparent_speed(view.camera[:, self.feet], e.times)
        height = height_over_ground(view.world[:, self.feet, 1], e.times)
        told = 0.0
        if e.learned is not None:
            told = self.config.guess_contact_weight * logit(e.learned.guess.contacts)
        return contact_probability(speed, height, e.times, trust, self.config.contact, told)

    def standing(self, state: State, contacts: np.ndarray) -> tuple[Term, ...]:
        """Terms that hold standing feet, anchored where they stand in `state`."""
        e, c = self.subject.evidence, self.config
        world, times = View(self.model, self.points, state).world, e.times
        targets, weight = stance_anchors(world[:, self.feet], contacts, times)
        upright = balance(e.names, world, self.feet, contacts, times, c.balance_sd / np.sqrt(c.data_weight))
        on_support = np.abs(targets[..., 1] - self.support) < ON_FLOOR
        return (
            NoSlip(self.feet, contacts, times, c.slip_sd),
            Positions(self.feet, targets, weight / c.anchor_sd, robust=5.0),
            Floor(self.feet, contacts * on_support, self.support, ON_FLOOR),
            *((upright,) if upright else ()),
        )

    def on_support(self, state: State) -> tuple["Fit", State]:
        """Decide whether the person stands on the floor or on something else, and how large they then are.

        Under a known camera pose without a stature, standing on the floor tells the size: the feet must be
        where their rays meet it. A size nobody has means that the person stands on something else.
        """
        low = self.lowest(state)
        if self._size_from_floor:
            T = state.camera.T_camera_world()
            height = float(-(T[:3, :3].T @ T[:3, 3])[1])
            scale = state.person.scale * height / max(height - low, 0.1)
            implied = stature(self.model, replace(state.person, scale=scale))
            if abs(implied - self.config.stature_mean) < 2.5 * self.config.stature_sd:
                larger = replace(state, person=replace(state.person, scale=scale))
                return replace(self, sized=True), placed(self.model, self.subject.evidence, larger)
        return replace(self, support=low if abs(low) > ON_FLOOR else 0.0), state

    @property
    def _size_from_floor(self) -> bool:
        return (
            self.camera.T_camera_world is not None
            and self.subject.stature is None
            and self.known.person is None
        )

    def lowest(self, state: State) -> float:
        """Height that the lower foot has in most frames, metres."""
        return float(
            np.quantile(View(self.model, self.points, state).world[:, self.feet, 1].min(axis=1), 0.3)
        )

    def finish(self, state: State, before: State, contacts: np.ndarray, extra: tuple[Term, ...]) -> Estimate:
        """Gate, limits, uncertainty."""
        error_before, error_after = (self.reprojection(s) for s in (before, state))
        accepted = error_after <= 1.25 * error_before + 0.005
        kept = state if accepted else before
        table = self.model.skeleton
        kept = replace(kept, coordinates=np.clip(kept.coordinates, table.lower, table.upper))
        terms = self.terms(kept) + (extra if accepted else ())
        problem = Problem(self.model, self.points, terms, self.free())
        feet = View(self.model, self.points, kept).world[:, self.feet]
        contacts = without_slides(contacts, feet, self.config.slide)
        sure = uncertainty(problem, kept, joint_points(self.model), self.config.sigma_inflation)
        error = error_after if accepted else error_before
        return Estimate(kept, contacts, sure.positions, error, accepted, self._stature_sd(kept, sure.border))

    def _stature_sd(self, state: State, border: np.ndarray) -> float:
        if self.subject.stature is not None:
            return self.config.given_stature_sd
        if not self.sized:
            return self.config.stature_sd
        gradient = stature_gradient(self.model, state.person)
        body = border[: len(gradient), : len(gradient)]
        return float(np.sqrt(gradient @ body @ gradient))

    def reprojection(self, state: State) -> float:
        """Root mean square distance to the keypoints, metres on the body."""
        squares, weight = 0.0, 0.0
        for run in frame_runs(len(state.coordinates)):
            e = self.subject.cut(run).evidence
            view = View(self.model, e.points, replace(state, coordinates=state.coordinates[run]))
            error = (state.camera.image(view.camera) - e.image) * view.camera[..., 2:]
            w = e.confidence * np.isfinite(e.spread)
            squares += np.sum(w * np.sum(error**2, axis=-1))
            weight += np.sum(w)
        return float(np.sqrt(squares / max(weight, 1e-9)))


def _continued(state: State, before: Rest) -> State:
    """Take over the frames that are held, and let the turns of the pelvis go on from there."""
    q = np.where(before.precision > 0, before.mean, state.coordinates)
    q[:, :3] = np.unwrap(q[:, :3], axis=0)
    return replace(state, coordinates=q)
