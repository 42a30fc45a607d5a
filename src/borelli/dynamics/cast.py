"""One person of a video on the way through physics: evidence, body, surroundings, and the motion so far."""

from dataclasses import dataclass, replace

import numpy as np

from borelli.dynamics.actor import Actor
from borelli.dynamics.config import PhysicsConfig
from borelli.dynamics.plan import Surroundings
from borelli.dynamics.role import Role
from borelli.dynamics.seen import Seen
from borelli.fitting.fit import Fit
from borelli.fitting.state import State


@dataclass(frozen=True)
class Cast:
    """One person with all that is known of them before physics."""

    actor: Actor
    fit: Fit
    around: Surroundings
    start: State
    reason: str
    """Why physics does not apply; empty where it does."""

    @property
    def times(self) -> np.ndarray:
        """(T,) seconds."""
        return self.fit.subject.times

    def heeding(self, image_weight: float, moving: tuple[str, ...] = ()) -> Role:
        """The role with the image counting so many times as much as in the estimator.

        `moving` names the unknowns of the camera that may change, if they are not known.
        """
        assumed = self.fit.config
        config = replace(assumed, data_weight=image_weight * assumed.data_weight)
        source = Seen(replace(self.fit, config=config), moving)
        return Role(self.actor, source, None if self.reason else self.around.plan)

    def borne(self, state: State, config: PhysicsConfig) -> bool:
        """Whether the image bears a state."""
        return self.fit.reprojection(state) <= config.worse_image * self.fit.reprojection(self.start) + 1e-4

    def cut(self, frames: slice) -> "Cast":
        """The same person over some frames."""
        fit = replace(self.fit, subject=self.fit.subject.cut(frames))
        start = replace(self.start, coordinates=self.start.coordinates[frames])
        return replace(self, fit=fit, around=self.around.cut(frames), start=start)
