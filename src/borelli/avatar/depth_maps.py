"""A folder of metric depth maps, one file per frame of the video, from any network or camera.

Depth is along the optical axis, metres in .npy, .npz and .exr, millimetres in 16-bit .png. Zero, negative
and non-finite values mean unknown.
"""

import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from borelli.errors import BorelliError

SUFFIXES = (".exr", ".npy", ".npz", ".png")
FARTHEST = 1000.0
"""Metres: maps whose median is beyond are in another unit."""
EXR_CHANNELS = ("Z", "Y", "R", "depth")
"""Where depth is looked for, in this order, in .exr files."""


@dataclass(frozen=True)
class DepthMaps:
    """Files in the order of the frames; read one at a time."""

    files: tuple[Path, ...]
    width: int
    height: int

    def frame(self, index: int) -> np.ndarray:
        """(H, W) float32 metres of one frame, NaN where unknown.

        Raises BorelliError when the file cannot be read or has another size than the frames.
        """
        path = self.files[index]
        depth = _read(path)
        if depth.shape != (self.height, self.width):
            found = " x ".join(str(n) for n in reversed(depth.shape))
            raise BorelliError(
                f"{path} is {found}, but the frames are {self.width} x {self.height} (width x height): "
                "give depth maps of the same size, for instance resized with nearest neighbours"
            )
        known = np.isfinite(depth) & (depth > 0)
        return np.where(known, depth, np.nan).astype(np.float32)


def open_depth_maps(folder: Path, frames: int, width: int, height: int) -> DepthMaps:
    """The depth maps of a clip with so many frames, as displayed; numbers in file names count as numbers.

    Raises:
        BorelliError: no such folder, no depth maps or of several kinds, another number than frames, or a
            first map that cannot be read, has another size or is not in metres.
    """
    if not folder.is_dir():
        raise BorelliError(f"--depth {folder} is not a folder; give one depth map per frame in it")
    files = sorted((p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES and p.is_file()), key=_order)
    files = [path for path in files if not path.name.startswith(".")]
    kinds = sorted({path.suffix.lower() for path in files})
    if not files:
        raise BorelliError(f"--depth {folder} holds no depth maps; valid: {', '.join(SUFFIXES)}")
    if len(kinds) > 1:
        raise BorelliError(f"--depth {folder} holds {' and '.join(kinds)} files: keep one kind")
    if len(files) != frames:
        raise BorelliError(f"--depth {folder} holds {len(files)} maps for {frames} frames: give one for each")
    maps = DepthMaps(tuple(files), width, height)
    middle = maps.frame(0)
    known = middle[np.isfinite(middle)]
    if known.size and np.median(known) > FARTHEST:
        raise BorelliError(
            f"{files[0]}: half of it is farther than {np.median(known):.0f} m: "
            "give metres (.npy, .npz, .exr) or millimetres (16-bit .png)"
        )
    return maps


def _order(path: Path) -> list[tuple[bool, int, str]]:
    """Key by which frame_2 comes before frame_10."""
    parts = re.findall(r"\d+|\D+", path.stem)
    return [(part.isdigit(), int(part) if part.isdigit() else 0, part) for part in parts]


def _read(path: Path) -> np.ndarray:
    """(H, W) as stored, in metres."""
    readers = {".png": _read_png, ".npy": _read_npy, ".npz": _read_npz, ".exr": _read_exr}
    try:
        depth = readers[path.suffix.lower()](path)
    except (OSError, ValueError, EOFError, RuntimeError, zipfile.BadZipFile, UnidentifiedImageError) as error:
        raise BorelliError(f"{path} is not a readable depth map: {error}") from error
    if depth.ndim != 2:
        raise BorelliError(f"{path} has shape {depth.shape}: give one number per pixel, (height, width)")
    if not np.issubdtype(depth.dtype, np.floating):
        raise BorelliError(f"{path} holds {depth.dtype}: give metres as floating-point numbers")
    return depth


def _read_png(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        if not picture.mode.startswith("I"):
            raise BorelliError(f"{path} is not a 16-bit grey PNG: give millimetres, 0 where unknown")
        return np.asarray(picture, dtype=np.float32) / 1000.0


def _read_npy(path: Path) -> np.ndarray:
    return np.load(path, allow_pickle=False)


def _read_npz(path: Path) -> np.ndarray:
    with np.load(path, allow_pickle=False) as data:
        if len(data.files) != 1 and "depth" not in data:
            raise BorelliError(f"{path} holds {', '.join(data.files)}: name the map `depth`")
        return data["depth" if "depth" in data else data.files[0]]


def _read_exr(path: Path) -> np.ndarray:
    try:
        import OpenEXR
    except ImportError as error:
        raise BorelliError(f"{path}: reading .exr needs `pip install 'borelli[exr]'`") from error
    with OpenEXR.File(str(path), separate_channels=True) as file:
        channels = file.channels()
        name = next((name for name in EXR_CHANNELS if name in channels), None)
        if name is None:
            wanted = ", ".join(EXR_CHANNELS)
            raise BorelliError(f"{path} has the channels {', '.join(channels)}; depth is one of {wanted}")
        return np.array(channels[name].pixels, dtype=np.float32)
