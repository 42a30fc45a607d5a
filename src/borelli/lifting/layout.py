"""Where each answer of the lifter stands in its output vector."""

from borelli.lifting.bones import BONES
from borelli.lifting.codes import code_size

LENGTHS, SHAPES, HINGES, CONTACTS = 10, 16, 46, 4

_SIZES = {
    "code": code_size(),  # joints; the pelvis in the virtual camera
    "root": 3,  # offset from the middle of the person in sizes, log of depth times size
    "velocity": 3,  # of the pelvis, m/s at scale 1, virtual camera
    "up": 3,  # against gravity, virtual camera
    "contacts": CONTACTS,  # logits
    "body": LENGTHS + SHAPES,  # log lengths, shape; to be averaged over the window
    "log_sd_hinges": HINGES,  # radians
    "log_sd_bones": 2 * len(BONES),  # radians: across the view and along it
    "log_sd_root": 1,  # of the log depth
    "log_sd_velocity": 1,  # m/s, per axis
    "log_sd_up": 1,  # radians
    "log_sd_lengths": LENGTHS,
}


def _places() -> dict[str, slice]:
    places, start = {}, 0
    for name, size in _SIZES.items():
        places[name] = slice(start, start + size)
        start += size
    return places


PLACES = _places()
"""Name of an answer to its columns."""
OUTPUTS = sum(_SIZES.values())
"""Length of the output vector."""
