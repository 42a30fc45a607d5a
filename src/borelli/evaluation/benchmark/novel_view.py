"""An avatar learnt from one camera, drawn as another camera saw the same man, against two simple textures."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from borelli.avatar.avatar import Avatar
from borelli.avatar.posing import pose_avatar
from borelli.avatar.splat import rasterise
from borelli.body.model import Person, body_model
from borelli.evaluation.balance import LIMB_JOINTS, BalanceReference, read_balance_reference
from borelli.evaluation.benchmark.clips import balance, camera_of, predict
from borelli.evaluation.benchmark.rows import Row, Setting
from borelli.evaluation.novel_view import (
    completed,
    mean_colour,
    other_camera,
    painted,
    seen_before,
    seen_body,
    texture_of,
)
from borelli.evaluation.pictures import mask_iou, psnr, ssim
from borelli.evaluation.portraits import Portrait, portraits
from borelli.evaluation.timing import resample
from borelli.motion.motion import Motion
from borelli.motion.observations import load_observations

GROUP = "avatar learnt in cam01, seen from cam03"
LEARNT, OTHER = "cam01", "cam03"
COMPARED, LEAST_IOU = 12, 0.85
AVATAR, MEAN, FRAME = "avatar", "body in its mean colour", "texture of the same moment"


@dataclass(frozen=True)
class Likeness:
    """How alike pictures are where both show the person, means over frames."""

    psnr: float
    ssim: float
    before_psnr: float
    """Of the surface that the first camera showed at the same moment, frames weighted by its size."""
    before_ssim: float


@dataclass(frozen=True, eq=False)
class Shown:
    """A motion as the second camera is to see it."""

    name: str
    motion: Motion
    portraits: list[Portrait]


def novel_view_rows(setting: Setting, avatar: Avatar, motion: Motion) -> list[Row]:
    """Rows for an avatar and a motion that were both made from cam01 alone.

    Placed by the reference, the error of the pose remains, and without the error of the place; in the pose
    that cam03 estimates by itself, hardly anything but the avatar is judged.
    """
    placed = _placed_by_reference(setting, motion)
    other = balance(setting, OTHER)
    theirs = predict(replace(other, run=replace(other.run, stature=())), setting.work).motions[0]
    shown = (
        Shown("", motion, _portraits(setting, motion, OTHER)),
        Shown(", placed by the reference", placed, _portraits(setting, placed, OTHER)),
        Shown(", in the pose of cam03", theirs, _portraits(setting, theirs, OTHER, theirs)),
    )
    learnt = {shot.frame: shot for shot in _portraits(setting, motion, LEARNT)}
    return [row for s in shown for row in likeness_of_views(s.name, *_compare(avatar, motion, s, learnt))]


def likeness_of_views(suffix: str, likeness: Mapping[str, Likeness], iou: float, bare: float) -> list[Row]:
    """Rows of one way to place the avatar; the aim is the better of two simple textures."""
    rows = []
    for place, kind in (("", ""), (", surface seen in cam01 then", "before_")):
        for figure, unit in (("psnr", "dB"), ("ssim", "")):
            values = {name: getattr(found, kind + figure) for name, found in likeness.items()}
            best = max(values[MEAN], values[FRAME])
            note = "; ".join(f"{name} {values[name]:.3g}" for name in (MEAN, FRAME))
            name = f"{figure.upper()}{suffix}{place}"
            rows.append(Row(GROUP, name, unit, values[AVATAR], at_least=round(best, 3), note=note))
    note = f"the bare body {bare:.2f}"
    return [*rows, Row(GROUP, f"mask IoU{suffix}", "", iou, at_least=LEAST_IOU, note=note)]


def _compare(
    avatar: Avatar, motion: Motion, shown: Shown, learnt: Mapping[int, Portrait]
) -> tuple[dict[str, Likeness], float, float]:
    """How alike avatar and baselines are, and the overlaps of avatar and bare body with the mask."""
    model, found, overlaps, sizes = body_model(), {AVATAR: [], MEAN: [], FRAME: []}, [], []
    for shot in shown.portraits:
        if shot.frame not in learnt:
            continue
        before = learnt[shot.frame]
        own = seen_body(model, _person(motion), motion.coordinates[shot.frame], before.camera)
        texture = texture_of(own, before.image, before.mask, len(model.faces))
        person, pose = _person(shown.motion), shown.motion.coordinates[shot.frame]
        body = seen_body(model, person, pose, shot.camera)
        drawn = rasterise(pose_avatar(avatar, model, person, pose).gaussians, shot.view)
        pictures = {
            AVATAR: drawn.colour,
            MEAN: painted(body, mean_colour(texture)),
            FRAME: painted(body, completed(texture)),
        }
        compared = shot.mask & body.mask
        again = compared & seen_before(body, texture)
        for name, picture in pictures.items():
            found[name].append(
                [f(picture, shot.image, where) for where in (compared, again) for f in (psnr, ssim)]
            )
        sizes.append((1.0, 1.0, again.sum(), again.sum()))
        overlaps.append((mask_iou(drawn.alpha > 0.5, shot.mask), mask_iou(body.mask, shot.mask)))
    means = {
        name: Likeness(*np.average(np.nan_to_num(scores), axis=0, weights=sizes).tolist())
        for name, scores in found.items()
    }
    iou, bare = np.mean(overlaps, axis=0).tolist()
    return means, iou, bare


def _person(motion: Motion) -> Person:
    return Person(motion.shape, motion.log_lengths, motion.scale)


def _portraits(setting: Setting, motion: Motion, view: str, own: Motion | None = None) -> list[Portrait]:
    """The man in frames evenly over the motion, as a camera sees him: that of `own`, or by the reference."""
    recording = balance(setting, view)
    pose = _camera_pose(setting, motion, view) if own is None else own.T_camera_world[0]
    camera = replace(camera_of(recording), T_camera_world=pose)
    observations = load_observations(setting.work / f"{view}.npz")
    person = max(observations.tracks, key=lambda track: int(track.seen.sum())).person
    chosen = np.unique(np.linspace(0, len(motion.time) - 1, COMPARED).round().astype(int))
    points = np.concatenate([motion.joints, motion.landmarks], axis=1)
    return portraits(recording.video, observations, person, camera, motion.time, points, chosen.tolist())


def _camera_pose(setting: Setting, motion: Motion, view: str) -> np.ndarray:
    reference = _reference(setting)
    room = dict(zip(reference.view_names, reference.T_camera_world, strict=True))
    return other_camera(motion.T_camera_world[0], room[LEARNT], room[view])


def _reference(setting: Setting) -> BalanceReference:
    return read_balance_reference(setting.data / "video" / "balance" / "reference_cam01_cam03.npz")


def _placed_by_reference(setting: Setting, motion: Motion) -> Motion:
    """The motion moved, frame by frame, to where the reference has the middle of the limbs' joints."""
    reference = _reference(setting)
    theirs = [reference.joint_names.index(name) for name in LIMB_JOINTS]
    ours = [motion.joint_names.index(name) for name in LIMB_JOINTS.values()]
    truth = resample(reference.joints_camera(LEARNT)[:, theirs].mean(axis=1), reference.times, motion.time)
    shift = (truth - motion.joints_camera[:, ours].mean(axis=1)) @ motion.T_camera_world[0, :3, :3]
    shift = np.where(np.isfinite(shift), shift, np.nanmean(shift, axis=0))
    coordinates = motion.coordinates.copy()
    coordinates[:, -3:] += shift
    joints, landmarks = motion.joints + shift[:, None], motion.landmarks + shift[:, None]
    return replace(motion, coordinates=coordinates, joints=joints, landmarks=landmarks)
