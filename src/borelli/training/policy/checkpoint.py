"""What an interrupted training needs to go on as if nothing had happened."""

import json
from pathlib import Path
from typing import Any

import torch

from borelli.errors import BorelliError


def write_checkpoint(path: Path, about: dict[str, Any], state: dict[str, Any]) -> None:
    """Keep tensors, numbers and dictionaries of them; an interruption leaves the old file or the new one."""
    part = path.with_suffix(".part")
    torch.save({"about": _plain(about), **state}, part)
    part.replace(path)


def read_checkpoint(path: Path, about: dict[str, Any]) -> dict[str, Any] | None:
    """The state that `write_checkpoint` wrote, None where there is none.

    Raises BorelliError for a file that cannot be read or is of another training.
    """
    if not path.is_file():
        return None
    try:
        held = torch.load(path, map_location="cpu", weights_only=True)
        same = held["about"] == _plain(about)
    except Exception as error:
        raise BorelliError(f"{path} is no checkpoint of a training; delete it to start anew") from error
    if not same:
        raise BorelliError(
            f"{path} is of a training with other settings; give another --out or delete it to start anew"
        )
    return held


def _plain(about: dict[str, Any]) -> str:
    return json.dumps(about, sort_keys=True)
