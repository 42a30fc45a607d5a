"""Can the motion be performed? A simulated person with muscles' strength tries, without any outside force.

python examples/10_perform_in_simulation.py out/walk/person_0/motion.npz
"""

import sys
from pathlib import Path

import numpy as np

import borelli
from borelli.body.model import body_model
from borelli.dynamics.sampling import SamplingConfig, perform
from borelli.pipeline.files import performance_of

motion = borelli.load_motion(Path(sys.argv[1]))
performance = performance_of(motion)
if performance is None:
    sys.exit("this motion has no forces: reconstruct it with physics first")
done = perform(body_model(), performance, SamplingConfig(seed=0))
print(f"performed {100 * np.mean(done.simulated):.0f} % of {performance.times[-1]:.1f} s")
print(f"{1e3 * np.nanmean(done.local_error):.0f} mm from the motion, pelvis removed")
if done.fell:
    print(f"fell at {done.fall_time:.2f} s")
