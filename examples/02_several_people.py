"""Several people in one world: where they are and how far apart.

python examples/02_several_people.py dance.mp4
"""

import sys
from itertools import combinations

import numpy as np

import borelli

people = borelli.reconstruct(sys.argv[1])  # stature=[1.75, 0, 1.62] gives heights in order of id
for motion in people:
    seen = motion.time[motion.valid]
    print(f"person {motion.person}: {motion.stature:.2f} m tall, from {seen[0]:.2f} to {seen[-1]:.2f} s")

for a, b in combinations(people, 2):
    times, in_a, in_b = np.intersect1d(a.time[a.valid], b.time[b.valid], return_indices=True)
    if len(times):
        apart = a.joint("hip_r")[a.valid][in_a] - b.joint("hip_r")[b.valid][in_b]
        metres = np.linalg.norm(apart[:, [0, 2]], axis=1)  # over the floor
        nearest = metres.argmin()
        print(f"{a.person} and {b.person}: {metres[nearest]:.2f} m apart at {times[nearest]:.2f} s")
