"""A whole clip made to obey Newton's laws, with everything that is known of the motion still pulling.

One Gauss-Newton over all frames: the terms of the source (image or recording), Newton's law with the contact
forces eliminated, standing points at their anchors, nothing below the floor. Noisy motions are solved with a
lax law first (continuation), and contacts are found again in between. Long clips are solved in windows.
"""

from collections.abc import Sequence
from dataclasses import replace

from threadpoolctl import threadpool_limits

from borelli.dynamics.config import PhysicsConfig, Stage
from borelli.dynamics.curve import curve_of_differences
from borelli.dynamics.role import Role
from borelli.dynamics.schedule import Schedule
from borelli.dynamics.solve_windows import solve_once
from borelli.fitting.state import State
from borelli.fitting.windows import Mapper


def obey_physics(
    roles: Sequence[Role],
    states: Sequence[State],
    config: PhysicsConfig,
    stages: Sequence[Stage],
    over: Mapper = map,
) -> tuple[list[State], list[Schedule | None]]:
    """States after the last stage, and the contacts they were solved with.

    Whoever obeys is moved onto the curve that the solver's differences describe (`curve`), by less than a
    millimetre unless the motion shakes. All people must have the same camera state. `over` maps over the
    stretches of a very long clip.
    """
    found = list(states)
    plans: list[Schedule | None] = []
    with threadpool_limits(1, user_api="blas"):
        for stage in stages:
            known = [None] * len(roles) if stage.look_again or not plans else plans
            plans = []  # those of the stage before go one by one: in a long clip they are large
            for role, state in zip(roles, found, strict=True):
                plans.append(role.contacts(state, known.pop(0), config))
            found = solve_once(roles, found, plans, stage, config, over)
    curves = [
        replace(state, coordinates=curve_of_differences(role.source.times, state.coordinates))
        if plan is not None
        else state
        for role, state, plan in zip(roles, found, plans, strict=True)
    ]
    return curves, plans
