"""A certificate as rows of text: what, before physics, after it, and what is good."""

from collections.abc import Callable

import numpy as np

from borelli.dynamics.certificate import Certificate
from borelli.dynamics.figures import Figures
from borelli.dynamics.force_figures import PLAUSIBLE_AIRBORNE, PLAUSIBLE_WALKING
from borelli.dynamics.remarks import (
    FALL_TOLERANCE,
    OVERLAP_MM,
    PENETRATION_MM,
    SLIP_MM,
    TRUSTED_FORCE,
    TRUSTED_MOMENT,
    WEIGHT_TOLERANCE,
)
from borelli.dynamics.rigid_body import GRAVITY

HEADER = ("", "before", "after", "good")
_Line = tuple[str, Callable[[Figures], str], str]
_G = FALL_TOLERANCE * GRAVITY


def certificate_table(certificate: Certificate) -> list[tuple[str, str, str, str]]:
    """Rows below `HEADER`; no rows when nothing could be judged."""
    before, after = certificate.before, certificate.after
    if before is None and after is None:
        return []
    rows = []
    for name, text, good in _LINES:
        cells = tuple("" if side is None else text(side) for side in (before, after))
        rows.append((name, cells[0], cells[1], good))
    if certificate.reprojection_mm is not None:
        was, now = certificate.reprojection_mm
        rows.append(("distance to the keypoints, rms", f"{was:.1f} mm", f"{now:.1f} mm", ""))
    moved = certificate.moved
    if moved is not None:
        rows.append(
            ("joints moved, mean (largest)", "", f"{moved.mean_mm:.0f} ({moved.largest_mm:.0f}) mm", "")
        )
    return rows


def _number(value: float | None, unit: str, digits: int = 1) -> str:
    return "-" if value is None else f"{value:.{digits}f} {unit}".strip()


def _pair(value: float | None, largest: float | None) -> str:
    return "-" if value is None else f"{value:.1f} ({largest:.1f}) mm"


def _slip(slips: tuple[float, ...]) -> str:
    return f"{np.median(slips):.1f} ({max(slips):.1f}) mm" if slips else "no stance"


def _peak(side: Figures) -> str:
    many = f" ({side.implausible_peaks} implausible)" if side.implausible_peaks else ""
    return _number(side.peak_vertical_force, "BW") + many


def _falls(side: Figures) -> str:
    return ", ".join(f"{flight.acceleration:.1f}" for flight in side.flights) or "never airborne"


def _strength(side: Figures) -> str:
    for name, use in side.torque_use.items():
        return f"{100 * use.most:.0f} % ({name})"
    return "-"


_LINES: tuple[_Line, ...] = (
    (
        "unexplained force, rms",
        lambda f: _number(f.residual_force_percent, "% BW"),
        f"< {TRUSTED_FORCE:g}",
    ),
    (
        "unexplained moment, rms",
        lambda f: _number(f.residual_moment_percent, "% BW x height", 2),
        f"< {TRUSTED_MOMENT:g}",
    ),
    ("slip per stance, median (largest)", lambda f: _slip(f.slip_mm), f"< {SLIP_MM:g}"),
    ("  while it carries 5 % BW", lambda f: _slip(f.loaded_slip_mm), f"< {SLIP_MM:g}"),
    ("foot slide per 1/30 s", lambda f: _number(f.slide_mm_per_frame, "mm"), ""),
    (
        "penetration, mean (largest)",
        lambda f: _pair(f.penetration_mm, f.penetration_largest_mm),
        f"< {PENETRATION_MM:g}",
    ),
    ("floating in contact, mean (largest)", lambda f: _pair(f.floating_mm, f.floating_largest_mm), ""),
    (
        "mean vertical force",
        lambda f: _number(f.mean_vertical_force, "BW", 2),
        f"{1 - WEIGHT_TOLERANCE:g} to {1 + WEIGHT_TOLERANCE:g}",
    ),
    (
        "peak vertical force",
        _peak,
        f"< {PLAUSIBLE_WALKING:g}, airborne < {PLAUSIBLE_AIRBORNE:g}",
    ),
    ("acceleration in flight, m/s2", _falls, f"{-GRAVITY - _G:.1f} to {-GRAVITY + _G:.1f}"),
    ("largest torque, share of strength", _strength, "< 100 %"),
    ("self-penetration", lambda f: _number(f.self_penetration_mm, "mm"), f"< {OVERLAP_MM:g}"),
)
