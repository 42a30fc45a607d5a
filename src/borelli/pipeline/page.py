"""The report page as the last step of a run; without it the run is as good."""

from collections.abc import Mapping
from pathlib import Path
from time import perf_counter
from typing import Any

from borelli.errors import BorelliError
from borelli.report.page import write_page


def with_page(folder: Path, report: Mapping[str, Any], lines: str) -> dict[str, Any]:
    """Write report.html; returns the run.json that knows of it.

    Args:
        folder: of one video or recording, complete but for run.json.
        report: what run.json will hold.
        lines: key of the list of sentences that tells why there is no page, if there is none.
    """
    started = perf_counter()
    try:
        name = write_page(folder, dict(report)).name
    except BorelliError as error:
        return dict(report) | {lines: [*report[lines], f"no report.html: {error}"]}
    except Exception as error:  # whatever is wrong with the page, hours of work before it are not lost
        problem = f"no report.html, please report this: {type(error).__name__}: {error}"
        return dict(report) | {lines: [*report[lines], problem]}
    seconds = report["seconds"] | {"report": round(perf_counter() - started, 3)}
    return dict(report) | {"seconds": seconds, "files": [name, *report["files"]]}
