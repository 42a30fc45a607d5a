"""The index of a batch: a row per person of every finished video, and one per video without a result."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from borelli.batch.marker import Failure, read_failure, read_marker
from borelli.batch.places import FAILED, Places

Row = dict[str, Any]
CERTIFIED = (
    "residual_force_percent",
    "residual_moment_percent",
    "explained_force_percent",
    "explained_moment_percent",
    "slide_mm_per_frame",
    "penetration_mm",
    "floating_mm",
    "mean_vertical_force",
    "self_penetration_mm",
)
"""Figures of the certificate that the index repeats, after physics."""
JUDGED = (
    "frames",
    "frames_seen",
    "frames_bridged",
    "reprojection_mm",
    "contacts_accepted",
    "limit_violations",
    "stature_m",
    "stature_sd_m",
    "stature_source",
)
"""Parts of the verdict that the index repeats."""
OWN = frozenset(
    (
        "video", "state", "reason", "source", "person", *JUDGED, "stance_slip_mm", "rarely_seen", "notes",
        "physics", "physics_reason", "moved_mm", *CERTIFIED, "focal_px", "camera", "core_seconds",
        "input_sha256", "motion", "overlay", "run",
    )
)  # fmt: skip
"""Columns that a manifest's cannot replace; its own of these names get `manifest_` before them."""


def index_rows(out: Path) -> Iterator[Row]:
    """Rows from the folders of a batch, or of `borelli run`, in order of name.

    `state` is done; outdated, where the video or the settings changed and the new result failed for the
    `reason` given, so that this is the old one; failed, without any result; or unreadable. Paths are relative
    to `out`.
    """
    places = Places(out)
    for folder in places.results():
        try:
            report = json.loads((folder / "run.json").read_text("utf-8"))
            yield from _people(out, folder, report, read_failure(places.failed(folder.name)))
        except (OSError, ValueError, KeyError, TypeError) as error:
            yield {"video": folder.name, "state": "unreadable", "reason": f"run.json: {error!r}"}
    for path in places.failures():
        failure, name = read_failure(path), path.name.removesuffix(FAILED)
        if failure is not None and not (places.result(name) / "run.json").is_file():
            known = {"video": name, "state": "failed", "reason": failure.reason, "source": failure.source}
            yield known | _carried(failure.carried)


def _people(out: Path, folder: Path, report: Mapping[str, Any], newer: Failure | None) -> Iterator[Row]:
    marker, where = read_marker(folder), folder.relative_to(out).as_posix()
    threads = 1 if marker is None else marker.threads
    overlay = next((name for name in report["files"] if name.startswith("overlay")), None)
    common: Row = {
        "video": folder.name,
        "state": "done" if newer is None else "outdated",
        "reason": None if newer is None else newer.reason,
        "source": report["video"] if marker is None else marker.source,
        "focal_px": report["camera"]["focal_px"],
        "camera": report["camera"]["source"],
        "core_seconds": round(threads * sum(report["seconds"].values()), 3),
        "input_sha256": report["video_sha256"],
        "overlay": None if overlay is None else f"{where}/{overlay}",
        "run": f"{where}/run.json",
    }
    carried = {} if marker is None else _carried(marker.carried)
    for person in report["people"]:
        number = person["person"]
        yield {
            **common,
            "person": number,
            **{name: person[name] for name in JUDGED},
            "stance_slip_mm": _median(person["stance_slip_mm"]),
            "rarely_seen": "; ".join(person["rarely_seen"]) or None,
            "notes": "; ".join(person["notes"]) or None,
            **_certified(person.get("certificate")),
            "motion": f"{where}/person_{number}/motion.npz",
            **carried,
        }


def _certified(certificate: Mapping[str, Any] | None) -> Row:
    if certificate is None:
        return {"physics": False, "physics_reason": "no certificate"}
    after, moved = certificate["after"] or {}, certificate["moved"] or {}
    return {
        "physics": certificate["applied"],
        "physics_reason": certificate["reason"] or None,
        "moved_mm": moved.get("mean_mm"),
        **{name: after.get(name) for name in CERTIFIED},
    }


def _carried(columns: Mapping[str, Any]) -> Row:
    return {(f"manifest_{name}" if name in OWN else name): value for name, value in columns.items()}


def _median(values: list[float]) -> float | None:
    return round(float(np.median(values)), 2) if values else None
