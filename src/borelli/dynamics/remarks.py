"""What the figures of a certificate mean to somebody who wants to use the motion, in plain sentences.

Thresholds of the residual: Hicks, Uchida, Seth, Rajagopal & Delp 2015 (J Biomech Eng 137:020905) ask that
unexplained forces stay below 5 % of the external force and moments below 1 % of it times the height of the
centre of mass, which is 0.55 of the stature.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from borelli.dynamics.centre_of_mass import Flight
from borelli.dynamics.figures import Figures
from borelli.dynamics.force_figures import PLAUSIBLE_AIRBORNE, PLAUSIBLE_WALKING
from borelli.dynamics.rigid_body import GRAVITY

TRUSTED_FORCE, TRUSTED_MOMENT = 5.0, 0.55
"""% of body weight, % of body weight x height."""
USABLE = 3.0
"""Up to so many times what can be trusted, forces show timing and rough size."""
MOVED_MM = 20.0
"""Mean way of the joints. On motion capture with 25 mm of errors, which physics moves by 22 to 36 mm, the
force of a foot is wrong by 4 to 22 % of the body weight however small the residual (`borelli benchmark`)."""
WEIGHT_TOLERANCE = 0.03
FALL_TOLERANCE = 0.10
SLIP_MM, PENETRATION_MM, OVERLAP_MM = 10.0, 10.0, 20.0
SHOWN = 4
"""Stretches named in one sentence; the certificate lists them all."""
STRONGEST = 1.5
"""Share of isometric strength: muscles that lengthen and tendons that recoil exceed 1 in fast motion."""

Level = Literal["bad", "care", "good"]
_ORDER: tuple[Level, ...] = ("bad", "care", "good")


@dataclass(frozen=True)
class Remark:
    """One sentence and how much it matters."""

    level: Level
    text: str


def remarks(
    after: Figures, moved_mm: float, unexplained: list[tuple[float, float]], seconds: float
) -> list[Remark]:
    """Sentences about a performance, the worst first.

    Args:
        after: its figures.
        moved_mm: mean way by which physics moved the joints.
        unexplained: stretches (first, last second) without an explanation.
        seconds: length of the clip.
    """
    found = [
        *_forces(after, moved_mm, unexplained, seconds),
        *_weight(after),
        *_falling(after),
        *_peaks(after),
        *_feet(after),
        *_joints(after),
    ]
    return sorted(found, key=lambda remark: _ORDER.index(remark.level))


def refusal(reason: str) -> Remark:
    """The sentence of a motion to which physics was not applied."""
    return Remark("care", f"physics was not applied: {reason}; the motion has no forces and torques")


def _forces(
    after: Figures, moved_mm: float, unexplained: list[tuple[float, float]], seconds: float
) -> list[Remark]:
    force, moment = after.explained_force_percent, after.explained_moment_percent
    lost = sum(end - start for start, end in unexplained)
    if force is None or moment is None or lost > seconds / 2:
        return [Remark("bad", "do not use the forces of this clip: no contact explains most of the motion")]
    found, where = [], ""
    if unexplained:
        found.append(
            Remark("bad", f"do not use forces {_stretches(unexplained)}: no contact explains the motion")
        )
        where = " at other times"
    left = (
        f"{force:.1f} % of the body weight and {moment:.1f} % of body weight x height are unexplained, "
        f"{TRUSTED_FORCE:g} and {TRUSTED_MOMENT:g} % are tolerable"
    )
    unexplained_share, moved = max(force / TRUSTED_FORCE, moment / TRUSTED_MOMENT), moved_mm / MOVED_MM
    worst, why = unexplained_share, left
    if moved > max(unexplained_share, 1):
        worst = moved
        why = (
            f"physics had to move the joints by {moved_mm:.0f} mm on average, {MOVED_MM:.0f} mm are tolerable"
        )
    if worst > USABLE:
        return [*found, Remark("bad", f"do not use the forces{where}: {why}")]
    if worst > 1:
        return [*found, Remark("care", f"forces{where} show timing and rough size only: {why}")]
    return [*found, Remark("good", f"forces can be trusted{where}: {why}")]


def _stretches(unexplained: list[tuple[float, float]]) -> str:
    longest = sorted(sorted(unexplained, key=lambda span: span[0] - span[1])[:SHOWN])
    more = len(unexplained) - len(longest)
    rest = f" and {more} shorter stretch{'es' if more > 1 else ''}" if more else ""
    return ", ".join(_stretch(a, b) for a, b in longest) + rest


def _stretch(start: float, end: float) -> str:
    if end - start < 0.05:
        return f"at {start:.2f} s"
    digits = 1 if end - start > 0.3 else 2
    return f"from {start:.{digits}f} to {end:.{digits}f} s"


def _weight(after: Figures) -> list[Remark]:
    carried = after.mean_vertical_force
    if carried is None or abs(carried - 1) <= WEIGHT_TOLERANCE:
        return []
    if carried < 1:
        why = "a contact is missing, or something that is not known here (a rail, a chair) carries the rest"
    else:
        why = "a contact is too long, or the body carries a load"
    return [Remark("care", f"the ground carries {carried:.2f} of the body weight on average: {why}")]


def _falling(after: Figures) -> list[Remark]:
    right = [f for f in after.flights if abs(f.acceleration + GRAVITY) <= FALL_TOLERANCE * GRAVITY]
    wrong = [f for f in after.flights if f not in right]
    found = []
    if wrong:
        why = "the stature or the frame rate is wrong, or something is touched there"
        found.append(Remark("care", f"{_flown(wrong)} instead of {-GRAVITY}: {why}"))
    if right:
        found.append(Remark("good", f"{_flown(right)}, as gravity demands"))
    return found


def _flown(flights: list[Flight]) -> str:
    when = _stretches([(flight.start, flight.end) for flight in flights])
    sizes = sorted(flight.acceleration for flight in flights)
    least, most = f"{sizes[0]:.1f}", f"{sizes[-1]:.1f}"
    span = least if least == most else f"{least} to {most}"
    return f"airborne {when}: vertical acceleration {span} m/s2"


def _peaks(after: Figures) -> list[Remark]:
    if not after.implausible_peaks or after.peak_vertical_force is None:
        return []
    limit = PLAUSIBLE_AIRBORNE if after.flights else PLAUSIBLE_WALKING
    count = f"{after.implausible_peaks} peak{'s' if after.implausible_peaks > 1 else ''}"
    text = f"{count} of vertical force above {limit:g} body weights, up to {after.peak_vertical_force:.1f}"
    return [Remark("care", f"{text}: people do not push so hard; do not use peak forces")]


def _feet(after: Figures) -> list[Remark]:
    found = []
    slip = float(np.median(after.slip_mm)) if after.slip_mm else 0.0
    if slip > SLIP_MM:
        found.append(Remark("care", f"standing feet slip by {slip:.0f} mm (median of stances)"))
    if (after.penetration_largest_mm or 0.0) > PENETRATION_MM:
        found.append(Remark("care", f"the body sinks {after.penetration_largest_mm:.0f} mm into the ground"))
    return found


def _joints(after: Figures) -> list[Remark]:
    found = []
    beyond = [(name, use.most) for name, use in after.torque_use.items() if use.most > STRONGEST]
    if beyond:
        name, share = beyond[0]
        rest = f" (and {len(beyond) - 1} more)" if len(beyond) > 1 else ""
        text = f"{name} needs {share:.1f} times the strength of a strong person of this size{rest}"
        found.append(Remark("care", f"{text}: do not use the torques there"))
    if (after.self_penetration_mm or 0.0) > OVERLAP_MM:
        parts = after.self_penetration_parts.replace("_r", " (right)").replace("_l", " (left)")
        depth = after.self_penetration_mm or 0.0
        found.append(Remark("care", f"{parts.replace('_', ' ')} overlap by {depth:.0f} mm"))
    return found
