"""The avatar of one person in the motion of another.

python examples/09_avatar_in_another_motion.py anna/avatar.npz ben/motion.npz film.mp4
"""

import sys
from pathlib import Path

import borelli
from borelli.avatar.animate import animate
from borelli.avatar.files import load_avatar
from borelli.body.model import body_model
from borelli.video import write_video

avatar_file, motion_file, film = (Path(name) for name in sys.argv[1:4])
model = body_model()
avatar = load_avatar(avatar_file, model)
motion = borelli.load_motion(motion_file)
write_video(film, animate(avatar, model, motion, "side", size=480, background=(255, 255, 255)))
print(f"{film}: {len(avatar.avatar.faces)} Gaussians, {len(motion.time)} frames")
