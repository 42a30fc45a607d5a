"""The lifter looking into a mirror: features and answers of the exchanged person."""

import numpy as np

from borelli.body.mirror import mirror_index
from borelli.body.skeleton import skeleton
from borelli.lifting.bones import BONES
from borelli.lifting.codes import code_size, slots
from borelli.lifting.layout import OUTPUTS, PLACES
from borelli.lifting.rays import FEATURES, SLOTS


def _twin(name: str) -> str:
    swapped = name.replace("left", "*").replace("right", "left")
    return swapped.replace("*", "right")


def feature_mirror() -> tuple[np.ndarray, np.ndarray]:
    """Source column and sign (FEATURES,) of every mirrored feature."""
    source, sign = np.arange(FEATURES), np.ones(FEATURES)
    for i, name in enumerate(SLOTS):
        twin = SLOTS.index(_twin(name))
        source[3 * i : 3 * i + 3] = np.arange(3 * twin, 3 * twin + 3)
        sign[3 * i] = -1.0
    after = 3 * len(SLOTS)
    sign[[after, after + 3]] = -1.0  # x of the centre, x of gravity
    return source, sign


def answer_mirror() -> tuple[np.ndarray, np.ndarray]:
    """Source column and sign (OUTPUTS,) that undo the mirror in an answer."""
    source, sign = np.arange(OUTPUTS), np.ones(OUTPUTS)
    code_source, code_sign = _code_mirror()
    start = PLACES["code"].start
    source[PLACES["code"]], sign[PLACES["code"]] = start + code_source, code_sign
    for name in ("root", "velocity", "up"):
        sign[PLACES[name].start] = -1.0
    # heel and ball of one foot, then of the other
    source[PLACES["contacts"]] = PLACES["contacts"].start + np.array([2, 3, 0, 1])
    hinges = mirror_index(skeleton().coordinate_names[:46])
    source[PLACES["log_sd_hinges"]] = PLACES["log_sd_hinges"].start + hinges
    ends = [{_twin(a), _twin(b)} for a, b in BONES]
    bones = np.array([next(j for j, bone in enumerate(BONES) if set(bone) == end) for end in ends])
    first = PLACES["log_sd_bones"].start
    source[PLACES["log_sd_bones"]] = first + np.r_[bones, len(BONES) + bones]
    return source, sign


def _code_mirror() -> tuple[np.ndarray, np.ndarray]:
    """Segment frames are mirrored in z, the virtual camera in x; hinges keep their angle."""
    names = skeleton().segment_names
    segments = mirror_index(names)
    source, sign = np.empty(code_size(), dtype=np.int64), np.ones(code_size())
    for slot in slots():
        twin = slots()[segments[slot.segment]]
        source[slot.columns] = np.arange(twin.start, twin.start + twin.size)
        if len(slot.hinges) == 3:
            across = 0 if slot.segment == 0 else 2
            sign[[slot.start + across, slot.start + 3 + across]] = -1.0
    return source, sign
