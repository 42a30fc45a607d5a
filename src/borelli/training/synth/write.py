"""One clip as a folder that appears when it is whole: pictures, truth, surface; and how to read it back.

`video.mp4` or `frames/000000.png`...; `truth.npz` with the arrays of `Truth`, names included;
`surface.npz` with `mask` (T, H, ceil(W / 8)) bits packed by row, and `depth`, float16 metres of the pixels
of the mask of all frames, row by row.
"""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
from PIL import Image

from borelli.body.model import Person, body_model
from borelli.errors import BorelliError
from borelli.perception.keypoint_sets import keypoint_sets
from borelli.training.synth.render import render_frames
from borelli.training.synth.scene import Scene
from borelli.training.synth.truth import CONTACT_NAMES, Truth, scene_marks, scene_truth, visibility
from borelli.video import Frame, VideoInfo, frames, probe, write_video

FORMAT = "borelli-synth-1"
QUALITY = 18
"""x264's constant rate factor of the videos."""
KEYPOINTS = "keypoints_"


def write_clip(folder: Path, scene: Scene, png: bool) -> None:
    """Render a scene into a new folder, streaming; interrupted, nothing is left behind.

    Raises BorelliError when the video cannot be written.
    """
    partial = Path(mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        marks, visible, masks, depths = scene_marks(scene), [], [], []

        def pictures() -> Iterator[tuple[float, np.ndarray]]:
            for t, picture in enumerate(render_frames(scene)):
                visible.append(visibility(marks, picture, t))
                masks.append(np.packbits(picture.mask, axis=1))
                depths.append(picture.depth[picture.mask].astype(np.float16))
                yield float(scene.times[t]), picture.image

        _write_pictures(partial, pictures(), scene, png)
        np.savez_compressed(partial / "surface.npz", mask=np.stack(masks), depth=np.concatenate(depths))
        truth = scene_truth(scene, marks, np.stack(visible))
        np.savez_compressed(partial / "truth.npz", allow_pickle=False, **_arrays(truth, scene))
        partial.chmod(0o755)
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _write_pictures(
    folder: Path, pictures: Iterator[tuple[float, np.ndarray]], scene: Scene, png: bool
) -> None:
    if not png:
        write_video(folder / "video.mp4", pictures, rate=_rate(scene.times) or 30.0, quality=QUALITY)
        return
    (folder / "frames").mkdir()
    for t, (_, image) in enumerate(pictures):
        Image.fromarray(image).save(folder / "frames" / f"{t:06d}.png", compress_level=3)


def _arrays(truth: Truth, scene: Scene) -> dict[str, np.ndarray]:
    """Contents of truth.npz."""
    model = body_model()
    names = {
        "coordinate_names": model.skeleton.coordinate_names,
        "joint_names": model.skeleton.joint_names,
        "landmark_names": model.landmark_names,
        "contact_names": CONTACT_NAMES,
    }
    plain = ("times", "stature", "coordinates", "joints", "joints_camera", "landmarks", "contacts")
    arrays = {name: np.asarray(getattr(truth, name)) for name in (*plain, "K", "T_camera_world")}
    arrays |= {name: np.array(value, dtype=np.str_) for name, value in names.items()}
    arrays |= {KEYPOINTS + name: value.astype(np.float32) for name, value in truth.keypoints.items()}
    person = {"shape": truth.person.shape, "log_lengths": truth.person.log_lengths}
    size = {"size": np.array([scene.camera.width, scene.camera.height]), "format": np.array(FORMAT)}
    return arrays | person | {"scale": np.asarray(truth.person.scale)} | size


def load_truth(folder: Path) -> Truth:
    """Truth of a written clip. Raises BorelliError when the folder holds none that this version reads."""
    data = _read(folder / "truth.npz")
    if str(data.get("format")) != FORMAT:
        raise BorelliError(f"{folder / 'truth.npz'} is not of format {FORMAT}: write the set again")
    person = Person(data["shape"], data["log_lengths"], float(data["scale"]))
    plain = (
        "times",
        "coordinates",
        "joints",
        "joints_camera",
        "landmarks",
        "contacts",
        "K",
        "T_camera_world",
    )
    return Truth(
        person=person,
        stature=float(data["stature"]),
        keypoints={
            name: data[KEYPOINTS + name].astype(np.float64)
            for name in keypoint_sets()
            if KEYPOINTS + name in data
        },
        **{name: data[name] for name in plain},
    )


def load_surface(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Masks (T, H, W) bool and depth (T, H, W) float16 metres, 0 off the mask, of a written clip."""
    data, (width, _) = _read(folder / "surface.npz"), _read(folder / "truth.npz")["size"]
    masks = np.unpackbits(data["mask"], axis=2, count=int(width)).astype(bool)
    depth = np.zeros(masks.shape, dtype=np.float16)
    depth[masks] = data["depth"]
    return masks, depth


def clip_pictures(folder: Path) -> tuple[Iterator[Frame], VideoInfo]:
    """Frames of a written clip at the times of its truth, and what a probe would say about them.

    Raises BorelliError when the pictures cannot be read.
    """
    times = load_truth(folder).times
    video, stills = folder / "video.mp4", sorted((folder / "frames").glob("*.png"))
    info = probe(stills[0] if stills else video)
    info = replace(info, fps=_rate(times), frame_count=len(times))
    images = (next(frames(path)).image for path in stills) if stills else (f.image for f in frames(video))
    timed = zip(times, images, strict=True)
    return (Frame(t, float(time), image) for t, (time, image) in enumerate(timed)), info


def _rate(times: np.ndarray) -> float:
    """Frames per second; 0 for a single one."""
    return float((len(times) - 1) / (times[-1] - times[0])) if len(times) > 1 else 0.0


def _read(path: Path) -> dict[str, np.ndarray]:
    try:
        with np.load(path, allow_pickle=False) as data:
            return {name: data[name] for name in data.files}
    except (OSError, ValueError) as error:
        raise BorelliError(
            f"{path} cannot be read ({error}); is it of a folder that `borelli synth` wrote?"
        ) from error
