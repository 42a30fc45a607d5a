"""`avatar.npz`: an avatar with the body it fits, written whole or not at all."""

import os
import zipfile
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from borelli.avatar.avatar import Avatar
from borelli.body.model import BodyModel, Person
from borelli.errors import BorelliError

FORMAT = "borelli-avatar-1"
_LOOKS = tuple(field.name for field in fields(Avatar))


@dataclass(frozen=True)
class SavedAvatar:
    """What `avatar.npz` holds."""

    avatar: Avatar
    person: Person
    """Shape and size that the avatar was learnt on."""
    pixel_size: float
    """Metres on the body that one pixel of the pictures it was learnt from shows, see `start.pixel_size`."""
    body_version: str
    """Of the body model whose triangles it is bound to."""


def save_avatar(path: Path, saved: SavedAvatar) -> None:
    """Write `avatar.npz`: a crash leaves the file that was there before."""
    looks = {name: getattr(saved.avatar, name) for name in _LOOKS}
    small = {k: v.astype(np.float32 if v.dtype.kind == "f" else np.int32) for k, v in looks.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with partial.open("wb") as stream:
            np.savez_compressed(
                stream,
                allow_pickle=False,
                format=np.array(FORMAT),
                body_version=np.array(saved.body_version),
                pixel_size=np.array(saved.pixel_size),
                shape=saved.person.shape,
                log_lengths=saved.person.log_lengths,
                scale=np.array(saved.person.scale),
                **small,
            )
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def load_avatar(path: Path, model: BodyModel) -> SavedAvatar:
    """Read `avatar.npz` for a body.

    Raises:
        BorelliError: the file is missing, damaged, of another format, or bound to another body.
    """
    if not path.is_file():
        raise BorelliError(f"{path} does not exist; make one with `borelli run --avatar`")
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as data:
            arrays = {name: data[name] for name in data.files}
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise BorelliError(f"{path} is not a readable .npz; make one with `borelli run --avatar`") from error
    found = str(arrays.get("format", "none"))
    if found != FORMAT:
        raise BorelliError(f"{path} has format {found}; this version reads {FORMAT}: run the video again")
    try:
        wide = {k: v.astype(np.float64) if v.dtype.kind == "f" else v for k, v in arrays.items()}
        avatar = Avatar(**{name: wide[name] for name in _LOOKS})
        person = Person(wide["shape"], wide["log_lengths"], float(wide["scale"]))
        saved = SavedAvatar(avatar, person, float(wide["pixel_size"]), str(wide["body_version"]))
    except KeyError as error:
        raise BorelliError(f"{path} lacks {error.args[0]}: run the video again") from error
    _check_body(path, saved, model)
    return saved


def _check_body(path: Path, saved: SavedAvatar, model: BodyModel) -> None:
    """Raise BorelliError where the avatar does not fit the body model."""
    faces, size = saved.avatar.faces, len(saved.person.shape)
    inside = faces.dtype.kind == "i" and np.all((faces >= 0) & (faces < len(model.faces)))
    if saved.body_version != model.version or not inside or size != model.shape_size:
        raise BorelliError(
            f"{path} is bound to body {saved.body_version} and this is {model.version}: run the video again"
        )
