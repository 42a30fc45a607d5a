"""Rows about the avatar of a woman who walks, in frames that it did not learn from."""

from borelli.avatar.refine import decide, refine
from borelli.avatar.refine_config import RefineConfig
from borelli.errors import BorelliError
from borelli.evaluation.avatar_trial import prepare
from borelli.evaluation.benchmark.clips import predict, street
from borelli.evaluation.benchmark.recorded import WALKING_WOMAN
from borelli.evaluation.benchmark.rows import Row, Setting, skipped
from borelli.evaluation.held_out import Likeness, fitted_poses, found_poses, held_out_likeness
from borelli.motion.observations import load_observations
from borelli.video import frames

STREET = "avatar of the walking woman, held-out frames"
LEAST_PSNR, LEAST_SSIM = 26.0, 0.85


def street_rows(setting: Setting, config: RefineConfig) -> list[Row]:
    """Learn her avatar from some frames of the street clip, and compare it with others."""
    recording = street(setting)
    if not recording.video.is_file():
        return [skipped(STREET, "all", "the recording is absent")]
    people = predict(recording, setting.work).motions
    her = next((motion for motion in people if motion.person == WALKING_WOMAN), None)
    if her is None:
        return [skipped(STREET, "all", "she was not found")]
    seen = load_observations(setting.work / f"{recording.video.stem}.npz")
    try:
        learnt = prepare(her, seen, frames(recording.video), config).learnt(config)
    except BorelliError as error:
        return [skipped(STREET, "all", str(error))]
    kept = decide(learnt, refine(learnt, config, _silent), config, _silent)[1]
    poses = (("", found_poses(learnt, kept)), (", poses fitted", fitted_poses(learnt, kept, config)))
    rows = []
    for name, coordinates in poses:
        found = held_out_likeness(learnt, kept.avatar, kept.person, coordinates)
        rows += likeness_rows(name, found, f"{len(coordinates)} frames, crops of {config.size} px")
    return rows


def likeness_rows(poses: str, found: Likeness, note: str) -> list[Row]:
    """Inside the mask, where the avatar covers it, and over the whole crop."""
    return [
        Row(STREET, f"PSNR inside the mask{poses}", "dB", found.psnr, at_least=LEAST_PSNR, note=note),
        Row(STREET, f"SSIM inside the mask{poses}", "", found.ssim, at_least=LEAST_SSIM, note=note),
        Row(STREET, f"PSNR where the avatar covers the mask{poses}", "dB", found.covered_psnr),
        Row(STREET, f"SSIM where the avatar covers the mask{poses}", "", found.covered_ssim),
        Row(STREET, f"PSNR over the whole crop{poses}", "dB", found.crop_psnr, note="black around both"),
        Row(STREET, f"SSIM over the whole crop{poses}", "", found.crop_ssim, note="black around both"),
        Row(STREET, f"mask IoU{poses}", "", found.iou),
    ]


def _silent() -> None:
    """Nobody is told of progress."""
