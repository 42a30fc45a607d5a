"""OpenSim's own inverse dynamics, as a referee."""

from pathlib import Path
from types import ModuleType

from borelli.evaluation.benchmark.opensim_ik import quiet
from borelli.formats.storage import Storage, read_storage


def run_id(
    opensim: ModuleType,
    model: Path,
    motion: Path,
    loads: Path | None,
    folder: Path,
    lowpass_hz: float | None = None,
) -> Storage:
    """Generalised forces over the whole motion, without muscles.

    Args:
        opensim: the module.
        model: .osim.
        motion: .mot or .sto.
        loads: ExternalLoads .xml.
        folder: where the tool writes.
        lowpass_hz: filter of the coordinates.
    """
    folder.mkdir(parents=True, exist_ok=True)
    times = read_storage(motion).times
    tool = opensim.InverseDynamicsTool()
    with quiet():
        body = opensim.Model(str(model))  # the tool keeps no reference of its own
    tool.setModel(body)
    tool.setCoordinatesFileName(str(motion))
    if loads is not None:
        tool.setExternalLoadsFileName(str(loads))
    tool.setLowpassCutoffFrequency(-1.0 if lowpass_hz is None else lowpass_hz)
    excluded = opensim.ArrayStr()
    excluded.append("Muscles")
    tool.setExcludedForces(excluded)
    tool.setStartTime(float(times[0]))
    tool.setEndTime(float(times[-1]))
    tool.setResultsDir(str(folder))
    tool.setOutputGenForceFileName("opensim_id.sto")
    with quiet():
        done = tool.run()
    if not done:
        raise RuntimeError(f"OpenSim's inverse dynamics of {motion.name} failed")
    return read_storage(folder / "opensim_id.sto")
