"""Measures reports of runs in headless Chromium with software WebGL: python tests/measure_report.py RUN..."""

import json
import os
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import sync_playwright
from report_browser import FLAGS, OWN, opened

from borelli.report.page import write_page
from borelli.report.shown import find_shown

SECONDS = 4.0
"""Of playing, after one second to settle."""


def measure(browser: object, run: Path) -> str:
    """One line about the folder of a run."""
    shown = find_shown(run)
    with TemporaryDirectory() as name:
        folder = Path(name)
        for path in (*shown.motions, *shown.folder.glob("*/avatar.npz"), *shown.folder.glob("overlay.*")):
            target = folder / path.relative_to(shown.folder)
            target.parent.mkdir(exist_ok=True)
            target.symlink_to(path.resolve())
        report = json.loads((shown.folder / "run.json").read_text("utf-8"))
        started = time.perf_counter()
        page = write_page(folder, report)
        built, size = time.perf_counter() - started, page.stat().st_size / 1e6
        started = time.perf_counter()
        with opened(browser, page.as_uri(), viewport={"width": 1440, "height": 900}) as view:
            first = time.perf_counter() - started
            view.run("() => borelli.play()")
            time.sleep(1.0)
            before, started = view.state()["drawnFrames"], time.perf_counter()
            time.sleep(SECONDS)
            rate = (view.state()["drawnFrames"] - before) / (time.perf_counter() - started)
    return (
        f"{run}: built in {built:.1f} s, {size:.1f} MB, first frame after {first:.1f} s, {rate:.0f} frames/s"
    )


def main() -> None:
    """All runs that are named."""
    places = {"LD_LIBRARY_PATH": str(OWN / "lib"), "FONTCONFIG_PATH": str(OWN)}
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=OWN / "chromium", args=[*FLAGS], env={**os.environ, **places}
        )
        for run in sys.argv[1:]:
            print(measure(browser, Path(run)))
        browser.close()


if __name__ == "__main__":
    main()
