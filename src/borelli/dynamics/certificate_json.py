"""A certificate as plain numbers, lists and texts, as it stands in `run.json`, and back."""

from dataclasses import asdict
from typing import Any

from borelli.dynamics.centre_of_mass import Flight
from borelli.dynamics.certificate import Certificate, Moved
from borelli.dynamics.figures import Figures
from borelli.dynamics.force_figures import TorqueUse
from borelli.dynamics.remarks import Remark


def certificate_json(certificate: Certificate) -> dict[str, Any]:
    """Everything; None where a figure does not exist."""
    return asdict(certificate)


def certificate_from_json(content: dict[str, Any]) -> Certificate:
    """The certificate that `certificate_json` wrote."""
    moved, seen = content["moved"], content["reprojection_mm"]
    return Certificate(
        applied=content["applied"],
        reason=content["reason"],
        before=_figures(content["before"]),
        after=_figures(content["after"]),
        moved=None if moved is None else Moved(**moved),
        reprojection_mm=None if seen is None else (seen[0], seen[1]),
        unexplained=tuple((start, end) for start, end in content["unexplained"]),
        remarks=tuple(Remark(**remark) for remark in content["remarks"]),
    )


def _figures(content: dict[str, Any] | None) -> Figures | None:
    if content is None:
        return None
    nested = {
        "slip_mm": tuple(content["slip_mm"]),
        "loaded_slip_mm": tuple(content["loaded_slip_mm"]),
        "flights": tuple(Flight(**flight) for flight in content["flights"]),
        "torque_use": {name: TorqueUse(**use) for name, use in content["torque_use"].items()},
    }
    return Figures(**(content | nested))
