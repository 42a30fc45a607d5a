"""BVH text to joint positions, in the unit and axes of the file."""

import gzip
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from borelli.errors import BorelliError

UNITS = (1.0, 0.01, 0.001)
"""Metres, centimetres, millimetres."""
SIZES = (0.5, 3.0)
"""Metres, from a child without its head to the spread arms of a giant."""


@dataclass(frozen=True)
class Bvh:
    """A hierarchy and its motion. End sites are joints without channels, named `<parent>End`."""

    joint_names: tuple[str, ...]
    parents: tuple[int, ...]
    """Parents before children, -1 for a root."""
    offsets: np.ndarray
    """(J, 3) in the parent's frame."""
    channels: tuple[tuple[str, ...], ...]
    """Per joint, for instance ("Zrotation", "Yrotation", "Xrotation")."""
    frame_time: float
    """Seconds."""
    values: np.ndarray
    """(T, sum of channels), degrees and the file's unit of length."""


@dataclass(frozen=True)
class BvhPose:
    """World pose of every joint."""

    rotations: np.ndarray
    """(T, J, 3, 3) R_world_joint."""
    positions: np.ndarray
    """(T, J, 3)."""


def read_bvh(path: Path) -> Bvh:
    """Read one .bvh or .bvh.gz file. Raises BorelliError naming the file when it cannot be read."""
    try:
        opened = gzip.open(path, "rt") if path.suffix == ".gz" else path.open(encoding="utf-8")
        with opened as stream:
            return parse_bvh(stream.read())
    except UnicodeDecodeError as error:
        raise BorelliError(f"{path} is not text; give a .bvh file, or one packed as .bvh.gz") from error
    except (OSError, EOFError, BorelliError) as error:
        raise BorelliError(f"{path}: {error}") from error


def metres_per_unit(bvh: Bvh) -> float | None:
    """Factor to metres by the size of the figure, None when no usual unit makes a person of it.

    BVH states no unit: centimetres and metres are both common. The size is the largest extent of the figure
    with all rotations zero, standing or with arms spread.
    """
    rest = np.zeros((len(bvh.joint_names), 3))
    for j, parent in enumerate(bvh.parents):
        if parent >= 0:
            rest[j] = rest[parent] + bvh.offsets[j]
    size = float(np.ptp(rest, axis=0).max())
    return next((unit for unit in UNITS if SIZES[0] <= size * unit <= SIZES[1]), None)


def parse_bvh(text: str) -> Bvh:
    """Read a BVH document. Raises BorelliError with the line number for text that is not one."""
    head, mark, tail = text.partition("MOTION")
    if not mark:
        raise BorelliError("BVH has no MOTION section")
    names, parents, offsets, channels = _hierarchy(head)
    lines = tail.strip().splitlines()
    try:
        count = int(lines[0].split()[-1])
        frame_time = float(lines[1].split()[-1])
        values = np.array(" ".join(lines[2:]).split(), dtype=np.float64)
        values = values.reshape(count, sum(len(c) for c in channels))
    except (IndexError, ValueError) as error:
        raise BorelliError(f"BVH motion does not match its header: {error}") from error
    return Bvh(tuple(names), tuple(parents), np.array(offsets), tuple(channels), frame_time, values)


def _hierarchy(head: str) -> tuple[list[str], list[int], list[list[float]], list[tuple[str, ...]]]:
    names: list[str] = []
    parents: list[int] = []
    offsets: list[list[float]] = []
    channels: list[tuple[str, ...]] = []
    open_joints: list[int] = []
    for number, line in enumerate(head.splitlines(), start=1):
        match line.split():
            case ["ROOT" | "JOINT", *words] if words:
                name = " ".join(words)
            case ["End", "Site"]:
                name = f"{names[open_joints[-1]]}End"
            case ["OFFSET", x, y, z]:
                offsets[open_joints[-1]] = [float(x), float(y), float(z)]
                continue
            case ["CHANNELS", _, *words]:
                channels[open_joints[-1]] = tuple(words)
                continue
            case ["{"]:
                open_joints.append(len(names) - 1)
                continue
            case ["}"]:
                open_joints.pop()
                continue
            case [] | ["HIERARCHY"]:
                continue
            case _:
                raise BorelliError(f"BVH line {number} is not understood: {line.strip()[:60]}")
        names.append(name)
        parents.append(open_joints[-1] if open_joints else -1)
        offsets.append([0.0, 0.0, 0.0])
        channels.append(())
    return names, parents, offsets, channels


def bvh_pose(bvh: Bvh) -> BvhPose:
    """Forward kinematics of all frames at once."""
    frames, joints = len(bvh.values), len(bvh.joint_names)
    rotations = np.empty((frames, joints, 3, 3))
    positions = np.empty((frames, joints, 3))
    column = 0
    for j, (parent, names) in enumerate(zip(bvh.parents, bvh.channels, strict=True)):
        block = bvh.values[:, column : column + len(names)]
        column += len(names)
        R, offset = _local(names, block, bvh.offsets[j])
        if parent < 0:
            rotations[:, j], positions[:, j] = R, offset
            continue
        rotations[:, j] = rotations[:, parent] @ R
        positions[:, j] = positions[:, parent] + (rotations[:, parent] @ offset[..., None])[..., 0]
    return BvhPose(rotations, positions)


def _local(names: tuple[str, ...], block: np.ndarray, rest: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rotation (T, 3, 3) and offset (T, 3) of one joint in its parent's frame."""
    turns = [i for i, name in enumerate(names) if name.endswith("rotation")]
    moves = [i for i, name in enumerate(names) if name.endswith("position")]
    R = np.broadcast_to(np.eye(3), (len(block), 3, 3))
    if turns:
        # Upper case letters: each turn is about the axes already turned, R = R0 R1 R2 in listed order.
        sequence = "".join(names[i][0] for i in turns)
        R = Rotation.from_euler(sequence, block[:, turns], degrees=True).as_matrix()
    offset = np.tile(rest, (len(block), 1))
    for i in moves:
        # Position channels replace the offset: files that have them on every joint repeat it there.
        offset[:, "XYZ".index(names[i][0])] = block[:, i]
    return R, offset
