"""The folder of a run as a pipeline leaves it, made in a moment, with two people and a video.

Person 0 sways on both feet; person 3 moves every joint, without forces and with a gap.
"""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
from exported_motion import motion_of, moving_person
from standing_person import MASS, MODEL, PERSON, POINTS, G, standing
from synthetic_clip import CAMERA, T_CAMERA_WORLD

from borelli.dynamics.certificate import certify
from borelli.dynamics.certificate_json import certificate_json
from borelli.dynamics.performance import Performance
from borelli.motion.motion import Motion, save_motion
from borelli.pipeline.physics import motion_with_forces
from borelli.video import write_video

FRAMES, RATE = 60, 30.0
TIMES = np.arange(FRAMES) / RATE
NAME = "sway </script> & co.mp4"
"""A name that would end a script if it were written as it is."""


def swaying() -> Performance:
    """At rest but for an arm; the weight goes from foot to foot once a second: right 0.5 + 0.4 sin."""
    found = standing(TIMES)
    q = found.coordinates.copy()
    q[:, MODEL.skeleton.coordinate("arm_flex_r")] = np.linspace(0.0, 1.2, FRAMES)
    share = 0.5 + 0.4 * np.sin(2 * np.pi * TIMES)
    forces = np.zeros_like(found.forces)
    for side, own in (("r", share), ("l", 1 - share)):
        points = np.flatnonzero(np.array(POINTS.foot) == side)
        forces[:, points, 1] = MASS * G * own[:, None] / len(points)
    explained = np.ones(FRAMES, dtype=bool)
    explained[40:45] = False
    return replace(found, coordinates=q, forces=forces, explained=explained)


def swaying_motion() -> Motion:
    """The motion of it, seen by the camera of the synthetic clip."""
    performance = swaying()
    bare = motion_of(PERSON, TIMES, performance.coordinates)
    sigma = np.full((FRAMES, 49), 0.02)
    whole = replace(bare, person=0, valid=np.ones(FRAMES, dtype=bool), coordinate_sigma=sigma, **_camera())
    return motion_with_forces(whole_pose(whole, performance.coordinates), performance)


def whole_pose(motion: Motion, q: np.ndarray) -> Motion:
    """The motion with the coordinates also where `motion_of` leaves them out."""
    from borelli.body.kinematics import forward, landmark_points, place

    pose = forward(MODEL, PERSON, q)
    landmarks = place(pose, landmark_points(MODEL), MODEL, PERSON)
    return replace(motion, coordinates=q, joints=pose.joints, joints_camera=pose.joints, landmarks=landmarks)


def other_motion() -> Motion:
    """40 frames at 50 per second of somebody else, one metre aside; frames 10 to 12 and the last are NaN."""
    found = replace(moving_person(**_camera(frames=40)), person=3)
    aside = np.array([0.0, 0.0, 1.0])
    q = found.coordinates.copy()
    q[:, -1] += 1.0
    return replace(found, coordinates=q, joints=found.joints + aside, landmarks=found.landmarks + aside)


def make_run(folder: Path, frames: int = FRAMES) -> Path:
    """Write motions, overlay and run.json; `frames` of the video."""
    motions = [swaying_motion(), other_motion()]
    for motion in motions:
        save_motion(folder / f"person_{motion.person}" / "motion.npz", motion)
    write_video(folder / "overlay.mp4", ((t / RATE, _picture(t)) for t in range(frames)), RATE)
    (folder / "run.json").write_text(json.dumps(run_report()), "utf-8")
    return folder


def run_report() -> dict:
    """What run.json says of it."""
    performance = swaying()
    certificate = certify(MODEL, performance, performance).certificate
    judged = {
        "person": 0, "frames": FRAMES, "frames_seen": FRAMES, "frames_bridged": 0, "reprojection_mm": 12.0,
        "contacts_accepted": True, "stance_slip_mm": [1.0], "limit_violations": 0, "rarely_seen": [],
        "stature_m": 1.7, "stature_sd_m": 0.02, "stature_source": "given", "notes": [],
        "certificate": certificate_json(certificate),
    }  # fmt: skip
    note = "left wrist seen in 20 % of frames: do not use its angles"
    other = judged | {"person": 3, "notes": [note], "rarely_seen": ["left wrist (20 % of frames)"]}
    del other["certificate"]
    return {
        "format": "borelli-run-1",
        "key": "0",
        "video": NAME,
        "versions": {"borelli": "0.1.0"},
        "seconds": {"motion": 1.0},
        "warnings": ["the file is damaged"],
        "camera": {"summary": "camera: focal length 130 px (given)"},
        "people": [judged, other],
        "dropped": [{"person": 1, "reason": "seen in 3 frames"}],
        "files": ["overlay.mp4", "person_0/motion.npz", "person_3/motion.npz"],
    }


def _camera(frames: int = FRAMES) -> dict:
    T = np.tile(T_CAMERA_WORLD, (frames, 1, 1))
    return {"K": CAMERA.K, "width": CAMERA.width, "height": CAMERA.height, "T_camera_world": T}


def _picture(frame: int) -> np.ndarray:
    picture = np.full((120, 160, 3), 90, dtype=np.uint8)
    picture[40:80, 2 * frame : 2 * frame + 20] = [250, 200, 40]
    return picture
