"""What the avatar stage left in the folder of a run, for run.json."""

import json
from pathlib import Path
from typing import Any

AVATARS = "stages/avatars.json"
UNREFINED = "stages/unrefined_{}.npz"


def with_avatars(folder: Path, judgement: dict[str, Any]) -> dict[str, Any]:
    """The judgement with what the avatar stage says of each person, where there was one."""
    path = folder / AVATARS
    if not path.is_file():
        return judgement
    found = json.loads(path.read_text("utf-8"))
    people = [person | found.get(str(person["person"]), {}) for person in judgement["people"]]
    return judgement | {"people": people}


def remove_unrefined(folder: Path) -> None:
    """Forget motions that avatars were learnt on, as new ones are about to be written."""
    (folder / AVATARS).unlink(missing_ok=True)
    for path in (folder / "stages").glob(UNREFINED.format("*")):
        path.unlink()
