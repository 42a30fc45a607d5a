"""A rigged, moving character for Blender, Unity, Unreal or a web page.

python examples/06_export_for_a_game_engine.py out/walk/person_0/motion.npz game/
"""

import sys
from pathlib import Path

import borelli
from borelli.measures.filtered import filtered
from borelli.pipeline.export import ExportConfig, export_motion

motion = borelli.load_motion(Path(sys.argv[1]))
folder = Path(sys.argv[2])
folder.mkdir(parents=True, exist_ok=True)

smooth = filtered(motion, 6.0)  # Hz; higher for fast movement
for path in export_motion(folder, smooth, ["glb", "bvh"], ExportConfig(names="mixamo")):
    print(f"{path}: {path.stat().st_size / 1e6:.1f} MB")
