"""Marker trajectories in the .trc format of Motion Analysis, as OpenSim reads it."""

from pathlib import Path

import numpy as np

from borelli.errors import choices
from borelli.formats.trc import METRES, Markers


def write_trc(path: Path, markers: Markers, unit: str = "mm") -> None:
    """Write markers in "mm" or "m". A missing marker is `nan`: OpenSim refuses empty cells."""
    if unit not in METRES:
        raise choices("unit of a .trc file", unit, list(METRES))
    count, points = len(markers.times), len(markers.names)
    rate = 1.0 / np.median(np.diff(markers.times)) if count > 1 else 1.0
    fields = "DataRate CameraRate NumFrames NumMarkers Units OrigDataRate OrigDataStartFrame OrigNumFrames"
    header = (
        f"PathFileType\t4\t(X/Y/Z)\t{path.name}",
        fields.replace(" ", "\t"),
        f"{rate:.6f}\t{rate:.6f}\t{count}\t{points}\t{unit}\t{rate:.6f}\t1\t{count}",
        "Frame#\tTime\t" + "\t\t\t".join(markers.names),
        "\t\t" + "\t".join(f"{axis}{i}" for i in range(1, points + 1) for axis in "XYZ"),
        "",
    )
    values = markers.positions.reshape(count, 3 * points) / METRES[unit]
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write("\n".join(header) + "\n")
        for frame, (time, row) in enumerate(zip(markers.times, values, strict=True), start=1):
            cells = (f"{value:.6f}" for value in row)
            stream.write(f"{frame}\t{time:.6f}\t" + "\t".join(cells) + "\n")
