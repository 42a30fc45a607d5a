"""Who performs a motion in simulation: the sampling controller, or a policy and what is below it."""

from dataclasses import replace
from pathlib import Path

from borelli.body.model import BodyModel
from borelli.dynamics.policy.ladder import climb_down
from borelli.dynamics.policy.policy import SHIPPED, load_policy
from borelli.dynamics.policy.stretches import sampled_alone
from borelli.dynamics.sampling import SamplingConfig, perform
from borelli.motion.motion import Motion
from borelli.pipeline.config import RunConfig
from borelli.pipeline.files import performance_of
from borelli.pipeline.physics import Physical


def policy_file(config: RunConfig) -> Path | None:
    """The policy of a run; None where none is asked for."""
    return (config.policy or SHIPPED) if config.simulate == "policy" else None


def simulated(model: BodyModel, physical: Physical, motion: Motion, config: RunConfig) -> Physical:
    """The same with the motion performed by the simulated person, as far as that goes."""
    performance, file = performance_of(motion), policy_file(config)
    if file is not None:
        ladder = climb_down(model, motion, performance, load_policy(file), SamplingConfig())
        return replace(physical, simulation=ladder.simulation, stretches=ladder.stretches)
    if performance is None:
        return physical
    simulation = perform(model, performance, SamplingConfig())
    return replace(physical, simulation=simulation, stretches=sampled_alone(motion, simulation))
