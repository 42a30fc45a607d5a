"""`index.parquet` and `summary.html` of a batch, made anew from its folders."""

from dataclasses import dataclass
from pathlib import Path

from borelli.batch.page import write_page
from borelli.batch.rows import index_rows
from borelli.batch.summary import Summary, summarise
from borelli.batch.table import Rows, write_table
from borelli.errors import BorelliError


@dataclass(frozen=True)
class Index:
    """What was written."""

    table: Path
    page: Path
    summary: Summary


def build_index(out: Path) -> Index:
    """Read all results below `out` and write the table and the page into it.

    Raises BorelliError when there are no results, OSError when it cannot be written.
    """
    if not out.is_dir() or next(index_rows(out), None) is None:
        raise BorelliError(f"{out} holds no results; give the --out of `borelli run` or `borelli batch`")
    found: list[Summary] = []

    def show(rows: Rows) -> None:
        found.append(summarise(rows()))
        write_page(out, found[0])

    table = write_table(out, "index", index_rows(out), show)
    return Index(table, out / "summary.html", found[0])
