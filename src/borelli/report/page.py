"""`report.html`: one file that shows a run in a browser, without a server or a network.

The page itself (`page.html`, made from `web/` when the package is built) is the same for every run; this puts
the data of one run into it. `page_splats.html` can show avatars too and is five times as large.
"""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from borelli.body.model import BodyModel, body_model
from borelli.errors import BorelliError
from borelli.motion.motion import Motion, load_motion
from borelli.motion.observations import observed_times
from borelli.report.overlay import PEOPLE
from borelli.report.page_arrays import ArrayStream
from borelli.report.page_curves import coordinate_entries, curve_entries
from borelli.report.page_figure import body_entry, figure_entries, skeleton_entries
from borelli.report.page_picture import camera_entry, video_entry
from borelli.report.page_splats import splat_entry
from borelli.report.page_surfaces import surface_entries
from borelli.report.page_time import PageTime, page_time
from borelli.report.page_verdict import clip_notes, person_verdict
from borelli.report.sentences import download_labels
from borelli.report.shown import Shown, motion_paths

FORMAT = 1
PAGE, PAGE_WITH_SPLATS, MARK = "page.html", "page_splats.html", "<!--BORELLI-DATA-->"
REPORT = "report.html"


@dataclass(frozen=True)
class PageData:
    """What a page shows."""

    header: dict[str, Any]
    """Plain JSON values, and references into `blob`."""
    blob: bytes
    """All arrays, one zlib stream."""

    @property
    def has_splats(self) -> bool:
        """Somebody has an avatar."""
        return any(person["splats"] is not None for person in self.header["people"])


def write_page(folder: Path, report: dict[str, Any]) -> Path:
    """Write `report.html` into the folder of a finished run; a crash leaves the one that was there.

    Args:
        folder: of one video or recording, with its motions.
        report: the content of its run.json.

    Raises:
        BorelliError: the package was built without the page, or the run holds no motion.
    """
    page_template(splats=False)  # before the work, as most likely nothing but the page is missing
    page = page_data(Shown(folder, motion_paths(folder), report, folder.name), embed=True)
    before, after = page_template(page.has_splats).split(MARK)
    header = json.dumps(page.header, ensure_ascii=False, allow_nan=False).replace("</", "<\\/")
    blob = base64.b64encode(page.blob).decode("ascii")
    inside = (
        f'<script type="application/json" id="borelli-data">{header}</script>\n'
        f'<script type="text/plain" id="borelli-blobs">{blob}</script>\n'
    )
    path, partial = folder / REPORT, folder / f".{REPORT}"
    try:
        partial.write_text(before + inside + after, "utf-8")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return path


def page_template(splats: bool) -> str:
    """The page without data, able to show `splats` or not.

    Raises BorelliError when the package was built without it.
    """
    name = PAGE_WITH_SPLATS if splats else PAGE
    page = files("borelli.report").joinpath(name)
    if not page.is_file():
        raise BorelliError(
            "the report page was not built when borelli was installed; install it again with a network: "
            "pip install --force-reinstall --no-deps borelli"
        )
    text = page.read_text("utf-8")
    if text.count(MARK) != 1:
        raise BorelliError(f"{name} of this installation is damaged; install borelli again")
    return text


def page_data(shown: Shown, embed: bool, label: str | None = None) -> PageData:
    """Everything a page shows.

    Args:
        shown: a run, or a motion by itself.
        embed: carry the video in the header where it is small enough.
        label: what tells it from others beside it.

    Raises:
        BorelliError: there is no motion, or a file is damaged.
    """
    if not shown.motions:
        raise BorelliError(f"{shown.folder} holds no motion.npz; give the results of `borelli run`")
    report, motions = shown.report, [load_motion(path) for path in shown.motions]
    stamps = shown.folder / "stages" / "observations.npz"
    video = observed_times(stamps) if report and stamps.is_file() else None
    time, stream, model = page_time(motions, video), ArrayStream(), body_model()
    people = [
        _person(stream, model, path, report, motion, time)
        for path, motion in zip(shown.motions, motions, strict=True)
    ]
    header = {
        "format": FORMAT,
        "title": report.get("video") or report.get("source") or shown.name,
        "label": label,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "version": report.get("versions", {}).get("borelli", ""),
        "time": stream.plain(time.times, "f4"),
        "frame_rate": _rate(motions),
        "decimated": time.stride,
        "video": video_entry(shown.folder, float(time.times[0]), embed) if report else None,
        "camera": camera_entry(stream, motions, time),
        "surfaces": surface_entries(motions),
        "body": body_entry(stream, model),
        **skeleton_entries(model),
        "coordinates": coordinate_entries(model.skeleton),
        "people": people,
        "notes": [*clip_notes(report), *_thinned(time)],
        "downloads": [
            {"label": text, "path": name}
            for name, text in download_labels(report.get("files", ()))
            if (shown.folder / name).is_file()
        ],
    }
    return PageData(header, stream.packed())


def _person(
    stream: ArrayStream,
    model: BodyModel,
    path: Path,
    report: dict[str, Any],
    motion: Motion,
    time: PageTime,
) -> dict[str, Any]:
    red, green, blue = (int(c) for c in PEOPLE[motion.person % len(PEOPLE)])
    return {
        "id": motion.person,
        "name": f"person {motion.person}",
        "color": f"#{red:02x}{green:02x}{blue:02x}",
        **figure_entries(stream, model, motion, time),
        **curve_entries(stream, model, motion, time),
        "splats": splat_entry(stream, model, motion, path.with_name("avatar.npz")),
        **person_verdict(report, motion),
    }


def _rate(motions: Sequence[Motion]) -> float | None:
    """Frames per second of the clip; None for a photo."""
    rates = [motion.frame_rate for motion in motions if len(motion.time) > 1]
    return float(np.median(rates)) if rates else None


def _thinned(time: PageTime) -> list[dict[str, str]]:
    if time.stride == 1:
        return []
    text = f"this page shows one of {time.stride} frames, as the clip is long; the files hold all of them"
    return [{"level": "info", "text": text}]
