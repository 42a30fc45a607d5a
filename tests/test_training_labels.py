"""The accept rule: a kept label is never replaced by a worse one."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from borelli.body.model import average_person
from borelli.training.labels import SANE_LENGTH, SEEN, Label, is_better, is_sane, kept

ERRORS = st.floats(0, 10) | st.just(float("nan")) | st.just(float("inf"))
LABELS = st.builds(
    lambda error, longest, seen: Label(average_person(), np.zeros((2, 49)), np.eye(4), error, longest, seen),
    ERRORS,
    st.floats(0, 4),
    st.floats(0, 1),
)
ROUNDS = st.lists(st.dictionaries(st.sampled_from("abc"), LABELS), max_size=6)


@given(ROUNDS)
def test_the_error_of_a_kept_label_never_rises(rounds: list[dict[str, Label]]) -> None:
    labels: dict[str, Label] = {}
    for found in rounds:
        after = kept(labels, found)
        assert set(labels) <= set(after)
        assert all(after[track].error <= label.error for track, label in labels.items())
        labels = after
    assert all(is_sane(label) for label in labels.values())


@given(LABELS)
def test_what_is_kept_was_seen_and_has_a_human_body(label: Label) -> None:
    if is_better(label, None):
        assert label.longest < SANE_LENGTH
        assert label.seen > SEEN
        assert np.isfinite(label.error)


@given(LABELS)
def test_a_label_does_not_replace_its_equal(label: Label) -> None:
    assert not is_better(label, label)
