"""An avatar learnt from one camera, drawn as another camera saw the same man, against two simple textures."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from borelli.avatar.avatar import Avatar
from borelli.avatar.posing import pose_avatar
from borelli.avatar.splat import rasterise
from borelli.body.model import Person, body_model
from borelli.evaluation.balance import LIMB_JOINTS, BalanceReference, read_balance_reference
from borelli.evaluation.benchmark.clips import balance, camera_of
from borelli.evaluation.benchmark.rows import Row, Setting
from borelli.evaluation.novel_view import (
    completed,
    mean_colour,
    other_camera,
    painted,
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
    """How alike pictures are where the person is seen, means over frames."""

    psnr: float
    ssim: float


def novel_view_rows(setting: Setting, avatar: Avatar, motion: Motion) -> list[Row]:
    """Rows for an avatar and a motion that were both made from cam01 alone."""
    rows = _rows("", *_compare(setting, avatar, motion))
    placed = _placed_by_reference(setting, motion)
    return rows + _rows(", placed by the reference", *_compare(setting, avatar, placed))


def _rows(suffix: str, likeness: Mapping[str, Likeness], iou: float) -> list[Row]:
    best = max((likeness[name] for name in (MEAN, FRAME)), key=lambda found: found.psnr)
    note = "; ".join(f"{name} {likeness[name].psnr:.1f}/{likeness[name].ssim:.2f}" for name in (MEAN, FRAME))
    found = likeness[AVATAR]
    return [
        Row(GROUP, f"PSNR{suffix}", "dB", found.psnr, at_least=round(best.psnr, 2), note=note),
        Row(GROUP, f"SSIM{suffix}", "", found.ssim, note=note),
        Row(GROUP, f"mask IoU{suffix}", "", iou, at_least=LEAST_IOU),
    ]


def _compare(setting: Setting, avatar: Avatar, motion: Motion) -> tuple[dict[str, Likeness], float]:
    model, person = body_model(), Person(motion.shape, motion.log_lengths, motion.scale)
    learnt = {shot.frame: shot for shot in _portraits(setting, motion, LEARNT)}
    found: dict[str, list[tuple[float, float]]] = {AVATAR: [], MEAN: [], FRAME: []}
    overlaps = []
    for shot in _portraits(setting, motion, OTHER):
        if shot.frame not in learnt:
            continue
        pose, before = motion.coordinates[shot.frame], learnt[shot.frame]
        texture = texture_of(
            seen_body(model, person, pose, before.camera), before.image, before.mask, len(model.faces)
        )
        body = seen_body(model, person, pose, shot.camera)
        drawn = rasterise(pose_avatar(avatar, model, person, pose).gaussians, shot.view)
        pictures = {
            AVATAR: drawn.colour,
            MEAN: painted(body, mean_colour(texture)),
            FRAME: painted(body, completed(texture)),
        }
        compared = shot.mask & body.mask
        for name, picture in pictures.items():
            found[name].append((psnr(picture, shot.image, compared), ssim(picture, shot.image, compared)))
        overlaps.append(mask_iou(drawn.alpha > 0.5, shot.mask))
    means = {name: Likeness(*np.mean(pairs, axis=0).tolist()) for name, pairs in found.items()}
    return means, float(np.mean(overlaps))


def _portraits(setting: Setting, motion: Motion, view: str) -> list[Portrait]:
    """The man in frames evenly over the motion, by the camera that learnt or by the other one."""
    recording = balance(setting, view)
    camera = replace(camera_of(recording), T_camera_world=_camera_pose(setting, motion, view))
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
