"""Ordinary video of people to anatomical motion.

motion = borelli.reconstruct("walk.mp4", stature=1.75)[0]
motion.coordinate("knee_angle_r")  # radians, one per frame of motion.time
"""

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from borelli.errors import BorelliError as BorelliError
    from borelli.markers.ik import solve_ik as solve_ik
    from borelli.motion.motion import Motion as Motion
    from borelli.motion.motion import load_motion as load_motion
    from borelli.pipeline.config import RunConfig as RunConfig
    from borelli.pipeline.reconstruct import reconstruct as reconstruct
    from borelli.pipeline.run import run_one as run_one

_HOMES = {
    "BorelliError": "borelli.errors",
    "Motion": "borelli.motion.motion",
    "load_motion": "borelli.motion.motion",
    "RunConfig": "borelli.pipeline.config",
    "reconstruct": "borelli.pipeline.reconstruct",
    "run_one": "borelli.pipeline.run",
    "solve_ik": "borelli.markers.ik",
}

__all__ = ["BorelliError", "Motion", "RunConfig", "load_motion", "reconstruct", "run_one", "solve_ik"]
__version__ = version("borelli")


def __getattr__(name: str) -> Any:
    """Load names when they are first used: networks and compiled loops take seconds, `--help` should not."""
    if name not in _HOMES:
        raise AttributeError(f"module 'borelli' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
