"""The verdicts of the report page: what to trust, what not and why, as run.json states it."""

from typing import Any

from borelli.dynamics.certificate_json import certificate_from_json
from borelli.dynamics.certificate_rows import HEADER, certificate_table
from borelli.motion.motion import Motion
from borelli.report.plain_names import in_plain_words
from borelli.report.sentences import (
    avatar_lines,
    clip_lines,
    dropped_lines,
    physics_remarks,
    simulation_lines,
)

WORST_FIRST = ("bad", "care", "good")


def clip_notes(report: dict[str, Any]) -> list[dict[str, str]]:
    """Lines about the whole clip."""
    notes = [_line("care" if text.startswith("warning") else "info", text) for text in clip_lines(report)]
    return [*notes, *(_line("care", text) for text in dropped_lines(report))]


def person_verdict(report: dict[str, Any], motion: Motion) -> dict[str, Any]:
    """`verdict`, `facts` and `certificate` of one person."""
    judged = _judged(report, motion.person)
    lines = [_line("care", note) for note in judged.get("notes", ())]
    lines += [_line("good", text) for text in _well_seen(judged)]
    lines += [_line(remark.level, remark.text) for remark in physics_remarks(judged)]
    lines += [_line("info", text) for text in (*simulation_lines(judged), *avatar_lines(judged))]
    levels = [line["level"] for line in lines]
    grade = next((level for level in WORST_FIRST if level in levels), "good" if judged else "info")
    return {
        "verdict": {"grade": grade, "lines": sorted(lines, key=_weight)},
        "facts": _facts(judged, motion),
        "certificate": _certificate(judged),
    }


def _well_seen(judged: dict[str, Any]) -> list[str]:
    """What speaks for the angles of somebody about whom there is nothing else to note."""
    if not judged or judged["notes"]:
        return []
    apart = f"body and video differ by {judged['reprojection_mm']:.0f} mm"
    return [f"angles: all arms and legs were seen in most frames; {apart}"]


def _facts(judged: dict[str, Any], motion: Motion) -> list[tuple[str, str]]:
    seconds = float(motion.time[-1] - motion.time[0])
    stature = f"{motion.stature:.2f} m"
    if judged:
        stature = f"{judged['stature_m']:.2f} ± {judged['stature_sd_m']:.2f} m ({judged['stature_source']})"
    facts = [("stature", stature), ("mass", f"{motion.mass:.0f} kg")]
    facts.append(("frames seen", f"{int(motion.valid.sum())} of {len(motion.time)}"))
    if len(motion.time) > 1:
        facts.append(("length", f"{seconds:.2f} s at {motion.frame_rate:.4g} frames per second"))
    if judged:
        facts.append(("body to keypoints", f"{judged['reprojection_mm']:.0f} mm"))
        facts.append(("angles beyond limits", str(judged["limit_violations"])))
        facts += [("rarely seen", text) for text in judged["rarely_seen"]]
    return facts


def _certificate(judged: dict[str, Any]) -> dict[str, Any] | None:
    if "certificate" not in judged:
        return None
    table = certificate_table(certificate_from_json(judged["certificate"]))
    rows = [[in_plain_words(cell) for cell in row] for row in table]
    said = {"before": "before physics", "after": "after physics", "good": "good if"}
    header = [said.get(name, name) for name in HEADER]
    return {"header": header, "rows": rows} if rows else None


def _judged(report: dict[str, Any], person: int) -> dict[str, Any]:
    """What run.json says of a person; empty for recordings, which nobody judges."""
    return next((one for one in report.get("people", ()) if one["person"] == person), {})


def _line(level: str, text: str) -> dict[str, str]:
    return {"level": level, "text": in_plain_words(text).replace("+-", "±")}


def _weight(line: dict[str, str]) -> int:
    return WORST_FIRST.index(line["level"]) if line["level"] in WORST_FIRST else len(WORST_FIRST)
