"""Rows of any length as one table: Parquet where pyarrow is installed, else CSV; memory stays bounded."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from borelli.pipeline.cache import whole_file

ROWS_AT_ONCE = 5000
Row = dict[str, Any]
Rows = Callable[[], Iterator[Row]]
"""Rows that can be gone through more than once."""


def write_table(folder: Path, name: str, rows: Iterable[Row], use: Callable[[Rows], None]) -> Path:
    """Write `name`.parquet, or `name`.csv without pyarrow; returns which.

    Columns are those of all rows in the order of their first appearance. Those with values of several kinds
    become text. `use` is given the rows as well.
    """
    with TemporaryDirectory(prefix=".partial-", dir=folder) as scratch:
        spool, kinds = Path(scratch) / "rows.jsonl", {}
        with spool.open("w", encoding="utf-8") as lines:
            for row in rows:
                lines.write(json.dumps(row, default=str) + "\n")
                for column, value in row.items():
                    kinds.setdefault(column, set())
                    if value is not None:
                        kinds[column].add(type(value) if isinstance(value, bool | int | float) else str)
        columns = {column: _kind(found) for column, found in kinds.items()}

        def again() -> Iterator[Row]:
            with spool.open(encoding="utf-8") as lines:
                yield from map(json.loads, lines)

        try:
            arrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
        except ImportError:
            path = _write_csv(folder / f"{name}.csv", columns, again)
        else:
            path = _write_parquet(folder / f"{name}.parquet", columns, again, arrow, parquet)
        for other in (".csv", ".parquet"):
            if other != path.suffix:
                (folder / f"{name}{other}").unlink(missing_ok=True)
        use(again)
    return path


def _kind(found: set[type]) -> type:
    """One kind for a column: whole numbers widen to others, everything else to text."""
    if len(found) == 1:
        return found.pop()
    return float if found and found <= {int, float} else str


def _cell(value: Any, kind: type) -> Any:
    return None if value is None else value if isinstance(value, kind) else kind(value)


def _write_csv(path: Path, columns: dict[str, type], rows: Rows) -> Path:
    with whole_file(path) as partial, partial.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, list(columns), restval="")
        table.writeheader()
        table.writerows(rows())
    return path


def _write_parquet(path: Path, columns: dict[str, type], rows: Rows, arrow: Any, parquet: Any) -> Path:
    types = {str: arrow.string(), float: arrow.float64(), int: arrow.int64(), bool: arrow.bool_()}
    schema = arrow.schema([(column, types[kind]) for column, kind in columns.items()])
    with whole_file(path) as partial, parquet.ParquetWriter(str(partial), schema) as file:
        for some in _batches(rows()):
            cells = {c: [_cell(row.get(c), kind) for row in some] for c, kind in columns.items()}
            file.write_table(arrow.table(cells, schema=schema))
    return path


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    some: list[Row] = []
    for row in rows:
        some.append(row)
        if len(some) == ROWS_AT_ONCE:
            yield some
            some = []
    if some:
        yield some
