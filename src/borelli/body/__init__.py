"""The body: skeleton, shape, skin, inertia; SMPL and SKEL out of the user's own files.

skel = borelli.body.load_skel("skel_male.pkl")
smpl = borelli.body.load_smpl("SMPL_MALE.pkl")
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from borelli.body.skel import load_skel as load_skel
    from borelli.body.skel import skel_limits as skel_limits
    from borelli.body.skel_fit import smpl_to_skel as smpl_to_skel
    from borelli.body.skel_forward import skel_pose as skel_pose
    from borelli.body.skel_forward import skel_rest as skel_rest
    from borelli.body.skel_forward import skel_vertices as skel_vertices
    from borelli.body.smpl import load_smpl as load_smpl
    from borelli.body.smpl import smpl_pose as smpl_pose
    from borelli.body.smpl import smpl_vertices as smpl_vertices

_HOMES = {
    "load_skel": "borelli.body.skel",
    "load_smpl": "borelli.body.smpl",
    "skel_limits": "borelli.body.skel",
    "skel_pose": "borelli.body.skel_forward",
    "skel_rest": "borelli.body.skel_forward",
    "skel_vertices": "borelli.body.skel_forward",
    "smpl_pose": "borelli.body.smpl",
    "smpl_to_skel": "borelli.body.skel_fit",
    "smpl_vertices": "borelli.body.smpl",
}

__all__ = [
    "load_skel",
    "load_smpl",
    "skel_limits",
    "skel_pose",
    "skel_rest",
    "skel_vertices",
    "smpl_pose",
    "smpl_to_skel",
    "smpl_vertices",
]


def __getattr__(name: str) -> Any:
    """Load names when they are first used, so that the command line stays quick."""
    if name not in _HOMES:
        raise AttributeError(f"module 'borelli.body' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
