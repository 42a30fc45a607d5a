"""OpenSim's own inverse dynamics, for tests."""

from pathlib import Path

import opensim

from borelli.evaluation.benchmark.opensim_ik import quiet
from borelli.formats.storage import Storage, read_storage


def opensim_torques(
    model: Path, motion: Path, loads: Path | None, folder: Path, lowpass_hz: float = -1.0
) -> Storage:
    """Generalised forces over the whole motion, without muscles."""
    times = read_storage(motion).times
    tool = opensim.InverseDynamicsTool()
    body = opensim.Model(str(model))  # the tool keeps no reference of its own
    tool.setModel(body)
    tool.setCoordinatesFileName(str(motion))
    if loads is not None:
        tool.setExternalLoadsFileName(str(loads))
    tool.setLowpassCutoffFrequency(lowpass_hz)
    excluded = opensim.ArrayStr()
    excluded.append("Muscles")
    tool.setExcludedForces(excluded)
    tool.setStartTime(float(times[0]))
    tool.setEndTime(float(times[-1]))
    tool.setResultsDir(str(folder))
    tool.setOutputGenForceFileName("opensim_id.sto")
    with quiet():
        assert tool.run()
    return read_storage(folder / "opensim_id.sto")
