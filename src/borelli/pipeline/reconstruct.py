"""Video to motion in one call, without writing a file."""

import warnings
from collections.abc import Sequence
from pathlib import Path

from borelli.motion.motion import Motion
from borelli.pipeline.camera import choose_camera
from borelli.pipeline.config import RunConfig, check
from borelli.pipeline.detect import Progress, silent
from borelli.pipeline.stages import reconstruct_people, watch
from borelli.video import frames, probe


def reconstruct(
    video: str | Path,
    *,
    stature: float | Sequence[float] | None = None,
    mass: float | Sequence[float] | None = None,
    physics: bool = True,
    boxes: Sequence[str] = (),
    people: str = "all",
    start: float | None = None,
    end: float | None = None,
    calib: str | Path | None = None,
    camera: str | None = None,
    focal_px: float | None = None,
    fov: float | None = None,
    models: str | Path | None = None,
    keypoints: str | Path | None = None,
    pose_model: str | Path | None = None,
    progress: Progress = silent,
) -> list[Motion]:
    """Motion of the people in a video or photo, in order of id, in one common world.

    Args:
        video: file.
        stature: body height in metres; one per person in order of id when there are several.
        mass: kilograms, in the same way.
        physics: make the motion obey physics and find its forces, where feet are visible.
        boxes: things to stand on, "x,y,z,width,height,depth[,deg]" in metres in the world of the result.
        people: "all", "largest", "longest", or ids such as "0,2".
        start, end: seconds.
        calib: calibration file, and `camera` its name in a file of several.
        focal_px: focal length in pixels; `fov` the horizontal angle of view in degrees.
        models: folder with the network files, for machines without a network.
        keypoints: keypoints made elsewhere; `pose_model` an .onnx network of one's own.
        progress: called with the stage, units done and units expected.

    Raises:
        BorelliError: a bad file or choice, or nobody to reconstruct; the message says what to do.
    """
    config = RunConfig(
        people=people,
        stature=_each(stature),
        mass=_each(mass),
        no_physics=not physics,
        box=tuple(boxes),
        start=start,
        end=end,
        calib=_path(calib),
        camera=camera,
        focal_px=focal_px,
        fov=fov,
        models=_path(models),
        keypoints=_path(keypoints),
        pose_model=_path(pose_model),
    )
    check(config)
    info = probe(Path(video))
    lens = choose_camera(config, info.width, info.height, info.focal_35mm, info.fps == 0, info.path.stem)
    seen = watch(info, config, progress)
    for text in seen.warnings:
        warnings.warn(text, stacklevel=2)
    found = reconstruct_people(
        seen.observations,
        lens,
        info.path.name,
        config,
        progress,
        lambda: frames(info.path, config.start, config.end),
    )
    return list(found.motions)


def _each(value: float | Sequence[float] | None) -> tuple[float, ...]:
    """One number per person as the configuration wants them."""
    if value is None:
        return ()
    return (float(value),) if isinstance(value, int | float) else tuple(float(v) for v in value)


def _path(value: str | Path | None) -> Path | None:
    return None if value is None else Path(value)
