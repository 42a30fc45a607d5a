"""What markers are called, and where on the body they sit. Table: `markers.csv`, its sources: `sets.csv`.

`body_point` is a landmark of the body, or `joint:SEGMENT` for the joint centre that moves a segment; the
offset from there is in that segment's frame (forward, up, right) in metres at a stature of 1.70 m. Rows name
the right side and what the same marker is called on the left. `placement_sd_m` is how far the marker may sit
from there on a given person, `skin_sd_m` how much it moves against the bone during a trial.
A row without a body point is a name that is known and not used, such as the joints of a spine.
"""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

import numpy as np

from borelli.body.kinematics import Points
from borelli.body.model import BodyModel, body_model
from borelli.errors import BorelliError, choices

OWN_SET, EITHER = "borelli", "either"
OWN_PLACEMENT_SD, OWN_SKIN_SD = 0.015, 0.006
"""For markers with the names of our own landmarks and joints, as our .trc files have them."""


@dataclass(frozen=True)
class Site:
    """Where a marker sits."""

    body_point: str
    """A landmark, or `joint:SEGMENT`."""
    offset: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Forward, up, right of that point in the frame of its segment, metres at a stature of 1.70 m."""
    placement_sd: float = 0.02
    """Metres, per axis: how far from there it may be; found once per person."""
    skin_sd: float = 0.008
    """Metres, per axis: how much it moves against the bone, and errors of measurement."""


@dataclass(frozen=True)
class Matched:
    """Markers of a recording that the body has a place for."""

    set_name: str
    """The naming convention that knows most of the names."""
    index: tuple[int, ...]
    """(M,) which of the recording's markers."""
    names: tuple[str, ...]
    """(M,) as the recording calls them."""
    sites: tuple[Site, ...]
    """(M,)."""
    unknown: tuple[str, ...]
    """Names without a place."""

    def points(self, model: BodyModel) -> Points:
        """The sites as points of the body."""
        return site_points(model, self.sites)


def match(names: Sequence[str], given: Mapping[str, Site | str | None] | None = None) -> Matched:
    """Find the sites of markers by name.

    Case, punctuation and a prefix such as `Subject:` do not matter. The convention that knows most of the
    names decides; others of its kind (skin markers or joints) are asked only about names that it lacks. A
    name that occurs twice counts where it comes first.

    Args:
        names: of the recording.
        given: own sites by name, which come first: a Site, a body point, or None to leave the marker out.

    Raises:
        BorelliError: `given` speaks of a marker that the recording lacks, or of a point the body lacks.
    """
    own = {_plain(name): _site(site) for name, site in (given or {}).items()}
    present = [_plain(name) for name in names]
    absent = [name for name in given or {} if _plain(name) not in present]
    if absent:
        raise BorelliError(
            f"the marker map names {', '.join(absent)}, which the recording lacks; it has: {', '.join(names)}"
        )
    sets = marker_sets()
    order = sorted(sets, key=lambda s: (-len(set(present) & set(sets[s])), -_exact(names, sets[s])))
    known: dict[str, Site | None] = {}
    for name in reversed(order):
        if _kinds()[name] in (_kinds()[order[0]], EITHER):
            known |= {key: site for key, (_, site) in sets[name].items()}
    known |= own
    found: dict[str, int] = {}
    for i, key in enumerate(present):
        if known.get(key) is not None:
            found.setdefault(key, i)
    sites = tuple(site for key in found if (site := known[key]) is not None)
    strange = (name for name, key in zip(names, present, strict=True) if key not in known)
    unknown = tuple(dict.fromkeys(strange))
    index = tuple(found.values())
    return Matched(order[0], index, tuple(names[i] for i in index), sites, unknown)


def known_names() -> dict[str, list[str]]:
    """Naming convention to the marker names that it has."""
    return {name: [spelled for spelled, _ in rows.values()] for name, rows in marker_sets().items()}


@cache
def marker_sets() -> dict[str, dict[str, tuple[str, Site | None]]]:
    """Naming convention to plain name to (name as written there, site); None: known, but not used."""
    text = files("borelli.markers").joinpath("markers.csv").read_text("utf-8")
    sets: dict[str, dict[str, tuple[str, Site | None]]] = {OWN_SET: _own_names()}
    for row in csv.DictReader(text.splitlines()):
        offset = (float(row["forward_m"]), float(row["up_m"]), float(row["right_m"]))
        placed = Site(row["body_point"], offset, float(row["placement_sd_m"]), float(row["skin_sd_m"]))
        site = placed if row["body_point"] else None
        rows = sets.setdefault(row["set"], {})
        rows[_plain(row["name"])] = (row["name"], site)
        if row["left_name"]:
            rows[_plain(row["left_name"])] = (row["left_name"], site and _mirrored(site))
    return sets


def site_points(model: BodyModel, sites: Iterable[Site]) -> Points:
    """Sites as points of the body. Raises BorelliError for a point that the body lacks."""
    segments, offsets, by_shape = [], [], []
    for site in sites:
        kind, _, segment = site.body_point.partition("joint:")
        if segment:
            if segment not in model.skeleton.segment_names:
                raise choices("segment of a marker", segment, list(model.skeleton.segment_names))
            segments.append(model.skeleton.segment(segment))
            offsets.append(np.array(site.offset))
            by_shape.append(np.zeros((3, model.shape_size)))
            continue
        if kind not in model.landmark_names:
            valid = [*model.landmark_names, *(f"joint:{name}" for name in model.skeleton.segment_names)]
            raise choices("body point of a marker", kind, valid)
        landmark = model.landmark(kind)
        segments.append(int(model.landmark_segments[landmark]))
        offsets.append(model.landmark_offsets[landmark] + site.offset)
        by_shape.append(model.landmark_offsets_shape[landmark])
    return Points(np.array(segments, dtype=np.int64), np.array(offsets), np.array(by_shape))


@cache
def _kinds() -> dict[str, str]:
    """Naming convention to what it names: markers or joints."""
    text = files("borelli.markers").joinpath("sets.csv").read_text("utf-8")
    return {OWN_SET: EITHER} | {row["set"]: row["kind"] for row in csv.DictReader(text.splitlines())}


def _own_names() -> dict[str, tuple[str, Site | None]]:
    """Our landmarks and joints under their own names."""
    model = body_model()
    table = model.skeleton
    points = {name: name for name in model.landmark_names}
    points |= {f"joint:{name}": f"joint:{name}" for name in table.segment_names}
    joints = zip(table.joint_names, table.segment_names, strict=True)
    points |= {joint: f"joint:{segment}" for joint, segment in joints}
    return {
        _plain(name): (name, Site(point, placement_sd=OWN_PLACEMENT_SD, skin_sd=OWN_SKIN_SD))
        for name, point in points.items()
    }


def _mirrored(site: Site) -> Site:
    point = re.sub(r"_r$", "_l", site.body_point)
    forward, up, right = site.offset
    return replace(site, body_point=point, offset=(forward, up, -right))


def _site(given: Site | str | None) -> Site | None:
    return Site(given) if isinstance(given, str) else given


def _plain(name: str) -> str:
    """Letters and digits of what follows the last colon and Mixamo's prefix, in lower case."""
    return re.sub(r"[^a-z0-9]", "", name.rpartition(":")[2].lower()).removeprefix("mixamorig")


def _exact(names: Sequence[str], rows: Mapping[str, tuple[str, Site | None]]) -> int:
    return len({name.rpartition(":")[2] for name in names} & {spelled for spelled, _ in rows.values()})
