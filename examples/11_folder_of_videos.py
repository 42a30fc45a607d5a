"""Every video of a folder, and a table of what came out; a bad file does not stop the others.

python examples/11_folder_of_videos.py videos/ results/
"""

import csv
import sys
from pathlib import Path

import borelli

folder, out = Path(sys.argv[1]), Path(sys.argv[2])
rows = []
for video in sorted(folder.glob("*.mp4")):
    try:
        result = borelli.run_one(video, borelli.RunConfig(people="largest"), out)
    except borelli.BorelliError as error:
        print(error)
        continue
    (person,) = result.report["people"]
    rows.append([video.name, person["frames_seen"], person["frames"], f"{person['stature_m']:.2f}"])
    print(f"{video.name}: {result.folder}")

with (out / "overview.csv").open("w", newline="", encoding="utf-8") as stream:
    csv.writer(stream).writerows([["video", "frames_seen", "frames", "stature_m"], *rows])
