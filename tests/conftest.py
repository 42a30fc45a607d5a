"""Settings of all tests: the same examples every time, and nothing left behind in the working tree."""

import tempfile
from contextlib import suppress
from pathlib import Path

from hypothesis import configuration, settings
from report_browser import chromium as chromium

settings.register_profile("borelli", database=None, deadline=None, derandomize=True, max_examples=50)
settings.load_profile("borelli")
configuration.set_hypothesis_home_dir(Path(tempfile.gettempdir()) / "hypothesis")

with suppress(ImportError):
    import opensim

    # OpenSim opens a log file in the working directory and narrates on the console.
    opensim.Logger.removeFileSink()
    opensim.Logger.setLevelString("error")
