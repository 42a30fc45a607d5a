"""The published networks that can be used, and what is known about each."""

from typing import Literal

Kind = Literal["hsmr", "hmr2", "skelcf"]

WHERE = {
    "hsmr": "checkpoints/hsmr.ckpt out of HSMR-ViTH-r1d1.tar.gz, see github.com/IsshikiHugh/HSMR",
    "hmr2": "the .ckpt out of hmr2_data.tar.gz, see github.com/shubham-goel/4D-Humans",
    "skelcf": "SKEL-CF.pth, see github.com/Intellindust-AI-Lab/SKEL-CF",
}
"""The file that a user downloads."""
MPJPE_3DPW = {"hsmr": 0.0815, "hmr2": 0.0813, "skelcf": 0.0615}
"""Metres: mean error of joints relative to the pelvis on 3DPW, by the papers of HSMR (two) and SKEL-CF."""
KNOWS_PLACE = ("skelcf",)
"""Told where in the picture its crop lies; the others take every crop for the middle."""
