"""What a run.json says, in sentences: for the terminal and for the report page alike."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from borelli.dynamics.certificate_json import certificate_from_json
from borelli.dynamics.remarks import Remark


def clip_lines(report: dict[str, Any]) -> list[str]:
    """About the whole clip: warnings, the camera, what a recording said of itself."""
    lines = [f"warning: {text}" for text in report.get("warnings", ())]
    if "camera" in report:
        lines.append(report["camera"]["summary"])
    return [*lines, *report.get("summary", ())]


def dropped_lines(report: dict[str, Any]) -> list[str]:
    """People who were seen and left out."""
    return [f"person {one['person']} left out: {one['reason']}" for one in report.get("dropped", ())]


def person_line(person: dict[str, Any]) -> str:
    """The numbers of one verdict in one line."""
    slips = person["stance_slip_mm"]
    feet = f"{len(slips)} stances, median slip {np.median(slips):.0f} mm" if slips else "no foot contacts"
    return (
        f"person {person['person']}: {person['frames_seen']} of {person['frames']} frames seen; stature "
        f"{person['stature_m']:.2f} +- {person['stature_sd_m']:.2f} m ({person['stature_source']}); "
        f"{person['reprojection_mm']:.0f} mm from the keypoints; {feet}; "
        f"{person['limit_violations']} joint-limit violations"
    )


def avatar_lines(person: dict[str, Any]) -> list[str]:
    """What became of the avatar, and whether it changed the motion; nothing without one."""
    if "avatar" not in person:
        return []
    avatar = person["avatar"]
    if not avatar["made"]:
        return [f"no avatar, the motion stays as it was: {avatar['reason']}"]
    if avatar["accepted"]:
        return [f"avatar learnt; motion refined through it by {avatar['moved_mm']:.0f} mm"]
    return [f"avatar learnt; the motion stays as it was: {'; '.join(avatar['reasons'])}"]


def simulation_lines(person: dict[str, Any]) -> list[str]:
    """How the simulated person fared; nothing without a simulation."""
    if "simulation" not in person:
        return []
    done = person["simulation"]
    error = done["local_error_mm"]
    fell = "" if done["fell_at_s"] is None else f"; fell at {done['fell_at_s']:.2f} s"
    away = "" if error is None else f", {error:.0f} mm from the motion (pelvis removed)"
    first = f"simulated without outside force: {done['performed_percent']:.0f} % of the clip{away}{fell}"
    return [first, *(_stretch_line(stretch) for stretch in done.get("stretches", ()))]


def _stretch_line(stretch: dict[str, Any]) -> str:
    """Who did frames of a clip, and why nobody above on the ladder."""
    why = f": {stretch['reason']}" if stretch["reason"] else ""
    return f"frames {stretch['first']} to {stretch['last'] - 1} by {stretch['by']}{why}"


def physics_remarks(person: dict[str, Any]) -> tuple[Remark, ...]:
    """What the certificate concludes about one person, the worst first; nothing without a certificate."""
    if "certificate" not in person:
        return ()
    return certificate_from_json(person["certificate"]).remarks


FILES = {
    "motion.npz": "everything, for Python",
    "angles.csv": "joint angles, for spreadsheets",
    "motion.mot": "coordinates, for OpenSim",
    "model.osim": "scaled model, for OpenSim",
    "markers.trc": "landmarks, for OpenSim",
    "forces.mot": "contact forces, for OpenSim",
    "torques.sto": "joint torques, for OpenSim",
    "certificate.csv": "physics, frame by frame",
    "avatar.ply": "avatar, for viewers of splats",
    "body.glb": "skinned body, for 3D programs",
    "overlay.mp4": "video with overlay",
    "overlay.jpg": "photo with overlay",
}
"""What the files of a run are for, by name without folder; others go without a label in the page."""


def download_labels(names: Sequence[str]) -> list[tuple[str, str]]:
    """(path, label) of the files that are worth a link, in the order given; whose they are when several."""
    known = [name for name in names if name.split("/")[-1] in FILES]
    people = {name.split("/")[0] for name in known if "/" in name}
    labels = []
    for name in known:
        folder, _, file = name.rpartition("/")
        whose = f"{folder.replace('_', ' ')}: " if folder and len(people) > 1 else ""
        labels.append((name, whose + FILES[file]))
    return labels
