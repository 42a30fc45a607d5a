"""From a video to joint angles.

python examples/01_video_to_angles.py walk.mp4 1.75
"""

import sys

import numpy as np

import borelli

video, stature_m = sys.argv[1], float(sys.argv[2])
motion = borelli.reconstruct(video, stature=stature_m, people="largest")[0]

seen = motion.valid  # False where nobody was seen and the motion is interpolated
print(f"{seen.sum()} of {len(seen)} frames, {motion.frame_rate:.1f} per second")
for name in ("hip_flexion_r", "knee_angle_r", "ankle_angle_r"):
    degrees = np.degrees(motion.coordinate(name)[seen])
    print(f"{name}: {degrees.min():.0f} to {degrees.max():.0f} degrees")

ankle = motion.joint("ankle_r")[seen]  # (frames, 3) metres: forward, up, right
sigma = motion.joint_sigma[seen, motion.joint_names.index("ankle_r")]
print(
    f"the right ankle rises to {ankle[:, 1].max():.2f} m, known to {100 * np.median(sigma):.0f} cm per axis"
)
