"""The commands and their flags; the fields below are the only place where flags are defined."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

import tyro

from borelli.avatar.viewpoints import Viewpoint
from borelli.pipeline.config import Folder, OptionalFile, RunConfig, Seconds
from borelli.training.synth.config import SynthConfig

OutFolder = Annotated[Path, tyro.conf.arg(metavar="DIR", help_behavior_hint="")]
Jobs = Annotated[int | None, tyro.conf.arg(metavar="N", help_behavior_hint="")]
Inputs = Annotated[
    tuple[str, ...], tyro.conf.Positional, tyro.conf.arg(metavar="INPUT...", help_behavior_hint="")
]
Flag = Annotated[bool, tyro.conf.FlagCreatePairsOff, tyro.conf.arg(help_behavior_hint="")]
Text = Annotated[str | None, tyro.conf.arg(metavar="TEXT", help_behavior_hint="")]


@dataclass(frozen=True)
class Run:
    """Reconstruct videos or photos: motion, OpenSim files, overlay. The video alone is enough."""

    videos: Annotated[
        tuple[str, ...], tyro.conf.Positional, tyro.conf.arg(metavar="VIDEO...", help_behavior_hint="")
    ]
    """Videos, photos, folders, patterns, .csv, .parquet."""
    out: OutFolder = Path("out")
    """Results (default: out), a folder for each video."""
    jobs: Jobs = None
    """Videos, or parts of one, at a time; see borelli batch."""
    force: Annotated[bool, tyro.conf.FlagCreatePairsOff, tyro.conf.arg(help_behavior_hint="")] = False
    """Replace results of another video or other settings."""
    from_trc: OptionalFile = None
    """Markers or 3D keypoints (.trc) instead of videos."""
    from_c3d: OptionalFile = None
    """Markers of a laboratory (.c3d) instead of videos."""
    from_bvh: OptionalFile = None
    """Motion of another skeleton (.bvh) instead of videos."""
    marker_map: OptionalFile = None
    """Places on the body of markers of your own, .csv."""
    from_amass: OptionalFile = None
    """A recording of AMASS (.npz); it needs --smpl-model."""
    smpl_model: OptionalFile = None
    """Your SMPL, SMPL-H or SMPL-X file."""
    config: Annotated[RunConfig, tyro.conf.arg(name="")] = field(default_factory=RunConfig)

    @property
    def recordings(self) -> dict[str, Path]:
        """Flag to file of the recordings that are given instead of videos."""
        given = {f"--from-{kind}": getattr(self, f"from_{kind}") for kind in ("trc", "c3d", "bvh", "amass")}
        return {flag: path for flag, path in given.items() if path is not None}


@dataclass(frozen=True)
class Batch:
    """Reconstruct many videos: what is done is skipped, what failed says why; start it again to go on."""

    inputs: Inputs
    """Files, folders, patterns, URIs (s3://, gs://, https://), .csv or .parquet lists with a column path."""
    out: OutFolder = Path("out")
    """Results (default: out), a folder for each video."""
    jobs: Jobs = None
    """Videos at a time (default: one per core)."""
    parts: Flag = False
    """One video at a time, its parts by all workers: for few and long videos."""
    shard: Text = None
    """i/n: every n-th video from the i-th (default: as SLURM_ARRAY_TASK_ID says, else all)."""
    engine: Annotated[Literal["pool", "ray"], tyro.conf.arg(metavar="WAY", help_behavior_hint="")] = "pool"
    """pool: processes here (default); ray: actors of a Ray cluster."""
    address: Text = None
    """Of the Ray cluster, such as auto or ray://head:10001 (default: Ray on this machine)."""
    gpus: Annotated[float, tyro.conf.arg(metavar="N", help_behavior_hint="")] = 0.0
    """With Ray: GPUs, or a part of one, for every worker that finds people (default: 0)."""
    force: Flag = False
    """Replace results of `borelli run` with other settings, and try again what failed before."""
    attempts: Annotated[int, tyro.conf.arg(metavar="N", help_behavior_hint="")] = 3
    """Attempts when the machine, not the video, is at fault (default: 3)."""
    log_json: OptionalFile = None
    """Append a line of JSON per event."""
    config: Annotated[RunConfig, tyro.conf.arg(name="")] = field(default_factory=RunConfig)


@dataclass(frozen=True)
class PlanBatch:
    """What a batch would do and cost, before anything starts."""

    inputs: Inputs
    """As for `borelli batch`."""
    out: OutFolder = Path("out")
    """Folder of results (default: out)."""
    jobs: Jobs = None
    """Videos at a time (default: one per core)."""
    shard: Text = None
    """i/n: only this share."""
    config: Annotated[RunConfig, tyro.conf.arg(name="")] = field(default_factory=RunConfig)


@dataclass(frozen=True)
class Index:
    """Make index.parquet and summary.html of all results anew."""

    folder: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="OUT", help_behavior_hint="")]
    """Results of `borelli run` or `borelli batch`."""


@dataclass(frozen=True)
class Demo:
    """Reconstruct the demo clip: one walks, one jumps."""

    out: OutFolder = Path("demo-out")
    """Folder of results (default: demo-out)."""
    models: Folder = None
    """Folder with the network files and the clip, for machines without a network."""


@dataclass(frozen=True)
class Evaluate:
    """Compare a motion with a reference."""

    prediction: Annotated[
        Path, tyro.conf.Positional, tyro.conf.arg(metavar="PREDICTION", help_behavior_hint="")
    ]
    """motion.npz written by `borelli run`."""
    reference: Annotated[
        Path, tyro.conf.Positional, tyro.conf.arg(metavar="REFERENCE", help_behavior_hint="")
    ]
    """motion.npz or a reference recording."""


@dataclass(frozen=True)
class InverseDynamics:
    """Joint moments of any OpenSim model from measured forces."""

    model: Annotated[Path, tyro.conf.arg(metavar="FILE", help_behavior_hint="")]
    """Model, .osim."""
    motion: Annotated[Path, tyro.conf.arg(metavar="FILE", help_behavior_hint="")]
    """Coordinates over time, .mot or .sto."""
    forces: OptionalFile = None
    """ExternalLoads .xml or table of force plates .mot; none: nothing pushes."""
    lowpass: Annotated[float | None, tyro.conf.arg(metavar="HZ", help_behavior_hint="")] = None
    """Filter the coordinates; 6 is usual for gait (default: no filter)."""
    out: OutFolder = Path("inverse-dynamics")
    """Folder of torques.sto (default: inverse-dynamics)."""


@dataclass(frozen=True)
class PredictForces:
    """Ground forces and joint torques from markers alone."""

    from_trc: OptionalFile = None
    """Markers, .trc."""
    from_c3d: OptionalFile = None
    """Markers, .c3d."""
    motion: OptionalFile = None
    """motion.npz written by `borelli run` from markers, instead of markers."""
    mass: Annotated[float | None, tyro.conf.arg(metavar="KG", help_behavior_hint="")] = None
    """Body mass (default: that of a body of this shape and stature)."""
    stature: Annotated[float | None, tyro.conf.arg(metavar="M", help_behavior_hint="")] = None
    """Body height (default: from the markers)."""
    start: Seconds = None
    """Leave out what is before this time."""
    end: Seconds = None
    """Leave out what is after this time."""
    marker_map: OptionalFile = None
    """Places on the body of markers of your own, .csv."""
    lowpass: Annotated[float, tyro.conf.arg(metavar="HZ", help_behavior_hint="")] = 6.0
    """Filter of the coordinates (default: 6)."""
    out: OutFolder = Path("forces")
    """Folder of forces.mot, torques.sto, certificate and more (default: forces)."""


@dataclass(frozen=True)
class Benchmark:
    """Measure accuracy, speed and memory beside targets."""

    data: Folder = None
    """Recordings with known truth (default: shared/data, here or beside this folder)."""
    json: OptionalFile = None
    """Write the figures there."""
    markdown: OptionalFile = None
    """Write the page there."""
    models: Folder = None
    """Folder with the network files, for machines without a network."""
    seed: int = 0
    """Of random people, cameras and noise."""
    quick: Annotated[bool, tyro.conf.FlagCreatePairsOff, tyro.conf.arg(help_behavior_hint="")] = False
    """Only the rows that take seconds, on short clips."""
    long: Annotated[bool, tyro.conf.FlagCreatePairsOff, tyro.conf.arg(help_behavior_hint="")] = False
    """Measure memory on videos of ten minutes and, with the part `long`, two hours: as long or longer."""
    loop: Annotated[bool, tyro.conf.FlagCreatePairsOff, tyro.conf.arg(help_behavior_hint="")] = False
    """Fine-tune the lifter on the recorded clips and measure again: ten minutes more; needs torch."""
    sweeps: Folder = None
    """Measure dynamics with growing errors and plot it into this folder: ten minutes more."""
    parts: Annotated[tuple[str, ...], tyro.conf.arg(metavar="NAME...", help_behavior_hint="")] = ()
    """Only these, and the others as --json has them; avatar, policy and batch are measured only so."""


@dataclass(frozen=True)
class Synth:
    """Render clips of people with exact truth: pose, keypoints, masks, depth, camera; stop and go on."""

    out: OutFolder = Path("synth")
    """Folder of the set (default: synth); finished clips there are kept."""
    clips: int = 10
    """How many clips the set shall have."""
    measure: Annotated[bool, tyro.conf.FlagCreatePairsOff, tyro.conf.arg(help_behavior_hint="")] = False
    """Then run the keypoint detector over the set and print how far its points are from the joints."""
    models: Folder = None
    """Folder with the network files for --measure, for machines without a network."""
    config: Annotated[SynthConfig, tyro.conf.arg(name="")] = field(default_factory=SynthConfig)


@dataclass(frozen=True)
class TrainLifter:
    """Train the network that makes the first guess; with --videos, fine-tune it on videos of your own."""

    mocap: Annotated[Path, tyro.conf.arg(metavar="DIR", help_behavior_hint="")]
    """Recordings: .bvh.gz files with a manifest.csv (docs/lifters.md)."""
    out: Annotated[Path, tyro.conf.arg(metavar="FILE", help_behavior_hint="")] = Path("lifter.onnx")
    """The network (default: lifter.onnx); beside it a folder .work keeps what an interrupted run needs."""
    steps: int = 15000
    """Of 64 windows each; about 0.4 s per step on two cores."""
    seed: int = 0
    """Of weights, motions, cameras and noise."""
    videos: Folder = None
    """Videos without labels: fit, keep the better fits, fine-tune, three rounds."""
    start: OptionalFile = None
    """The network that --videos starts from (default: the one that comes with the program)."""
    models: Folder = None
    """Folder with the network files of the detector, for machines without a network."""


@dataclass(frozen=True)
class TrainPolicy:
    """Train the policy that performs videos in simulation, or fine-tune one on clips of your own."""

    clips: Annotated[Path, tyro.conf.arg(metavar="DIR", help_behavior_hint="")]
    """Results of `borelli run`, or .bvh.gz recordings with a manifest.csv (docs/policy_card.md)."""
    out: Annotated[Path, tyro.conf.arg(metavar="FILE", help_behavior_hint="")] = Path("policy.onnx")
    """The network (default: policy.onnx); beside it a folder .work keeps what an interrupted run needs."""
    rounds: int = 100
    """Of distillation: the student acts, the expert labels, the student learns."""
    refine: int = 0
    """Iterations of refinement by reward after that."""
    seed: int = 0
    """Of weights, starts and noise."""
    start: OptionalFile = None
    """A policy to fine-tune (default: a new one)."""
    device: Annotated[str, tyro.conf.arg(metavar="cpu|cuda|cuda:N", help_behavior_hint="")] = "cpu"
    """Of networks and physics; cuda needs borelli[gpu] too (default: cpu)."""


@dataclass(frozen=True)
class Render:
    """Show an avatar from anywhere, in any motion."""

    folder: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="OUT", help_behavior_hint="")]
    """Results of `borelli run --avatar`: all of them, or the folder of one video."""
    person: int = 0
    """Whose avatar (default: 0)."""
    motion: OptionalFile = None
    """motion.npz of somebody else to follow (default: the person's own)."""
    camera: Viewpoint = "turntable"
    """Where from; own is the camera of the video (default: turntable)."""
    background: Annotated[str, tyro.conf.arg(metavar="COLOUR", help_behavior_hint="")] = "white"
    """Name such as green, #rrggbb, or transparent (default: white)."""
    size: Annotated[int, tyro.conf.arg(metavar="PIXELS", help_behavior_hint="")] = 720
    """Longer side of the pictures (default: 720)."""
    out: Annotated[Path, tyro.conf.arg(aliases=["-o"], metavar="FILE", help_behavior_hint="")] = Path(
        "avatar.mp4"
    )
    """Video (.mp4; .webm can be transparent) or a folder for PNG files (default: avatar.mp4)."""


@dataclass(frozen=True)
class Measure:
    """Gait, angles, jumps and body size as defined numbers."""

    folder: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="OUT", help_behavior_hint="")]
    """Results of `borelli run`, the folder of one video, or a motion.npz."""
    person: Annotated[int | None, tyro.conf.arg(metavar="N", help_behavior_hint="")] = None
    """Which person (default: the only one)."""
    lowpass: Annotated[float | None, tyro.conf.arg(metavar="HZ", help_behavior_hint="")] = None
    """Filter the coordinates first; 6 is usual for gait (default: no filter)."""
    json: OptionalFile = None
    """Write the numbers, events and centre of mass there."""


@dataclass(frozen=True)
class Export:
    """Write results as glb, bvh, c3d, amass, csv, parquet, skel, openpose, coco or usd, beside motion.npz."""

    source: Annotated[Path, tyro.conf.Positional, tyro.conf.arg(metavar="OUT", help_behavior_hint="")]
    """Results of `borelli run`: all of them, the folder of one video or person, or a motion.npz."""
    to: Annotated[str, tyro.conf.arg(metavar="FORMATS", help_behavior_hint="")]
    """Formats, separated by commas, for instance glb,bvh."""
    names: Annotated[Literal["anatomical", "mixamo"], tyro.conf.arg(help_behavior_hint="")] = "anatomical"
    """Of bones in glb, bvh and usd (default: anatomical)."""
    person: Annotated[int | None, tyro.conf.arg(metavar="N", help_behavior_hint="")] = None
    """Only this person (default: all)."""
    lowpass: Annotated[float | None, tyro.conf.arg(metavar="HZ", help_behavior_hint="")] = None
    """Filter the motion first; the raw exports stay, as these go into a folder of their own."""
    smpl_model: OptionalFile = None
    """Your SMPL or SMPL-H file: amass then has its shape and translation."""
    skel_model: OptionalFile = None
    """Your SKEL file, which skel needs."""


@dataclass(frozen=True)
class View:
    """Open the page of a run in the browser, or several side by side; it reloads when files change."""

    runs: Annotated[
        tuple[Path, ...], tyro.conf.Positional, tyro.conf.arg(metavar="OUT...", help_behavior_hint="")
    ]
    """Results of `borelli run`: folders of one video, or motion.npz files."""
    port: Annotated[int, tyro.conf.arg(metavar="N", help_behavior_hint="")] = 0
    """Port on this machine (default: a free one)."""
    no_browser: Annotated[bool, tyro.conf.FlagCreatePairsOff, tyro.conf.arg(help_behavior_hint="")] = False
    """Only print the address."""


@dataclass(frozen=True)
class Doctor:
    """Say what is installed and how to get what is missing."""


Command = (
    Annotated[Run, tyro.conf.subcommand("run")]
    | Annotated[Batch, tyro.conf.subcommand("batch")]
    | Annotated[PlanBatch, tyro.conf.subcommand("plan")]
    | Annotated[Index, tyro.conf.subcommand("index")]
    | Annotated[Demo, tyro.conf.subcommand("demo")]
    | Annotated[Evaluate, tyro.conf.subcommand("evaluate")]
    | Annotated[InverseDynamics, tyro.conf.subcommand("inverse-dynamics")]
    | Annotated[PredictForces, tyro.conf.subcommand("predict-forces")]
    | Annotated[Benchmark, tyro.conf.subcommand("benchmark")]
    | Annotated[Synth, tyro.conf.subcommand("synth")]
    | Annotated[
        Annotated[TrainLifter, tyro.conf.subcommand("lifter")]
        | Annotated[TrainPolicy, tyro.conf.subcommand("policy")],
        tyro.conf.subcommand("train", description="Train a network of the program."),
    ]
    | Annotated[Render, tyro.conf.subcommand("render")]
    | Annotated[Measure, tyro.conf.subcommand("measure")]
    | Annotated[Export, tyro.conf.subcommand("export")]
    | Annotated[View, tyro.conf.subcommand("view")]
    | Annotated[Doctor, tyro.conf.subcommand("doctor")]
)
