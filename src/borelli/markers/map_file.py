"""The user's own marker places as a table: what `--marker-map` reads."""

import csv
from pathlib import Path

from borelli.errors import BorelliError, choices
from borelli.markers.names import Site

COLUMNS = ("marker", "body_point", "forward_m", "up_m", "right_m", "placement_sd_m", "skin_sd_m")
_DEFAULT = Site("")


def read_marker_map(path: Path) -> dict[str, Site | None]:
    """Places by marker name from a .csv with the columns `marker` and `body_point`, the others of COLUMNS
    when wanted. An empty body_point leaves the marker out; an empty number takes its default.

    Raises BorelliError for a table without these columns or with a word where a number belongs.
    """
    try:
        rows = list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))
    except OSError as error:
        raise BorelliError(f"{path} cannot be read: {error.strerror}") from error
    if not rows or not {"marker", "body_point"} <= set(rows[0]):
        raise BorelliError(f"{path} needs a header line with marker,body_point and a row per marker")
    for column in rows[0]:
        if column not in COLUMNS:
            raise choices(f"{path}: column", column, list(COLUMNS))
    return {row["marker"].strip(): _site(path, row) for row in rows}


def _site(path: Path, row: dict[str, str]) -> Site | None:
    def number(column: str, default: float) -> float:
        text = (row.get(column) or "").strip()
        try:
            return float(text) if text else default
        except ValueError as error:
            raise BorelliError(f"{path}: {column} of {row['marker']} is {text!r}, not a number") from error

    if not row["body_point"].strip():
        return None
    return Site(
        row["body_point"].strip(),
        (number("forward_m", 0.0), number("up_m", 0.0), number("right_m", 0.0)),
        number("placement_sd_m", _DEFAULT.placement_sd),
        number("skin_sd_m", _DEFAULT.skin_sd),
    )
