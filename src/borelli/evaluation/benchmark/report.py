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
`--long` adds a ten-minute video, `--loop` the fine-tuning on the recorded clips, `--sweeps docs/images` the
plots. `--parts avatar --json figures.json` measures that part alone and keeps the others as the file has
them; avatars, the policy and batches of videos take long and are measured only so. Accuracy is the same for
the same seed and machine; speed is not.
"""
EXPLANATION = """\
## What the rows mean

- **Balance**: a man crosses a beam, each view alone. The estimator is given video, intrinsics and an assumed
  stature of 1.75 m, neither camera pose nor gravity; the reference comes from four cameras without markers
  and is good to 15 mm at limbs and 30 mm at hips, so differences below that mean nothing. One person and one
  motion of 1.67 s: figures are no promise for other footage. Twelve limb joints, root = middle of the hips;
  PA: after the best similarity of each frame. Rest pose, smoothness and weights were chosen while looking at
  these two views, which moved by 2-3 mm with any choice: a floor for footage like this, not a forecast. The
  points of the reference lie on our body where OpenPose was measured to differ from BlazePose on this man.
  How much the estimator heeds the lifter (five weights) was chosen while looking at these views too.
- **Gain of each stage**: the same two views with the detector's 3D landmarks as they are, fitted without the
  lifter, fitted with it, and with a lifter fine-tuned on these and the demo clip without their truth.
- **Lifter and hints fused**: the weighted mean of both 3D cues before any fit, at eight limb bones.
- **Lifter alone**: no estimator. Val clips, which the network never saw, as they are, and mixed limb by limb,
  half of the mixtures with procedural limbs; noise and cameras of the virtual cameras below.
- **Demo clip**: no stature is given, only the calibration, whose pose puts the floor.
- **Virtual cameras**: motion capture, retargeted to our skeleton, performed by a random person and
  seen by a random static camera (3-6 m, 0.8-1.8 m high, focal length 1.0-1.6 widths, 1920 x 1080, 30 frames
  per second, at most 10 s per clip). Keypoints have 3 px noise, 5 % outliers and 10 % gaps; bone directions
  of the 3D cues are 20 degrees wrong, changing within about a second. Intrinsics and stature are given;
  camera pose and gravity are not. Truth and estimate share one skeleton, and the keypoints sit where the
  estimator expects them, so this is kinder than reality. Intervals are of single coordinates of joint
  positions in camera axes. Settings of the estimator and its stated uncertainty were chosen while looking at
  the val clips; the second group are those of them on which the weights of the lifter were not chosen.
- **Joint centres**: largest difference of any coordinate over random poses of a random person.
- **OpenSim IK**: `markers.trc` solved with `model.osim` by OpenSim, against `motion.mot`. In OpenSim our
  coordinates reproduce our markers to a nanometre; its optimiser stops a little earlier where markers hardly
  tell coordinates apart, as rotation of the shoulder blade about its long axis against flexion of the arm.
- **Dynamics**: motion capture on flat ground at 60 frames per second, at most 6 s per clip, retargeted and
  not filtered; physics is given neither contacts nor forces. Figures are those of the certificate
  (certificate.md); the residual of a clip is the root mean square over its frames. Errors are smooth
  (correlation 0.15 s), of all angles and of the pelvis, scaled until joints are wrong by the stated distance
  on average; the solver is told this distance. Local: relative to the middle of the hips. Because contact
  forces are fitted, a small residual alone proves little: the vertical force of each foot is therefore
  compared with that of the clean motion, root mean square over frames and feet. That is no measured force,
  but what errors of the motion change.
- **Where dynamics stops being trustworthy**: six of these clips, 3 s of each, with growing errors of one
  kind. Wrong contacts: so many of all points and frames have the contrary contact. Late contacts: every
  contact begins and ends so many frames too late. Tilted floor: the whole motion is tipped, as by a camera
  that is not level. The limit of 12 % of the body weight is what prediction of forces from markers should
  reach.

  ![Errors of the motion](images/dynamics_noise.svg)

  ![Errors of contacts and floor](images/dynamics_contacts.svg)

- **Forces**: inverse dynamics of a laboratory's model, motion and plates by our engine and by OpenSim's, root
  mean square difference over the range of a moment, worst of both sides and all axes of a joint. Ground
  forces from markers alone are compared with the plates while these feel all of the load. OpenSim's inverse
  dynamics on our own files finds the residual of the certificate, because both differentiate the same spline.
- **Speed**: estimator and perception without loading; the demo with everything, in a process of its own.
"""


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
