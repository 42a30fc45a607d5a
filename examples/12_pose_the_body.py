"""Pose the body yourself: joints, skin and a model for OpenSim, without any video.

python examples/12_pose_the_body.py squat/
"""

import sys
from pathlib import Path

import numpy as np

from borelli.body.kinematics import forward
from borelli.body.model import body_model
from borelli.body.osim import to_osim
from borelli.body.skin import skin
from borelli.body.stature import person_of_stature

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
model = body_model()
person = person_of_stature(model, 1.82)

coordinates = np.zeros((1, 49))
degrees = {"hip_flexion": 95, "knee_angle": 110, "ankle_angle": 25, "arm_flex": 80}
for name, value in degrees.items():
    for side in ("r", "l"):
        coordinates[0, model.skeleton.coordinate(f"{name}_{side}")] = np.radians(value)

pose = forward(model, person, coordinates)
vertices = skin(model, person, pose)[0]  # (V, 3) metres
print(f"squatting, {np.ptp(vertices[:, 1]):.2f} m high, {np.ptp(vertices[:, 0]):.2f} m from back to front")
(folder / "person.osim").write_text(to_osim(model, person, "squat"), "utf-8")
