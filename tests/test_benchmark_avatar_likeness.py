"""Rows about how alike avatars are: which figures have aims, and what baselines they are held against."""

from pathlib import Path

from borelli.avatar.refine_config import RefineConfig
from borelli.evaluation.benchmark.avatar_street import likeness_rows, street_rows
from borelli.evaluation.benchmark.novel_view import AVATAR, FRAME, MEAN, Likeness, likeness_of_views
from borelli.evaluation.benchmark.rows import Setting
from borelli.evaluation.held_out import Likeness as HeldOut

VIEWS = {
    AVATAR: Likeness(16.0, 0.5, 14.0, 0.8),
    MEAN: Likeness(13.0, 0.4, 12.0, 0.7),
    FRAME: Likeness(12.0, 0.6, 15.0, 0.7),
}


def test_only_figures_inside_the_mask_have_aims() -> None:
    rows = likeness_rows("", HeldOut(27.0, 0.84, 30.0, 0.9, 32.0, 0.95, 0.9), "8 frames")
    met = {row.name: row.met for row in rows if row.met is not None}
    assert met == {"PSNR inside the mask": True, "SSIM inside the mask": False}
    assert [row.value for row in rows] == [27.0, 0.84, 30.0, 0.9, 32.0, 0.95, 0.9]


def test_an_avatar_has_to_beat_the_better_baseline_in_every_figure() -> None:
    rows = {row.name: row for row in likeness_of_views("", VIEWS, 0.86, 0.8)}
    assert rows["PSNR"].met is True and rows["SSIM"].met is False
    assert rows["PSNR, surface seen in cam01 then"].at_least == 15.0
    assert rows["SSIM, surface seen in cam01 then"].met is True
    assert rows["mask IoU"].met is True and rows["mask IoU"].note == "the bare body 0.80"


def test_an_absent_recording_is_skipped(tmp_path: Path) -> None:
    (row,) = street_rows(Setting(tmp_path, tmp_path, None, 0, quick=True, long=False), RefineConfig())
    assert row.value is None and row.note == "skipped: the recording is absent"
    assert row.name == "all"
