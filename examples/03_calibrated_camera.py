"""A calibrated camera: its lens and pose are used, and joints land on the person in the picture.

python examples/03_calibrated_camera.py walk.mp4 calibration.toml
"""

import sys

import numpy as np

import borelli
from borelli.geometry.camera import Camera

motion = borelli.reconstruct(sys.argv[1], calib=sys.argv[2])[0]

T_camera_world = motion.T_camera_world[0]
position = -T_camera_world[:3, :3].T @ T_camera_world[:3, 3]
print(f"the camera is {position[1]:.2f} m over the floor, focal length {motion.K[0, 0]:.0f} pixels")

camera = Camera(motion.K, motion.distortion, motion.width, motion.height)
pixels = camera.project(motion.joints_camera)  # (frames, joints, 2)
wrist = pixels[:, motion.joint_names.index("wrist_r")]
detected = motion.keypoints[:, motion.keypoint_names.index("right_wrist"), :2]
apart = np.linalg.norm(wrist - detected, axis=1)
print(f"right wrist: {np.nanmedian(apart):.1f} pixels from where it was detected (median)")
