"""Ground forces and joint torques from markers alone, for OpenSim.

python examples/05_forces_from_markers.py walk.trc 72 forces/
"""

import sys
from pathlib import Path

from borelli.pipeline.from_points import PointsConfig, solve_points, trc_points
from borelli.pipeline.predict_forces import predict_forces, write_predicted

markers, mass_kg, folder = Path(sys.argv[1]), float(sys.argv[2]), Path(sys.argv[3])
motion = solve_points(markers, trc_points, PointsConfig()).motion
forces = predict_forces(motion, mass_kg)

performance = forces.predicted.after
total = performance.forces.sum(axis=1)  # (frames, 3) newtons
print(f"vertical force: {total[:, 1].mean():.0f} N on average, at most {total[:, 1].max():.0f} N")
for remark in forces.certified.certificate.remarks:  # how far to trust them
    print(f"{remark.level}: {remark.text}")
folder.mkdir(parents=True, exist_ok=True)
for path in write_predicted(folder, forces):
    print(path)
