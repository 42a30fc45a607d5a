"""The table on the terminal, as JSON and as a page."""

import json
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.table import Table

from borelli.errors import BorelliError
from borelli.evaluation.benchmark.rows import Row
from borelli.pipeline.versions import versions

MARK = {True: "met", False: "missed", None: ""}
INTRODUCTION = """\
# Benchmarks

Everything here is written by one command, which measures it anew:

    borelli benchmark --markdown docs/benchmarks.md

The recordings are looked for in `shared/data`, here or beside the checkout; `--data` names another folder.
Rows whose recording, networks or referee are absent say so. `--quick` checks the benchmark itself,
`--long` adds long videos, `--loop` the fine-tuning on the recorded clips, `--sweeps docs/images` the
plots. `--parts avatar --json figures.json` measures that part alone and keeps the others as the file has
them; avatars, the policy and batches of videos take long and are measured only so. Accuracy is the same for
the same seed and machine; speed is not.
"""
EXPLANATION = Path(__file__).with_name("explanation.md").read_text("utf-8")


@dataclass(frozen=True)
class Provenance:
    """Where and with what the figures were measured."""

    date: str
    machine: str
    commit: str
    seed: int
    versions: dict[str, str]

    def line(self) -> str:
        """One line."""
        return f"{self.date}; {self.machine}; commit {self.commit}; seed {self.seed}"


@dataclass(frozen=True)
class Measured:
    """Rows of one part of the benchmark and where they come from."""

    name: str
    rows: list[Row]
    origin: Provenance


def provenance(seed: int) -> Provenance:
    """Of this machine and this checkout."""
    return Provenance(date.today().isoformat(), _machine(), _commit(), seed, dict(versions()))


def _machine() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    name = models[0] if models else platform.processor() or platform.machine()
    count = f"{len(models)} x " if models else ""
    return f"{count}{name}, {platform.system()}, Python {platform.python_version()}"


def _commit() -> str:
    """Of the checkout this file is in, `+` after it when tracked files differ; "none" outside of git."""
    folder = Path(__file__).parent
    command = ["git", "-C", str(folder), "describe", "--always", "--dirty=+", "--exclude=*"]
    try:
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "none"


def number(row: Row) -> str:
    """The value with three significant digits and its unit."""
    if row.value is None:
        return "-"
    text = f"{row.value:.3g}" if abs(row.value) < 1000 else f"{row.value:.0f}"
    return f"{text} {row.unit}".strip()


def print_rows(console: Console, parts: Sequence[Measured]) -> None:
    """One table."""
    table = Table("", "measured", "target", "", "note", title=origins(parts), title_justify="left")
    group = ""
    for row in _rows(parts):
        if row.group != group:
            group = row.group
            table.add_section()
            table.add_row(f"[bold]{group}[/bold]")
        table.add_row(f"  {row.name}", number(row), row.target, MARK[row.met], row.note)
    console.print(table)


def markdown(parts: Sequence[Measured]) -> str:
    """The whole page."""
    lines = ["| | measured | target | | note |", "|---|---|---|---|---|"]
    group = ""
    for row in _rows(parts):
        if row.group != group:
            group = row.group
            lines.append(f"| **{group}** | | | | |")
        lines.append(f"| {row.name} | {number(row)} | {row.target} | {MARK[row.met]} | {row.note} |")
    libraries = ", ".join(f"{name} {version}" for name, version in parts[-1].origin.versions.items())
    table = "\n".join(lines)
    measured = f"Measured {origins(parts)}."
    return f"{INTRODUCTION}\n{measured}\n\n{table}\n\n{EXPLANATION}\nVersions: {libraries}.\n"


def origins(parts: Sequence[Measured]) -> str:
    """Where the figures come from, in one line: most of them first."""
    lines = [part.origin.line() for part in parts]
    usual = max(lines, key=lines.count)
    others = [f"{part.name}: {line}" for part, line in zip(parts, lines, strict=True) if line != usual]
    return " | ".join([usual, *others])


def to_json(parts: Sequence[Measured]) -> str:
    """The figures and where they come from."""
    content = [
        {
            "part": part.name,
            "origin": asdict(part.origin),
            "rows": [asdict(row) | {"met": row.met} for row in part.rows],
        }
        for part in parts
    ]
    return json.dumps(content, indent=2) + "\n"


def from_json(path: Path) -> list[Measured]:
    """What `to_json` wrote; raises BorelliError for anything else."""
    try:
        content = json.loads(path.read_text("utf-8"))
        return [
            Measured(part["part"], [_row(row) for row in part["rows"]], Provenance(**part["origin"]))
            for part in content
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BorelliError(f"{path} holds no figures of `borelli benchmark --json`; name another") from error


def _row(content: dict) -> Row:
    return Row(**{field.name: content[field.name] for field in fields(Row)})


def _rows(parts: Sequence[Measured]) -> list[Row]:
    return [row for part in parts for row in part.rows]
