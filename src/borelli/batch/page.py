"""The summary page of a batch: one file that opens by itself, with pictures of the worst videos in it."""

import base64
import io
import warnings
from html import escape
from pathlib import Path
from typing import Any

from PIL import Image

from borelli.batch.display import counted
from borelli.batch.summary import GRADED, Summary
from borelli.errors import BorelliError
from borelli.pipeline.cache import whole_file
from borelli.video import frames, probe
from borelli.video.photo import PHOTO_SUFFIXES

PICTURE_WIDTH = 320
STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 62rem; padding: 0 1rem;
       color: #1c2430; background: #fff; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
.counts { display: flex; flex-wrap: wrap; gap: 1rem 2.5rem; margin: 1rem 0; }
.counts b { display: block; font-size: 1.7rem; font-weight: 600; }
table { border-collapse: collapse; } td, th { padding: .25rem 1rem .25rem 0; text-align: left; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
tr + tr td { border-top: 1px solid #e3e7ec; }
.worst { display: grid; grid-template-columns: repeat(auto-fill, minmax(14rem, 1fr)); gap: 1.2rem; }
figure { margin: 0; }
img { width: 100%; aspect-ratio: 4 / 3; object-fit: contain; border-radius: 6px; background: #eef1f4; }
figcaption { font-size: .85rem; overflow-wrap: anywhere; } .note { color: #5b6675; }
@media (prefers-color-scheme: dark) { body { color: #e4e8ee; background: #14181d; }
  tr + tr td { border-color: #2b323b; } .note { color: #97a3b3; } img { background: #222931; } }
"""


def write_page(out: Path, summary: Summary) -> Path:
    """Write summary.html into `out`; links lead to the results beside it."""
    parts = [_counts(summary), _quality(summary), _worst(out, summary), _reasons(summary)]
    html = (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>Summary of a batch</title>'
        f"<style>{STYLE}</style><h1>{escape(out.resolve().name)}: "
        f"{counted(summary.videos + summary.failed, 'video')}</h1>" + "".join(parts) + "</html>\n"
    )
    with whole_file(out / "summary.html") as partial:
        partial.write_text(html, "utf-8")
    return out / "summary.html"


def _counts(summary: Summary) -> str:
    hours = summary.core_seconds / 3600
    rate = summary.frames / summary.core_seconds if summary.core_seconds else 0.0
    physics = 100 * summary.with_physics / max(summary.people, 1)
    counts = (
        (f"{summary.videos}", "videos with a result"),
        (f"{summary.failed}", "failed"),
        *([(f"{summary.outdated}", "kept from before, as newer ones failed")] if summary.outdated else []),
        (f"{summary.people}", "people"),
        (f"{summary.frames}", "frames of people"),
        (f"{physics:.0f} %", "of people obey physics"),
        (f"{hours:.2f}", "core-hours"),
        (f"{rate:.1f}", "frames per core-second"),
    )
    return '<div class="counts">' + "".join(f"<div><b>{n}</b>{what}</div>" for n, what in counts) + "</div>"


def _quality(summary: Summary) -> str:
    lines = [
        f'<tr><td>{GRADED[name]}<td class="n">{half:.1f}<td class="n">{most:.1f}<td class="n">{all_:.1f}'
        for name, (half, most, all_) in summary.quantiles.items()
    ]
    head = '<tr><th>per person<th class="n">median<th class="n">10 % exceed<th class="n">1 % exceed'
    return f"<h2>How good</h2><table>{head}{''.join(lines)}</table>"


def _worst(out: Path, summary: Summary) -> str:
    figures = "".join(_figure(out, row) for row in summary.worst)
    note = '<p class="note">Farthest from their keypoints; look at these first.</p>'
    return f'<h2>Worst</h2>{note}<div class="worst">{figures}</div>'


def _figure(out: Path, row: dict[str, Any]) -> str:
    link = escape(f"{row['video']}/report.html")
    if not (out / row["video"] / "report.html").is_file():
        link = escape(row["overlay"] or row["run"])
    picture = _picture(out / row["overlay"]) if row["overlay"] else None
    shown = f'<img alt="" src="{picture}">' if picture else '<p class="note">no picture</p>'
    caption = f"{escape(row['video'])}, person {row['person']}: {row['reprojection_mm']:.0f} mm"
    return f'<figure><a href="{link}">{shown}</a><figcaption>{caption}</figcaption></figure>'


def _picture(overlay: Path) -> str | None:
    """The middle of an overlay as a small picture in a URL; None when it cannot be read."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            info = probe(overlay)
            middle = None if overlay.suffix in PHOTO_SUFFIXES else 0.45 * info.duration
            picture = Image.fromarray(next(iter(frames(overlay, middle))).image)
    except (BorelliError, OSError):
        return None
    picture.thumbnail((PICTURE_WIDTH, PICTURE_WIDTH))
    content = io.BytesIO()
    picture.save(content, "JPEG", quality=80)
    return "data:image/jpeg;base64," + base64.b64encode(content.getvalue()).decode("ascii")


def _reasons(summary: Summary) -> str:
    if not summary.reasons:
        return ""
    lines = "".join(f'<tr><td class="n">{n}<td>{escape(why)}' for why, n in summary.reasons)
    return f'<h2>Why videos failed</h2><table><tr><th class="n">videos<th>reason{lines}</table>'
