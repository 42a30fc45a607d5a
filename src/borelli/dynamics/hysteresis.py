"""From contact probabilities to contacts: decided with hysteresis, without gaps and flickers."""

from dataclasses import dataclass

import numpy as np

from borelli.dynamics.centre_of_mass import runs


@dataclass(frozen=True)
class Hysteresis:
    """When a contact begins, ends and counts."""

    begin: float = 0.5
    """A stretch of contact must reach this probability."""
    keep: float = 0.35
    """It lasts as long as the probability stays above."""
    shortest: float = 0.05
    """Seconds; shorter contacts are flickers."""
    gap: float = 0.08
    """Seconds; shorter gaps are flickers, too: no foot steps that fast."""


def decide(probability: np.ndarray, times: np.ndarray, rule: Hysteresis | None = None) -> np.ndarray:
    """Contacts (T, P) bool from probabilities (T, P) at `times` (T,), seconds.

    What the ends of the clip cut is kept however short.
    """
    rule = rule or Hysteresis()
    contacts = np.zeros(probability.shape, dtype=bool)
    if len(times) < 2:
        return probability > rule.begin
    step = float(np.median(np.diff(times)))
    for p in range(probability.shape[1]):
        own = contacts[:, p]
        for first, last in runs(probability[:, p] > rule.keep):
            own[first:last] = probability[first:last, p].max() > rule.begin
        for flag, least in ((False, rule.gap), (True, rule.shortest)):
            for first, last in runs(own == flag):
                inside = first > 0 and last < len(times)
                if inside and times[last - 1] - times[first] + step < least:
                    own[first:last] = not flag
    return contacts
