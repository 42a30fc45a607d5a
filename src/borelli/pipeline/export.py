"""Results in the formats of other programs, written beside `motion.npz`."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import numpy as np

from borelli.body.model import body_model
from borelli.body.skel import load_skel
from borelli.body.smpl import load_smpl
from borelli.errors import BorelliError, choices
from borelli.export.amass import write_amass
from borelli.export.bvh import write_bvh
from borelli.export.c3d import write_c3d
from borelli.export.forces import FEET, Pushed, foot_points, pushed
from borelli.export.frame_table import write_csv, write_parquet
from borelli.export.glb import write_glb
from borelli.export.keypoints import write_coco, write_openpose
from borelli.export.rig import make_rig
from borelli.export.skel import write_skel
from borelli.export.take import Take, even_take, valid_take
from borelli.export.usd import write_usd
from borelli.motion.motion import Motion
from borelli.pipeline.cache import whole_file
from borelli.pipeline.files import performance_of

FILES = {
    "glb": "body.glb",
    "bvh": "skeleton.bvh",
    "c3d": "markers.c3d",
    "amass": "amass.npz",
    "csv": "motion.csv",
    "parquet": "motion.parquet",
    "skel": "skel.npz",
    "openpose": "openpose",
    "coco": "coco.json",
    "usd": "body.usdc",
}
"""What each format is called in the folder of a person; `openpose` is a folder."""
OPENPOSE_FILES = "*_keypoints.json"


@dataclass(frozen=True)
class ExportConfig:
    """What files should be like."""

    names: Literal["anatomical", "mixamo"] = "anatomical"
    """Of bones, in GLB, BVH and USD."""
    smpl_model: Path | None = None
    """The user's SMPL or SMPL-H file, for the shape in an AMASS file."""
    skel_model: Path | None = None
    """The user's SKEL file, without which there are no SKEL parameters."""


def parse_formats(text: str) -> tuple[str, ...]:
    """Formats of a list such as "glb,bvh". Raises BorelliError for an unknown one, with the valid ones."""
    wanted = tuple(dict.fromkeys(name.strip().lower() for name in text.split(",") if name.strip()))
    if not wanted:
        raise BorelliError(f"--to names no format; valid: {', '.join(FILES)}")
    for name in wanted:
        if name not in FILES:
            raise choices("format", name, list(FILES))
    return wanted


def export_motion(
    folder: Path, motion: Motion, formats: Sequence[str], config: ExportConfig | None = None
) -> list[Path]:
    """Write a motion into `folder` in some formats of FILES; each file whole or not at all.

    Raises:
        BorelliError: the motion has nothing for a format, or a package or model file for it is missing.
    """
    config = config or ExportConfig()
    written = []
    for name in formats:
        target = folder / FILES[name]
        if name == "openpose":
            _write_openpose_folder(target, motion)
        else:
            with whole_file(target) as path:
                _write(path, name, motion, config)
        written.append(target)
    return written


def gap_note(motion: Motion) -> str | None:
    """A sentence about frames that are not valid, None when all are."""
    filled, dropped = int((~even_take(motion).valid).sum()), int((~motion.valid).sum())
    if not dropped:
        return None
    return (
        f"person {motion.person}: {dropped} of {len(motion.time)} frames are not valid; they are left out or "
        f"empty; {filled} of them, between valid ones, are interpolated in BVH, AMASS, SKEL and USD"
    )


def _write(path: Path, name: str, motion: Motion, config: ExportConfig) -> None:
    model = body_model()
    match name:
        case "glb":
            take = valid_take(motion)
            rig = make_rig(model, take.person, take.coordinates, config.names)
            write_glb(path, model, take.person, rig, take.times)
        case "c3d":
            take = even_take(motion)
            write_c3d(path, model, take, _feet(motion, take))
        case "csv":
            write_csv(path, motion)
        case "parquet":
            write_parquet(path, motion)
        case "coco":
            write_coco(path, motion)
        case _:
            _write_rigged(path, name, motion, config)


def _write_rigged(path: Path, name: str, motion: Motion, config: ExportConfig) -> None:
    """Formats of evenly spaced frames of the rig."""
    model, take = body_model(), even_take(motion)
    rig = make_rig(model, take.person, take.coordinates, config.names)
    match name:
        case "bvh":
            write_bvh(path, rig, take.rate)
        case "usd":
            write_usd(path, model, take.person, rig, take.rate)
        case "amass":
            smpl = None if config.smpl_model is None else load_smpl(config.smpl_model)
            write_amass(path, take, rig, smpl)
        case "skel":
            if config.skel_model is None:
                raise BorelliError(
                    "--to skel needs --skel-model FILE: SKEL's angles count from the rest pose of that file"
                )
            write_skel(path, take, rig, load_skel(config.skel_model))
        case _:
            raise choices("format", name, list(FILES))


def _write_openpose_folder(folder: Path, motion: Motion) -> None:
    """All files of the folder are there before any older one is replaced."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".partial-", dir=folder.parent) as partial:
        write_openpose(Path(partial), motion)
        folder.mkdir(exist_ok=True)
        for old in folder.glob(OPENPOSE_FILES):
            old.unlink()
        for new in Path(partial).glob(OPENPOSE_FILES):
            new.replace(folder / new.name)


def _feet(motion: Motion, take: Take) -> dict[str, Pushed]:
    """What pushes on each foot at the times of a take; NaN where contacts do not explain the motion."""
    performance = performance_of(motion)
    if performance is None:
        return {}
    sides = foot_points(performance)
    return {
        side: _at(pushed(performance, sides == side), performance.explained, motion, take) for side in FEET
    }


def _at(found: Pushed, explained: np.ndarray, motion: Motion, take: Take) -> Pushed:
    def columns(values: np.ndarray) -> np.ndarray:
        known = np.where(explained[:, None], values, np.nan)
        return np.stack([np.interp(take.times, motion.time, column) for column in known.T], axis=1)

    return Pushed(columns(found.force), columns(found.centre), columns(found.torque))
