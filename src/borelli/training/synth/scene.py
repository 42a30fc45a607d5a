"""What is in front of the camera: a function of the settings, the seed and the number of the clip."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from borelli.body.kinematics import forward, joint_points, landmark_points, place
from borelli.body.model import BodyModel, Person, body_model
from borelli.evaluation.virtual import random_person
from borelli.geometry.camera import Camera
from borelli.geometry.frames import camera_centre
from borelli.training.synth.backdrop import Backdrop, random_backdrop
from borelli.training.synth.camera import random_camera
from borelli.training.synth.config import SynthConfig
from borelli.training.synth.movement import random_motion
from borelli.training.synth.outfit import Outfit, random_outfit
from borelli.training.synth.props import Prop, random_props
from borelli.training.synth.recorded import recorded_motion


@dataclass(frozen=True)
class Actor:
    """A dressed person in motion."""

    person: Person
    coordinates: np.ndarray
    """(T, 49)."""
    outfit: Outfit


@dataclass(frozen=True)
class Scene:
    """Everything that a clip shows. The first actor is the one whose truth is kept."""

    times: np.ndarray
    """(T,) seconds."""
    camera: Camera
    """With its pose; static."""
    actors: tuple[Actor, ...]
    props: tuple[Prop, ...]
    backdrop: Backdrop
    light: np.ndarray
    """(4, 3) float32, see `raster.shade`."""
    softness: float
    """Blur of the lens, see `raster.develop`."""
    grain: float
    """Noise of the sensor."""
    seed: tuple[int, ...]
    """Of the noise."""


def random_scene(config: SynthConfig, clip: int) -> Scene:
    """Clip number `clip` of a set.

    Raises:
        BorelliError: the folder of recordings or of backgrounds holds nothing usable.
    """
    model, rng = body_model(), np.random.default_rng([config.seed, clip])
    times = np.arange(config.frames) / config.fps
    person = random_person(model, rng)
    if config.mocap is not None:
        coordinates = recorded_motion(model, person, config.mocap, times, rng)
    else:
        coordinates = random_motion(model, person, times, rng)
    cropped = rng.random() < config.cropped
    camera = random_camera(body_extent(model, person, coordinates), config.picture_size, cropped, rng)
    occluded, crowded = rng.random() < config.occluded, rng.random() < config.crowded
    scene = scene_of(
        times, person, coordinates, camera, rng=rng, seed=(config.seed, clip), backgrounds=config.backgrounds
    )
    others = _others(model, scene, rng) if crowded else ()
    middle = coordinates[:, -3:].mean(axis=0)
    props = random_props(camera, middle, rng) if occluded else ()
    return Scene(**{**vars(scene), "actors": scene.actors + others, "props": props})


def scene_of(
    times: np.ndarray,
    person: Person,
    coordinates: np.ndarray,
    camera: Camera,
    rng: np.random.Generator | None = None,
    seed: tuple[int, ...] = (0,),
    backgrounds: Path | None = None,
) -> Scene:
    """A given motion (T, 49) seen by a given posed camera, with random clothes, light and surroundings.

    Alone and unoccluded; `rng` draws the looks and is made from `seed` when absent.
    """
    rng = rng or np.random.default_rng(seed)
    light = _light(rng)
    return Scene(
        times=times,
        camera=camera,
        actors=(Actor(person, coordinates, random_outfit(rng)),),
        props=(),
        backdrop=random_backdrop(camera, light, backgrounds, rng),
        light=light,
        softness=float(rng.uniform(0.0, 0.6)),
        grain=float(np.exp(rng.uniform(np.log(0.003), np.log(0.03)))),
        seed=seed,
    )


def body_extent(model: BodyModel, person: Person, coordinates: np.ndarray) -> np.ndarray:
    """(T, P, 3) joints and landmarks: what the camera should hold."""
    pose = forward(model, person, coordinates)
    points = [place(pose, p, model, person) for p in (joint_points(model), landmark_points(model))]
    return np.concatenate(points, axis=1)


def _light(rng: np.random.Generator) -> np.ndarray:
    """Sun or lamp from above at any side; its warmth, and light from the sky and from the floor."""
    azimuth, height = rng.uniform(0.0, 2 * np.pi), np.radians(rng.uniform(25.0, 80.0))
    direction = [np.cos(height) * np.sin(azimuth), np.sin(height), np.cos(height) * np.cos(azimuth)]
    warmth = np.array([1.0, rng.uniform(0.9, 1.0), rng.uniform(0.7, 1.05)])
    exposure, share = rng.uniform(0.7, 1.25), rng.uniform(0.15, 0.75)
    sky = exposure * (1.0 - share) * np.array([rng.uniform(0.85, 1.0), 0.95, rng.uniform(0.9, 1.15)])
    return np.array([direction, 1.5 * exposure * share * warmth, sky + 0.1, 0.5 * sky + 0.05], np.float32)


def _others(model: BodyModel, scene: Scene, rng: np.random.Generator) -> tuple[Actor, ...]:
    """One or two more people beside or behind the first, as the camera sees it."""
    assert scene.camera.T_camera_world is not None
    path = scene.actors[0].coordinates[:, [-3, -1]]
    away = path.mean(axis=0) - camera_centre(scene.camera.T_camera_world)[[0, 2]]
    away /= np.linalg.norm(away)
    across = np.array([-away[1], away[0]])
    result = []
    for side in rng.permutation([-1.0, 1.0])[: rng.integers(1, 3)]:
        person = random_person(model, rng)
        coordinates = random_motion(model, person, scene.times, rng)
        shift = rng.uniform(-0.3, 2.5) * away + side * rng.uniform(0.9, 2.0) * across
        coordinates[:, [-3, -1]] += path.mean(axis=0) - coordinates[:, [-3, -1]].mean(axis=0) + shift
        result.append(Actor(person, coordinates, random_outfit(rng)))
    return tuple(result)
