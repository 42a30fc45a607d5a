"""Recordings of the AMASS archive: body-model poses over time, in a world with Z up.

Source: Mahmood et al., AMASS, ICCV 2019; files of SMPL-H (`..._poses.npz`) and SMPL-X (`..._stageii.npz`).
"""

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from borelli.errors import BorelliError, no_file

FAMILY = {72: "SMPL", 66: "SMPL-H", 156: "SMPL-H", 165: "SMPL-X"}
"""Numbers per frame in `poses`, and the body model that they are of; 66 is the body without hands."""
RATES = ("mocap_framerate", "mocap_frame_rate")
"""Two generations of files spell it differently."""


@dataclass(frozen=True)
class AmassClip:
    """One person. World: Z up, metres."""

    times: np.ndarray
    """(T,) seconds."""
    family: str
    """SMPL, SMPL-H or SMPL-X."""
    gender: str
    """male, female, neutral or unknown."""
    betas: np.ndarray
    """(B,) shape."""
    pose: np.ndarray
    """(T, J, 3) axis times angle in radians, each joint in its parent."""
    translation: np.ndarray
    """(T, 3) metres."""


def read_amass(path: Path) -> AmassClip:
    """Read one .npz of AMASS. Raises BorelliError naming what is missing or has the wrong shape."""
    content = _arrays(path)
    missing = [key for key in ("poses", "trans") if key not in content]
    spelled = next((key for key in RATES if key in content), None)
    if spelled is None:
        missing.append(" or ".join(RATES))
    if missing or spelled is None:
        raise BorelliError(
            f"{path} is not a motion of AMASS: it lacks {', '.join(missing)}; give a file ..._poses.npz or "
            "..._stageii.npz, not the file of a subject's shape"
        )
    poses, translation = content["poses"], content["trans"]
    if poses.ndim != 2 or poses.shape[1] not in FAMILY:
        sizes = ", ".join(f"{n} ({family})" for n, family in FAMILY.items())
        raise BorelliError(f"{path}: poses is {poses.shape}; expected (frames, one of {sizes})")
    if translation.shape != (len(poses), 3) or not len(poses):
        raise BorelliError(f"{path}: trans is {translation.shape}; expected {(len(poses), 3)}")
    frames_per_second = _number(content[spelled])
    if not (np.isfinite(frames_per_second) and frames_per_second > 0):
        raise BorelliError(f"{path}: the frame rate is {frames_per_second}; it must be positive")
    numbers = {"poses": poses, "trans": translation, "betas": np.ravel(content.get("betas", np.zeros(0)))}
    for key, value in numbers.items():
        if value.dtype.kind not in "fiu" or not np.isfinite(value).all():
            raise BorelliError(f"{path}: {key} holds values that are not finite numbers")
    return AmassClip(
        times=np.arange(len(poses)) / frames_per_second,
        family=FAMILY[poses.shape[1]],
        gender=_text(content.get("gender")),
        betas=numbers["betas"].astype(np.float64),
        pose=poses.astype(np.float64).reshape(len(poses), -1, 3),
        translation=translation.astype(np.float64),
    )


def _arrays(path: Path) -> dict[str, np.ndarray]:
    """Arrays of the file that are plain; others (labels of markers) are of no use here."""
    if not path.is_file():
        raise no_file(path, "an .npz of AMASS")
    result: dict[str, np.ndarray] = {}
    try:
        with np.load(path, allow_pickle=False) as data:
            for key in {"poses", "trans", "betas", "gender", *RATES} & set(data.files):
                result[key] = data[key]
    except (ValueError, OSError, EOFError, AttributeError, TypeError, zipfile.BadZipFile) as error:
        raise BorelliError(f"{path} is not a readable .npz of AMASS; download it again") from error
    return result


def _number(value: np.ndarray) -> float:
    """The one number of an array, NaN when it holds none."""
    return float(np.ravel(value)[0]) if value.size and value.dtype.kind in "fiu" else float("nan")


def _text(value: np.ndarray | None) -> str:
    """Gender, stored as text or as bytes."""
    item = None if value is None or not value.size else np.ravel(value)[0]
    text = item.decode("ascii", "replace") if isinstance(item, bytes) else str(item)
    return text.lower() if text.lower() in ("male", "female", "neutral") else "unknown"
