"""Rows about dynamics: their arithmetic, and one recorded clip through all of it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from borelli.body.kinematics import forward, place
from borelli.body.model import body_model
from borelli.dynamics.centre_of_mass import Flight
from borelli.dynamics.certificate import Certificate, Moved, not_applied
from borelli.dynamics.contact_points import contact_points
from borelli.evaluation.benchmark import dynamics, dynamics_sweeps, dynamics_video
from borelli.evaluation.benchmark.dynamics import Outcome, perform, residuals, with_errors
from borelli.evaluation.benchmark.dynamics_sweeps import Sweep
from borelli.evaluation.benchmark.dynamics_video import person_rows
from borelli.evaluation.benchmark.flat_clips import FlatClip, flat_clips
from borelli.evaluation.benchmark.rows import Row, Setting

MOCAP = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "mocap"
MODEL = body_model()


@pytest.fixture(scope="module")
def clip() -> FlatClip:
    if not (MOCAP / "manifest.csv").is_file():
        pytest.skip("the mocap pack is not there")
    return flat_clips(MOCAP, 1)[0]


@pytest.fixture(scope="module")
def clean(clip: FlatClip) -> Outcome:
    found = perform(clip, clip.coordinates, 0.01)
    assert found is not None
    return found


def test_a_clip_stands_on_the_floor(clip: FlatClip) -> None:
    table = contact_points(MODEL)
    points = place(forward(MODEL, clip.person, clip.coordinates), table.points, MODEL, clip.person)
    lowest = points[:, table.soles, 1].min(axis=1)
    assert np.quantile(lowest, 0.3) == pytest.approx(0.0, abs=1e-9)
    assert lowest.min() > -0.05
    assert clip.kind == "run"


def test_clean_motion_has_no_error_of_its_own(clean: Outcome) -> None:
    assert clean.local_before == 0.0
    assert clean.force_error == pytest.approx(0.0, abs=1e-9)
    assert clean.figures.flights, "the clip is a run"
    assert clean.figures.implausible_peaks == 0


def test_errors_are_of_the_size_asked_for_and_change_the_forces(clip: FlatClip) -> None:
    noisy = with_errors(clip, 0.025, 0)
    joints = [forward(MODEL, clip.person, q).joints for q in (noisy, clip.coordinates)]
    assert np.linalg.norm(joints[0] - joints[1], axis=-1).mean() == pytest.approx(0.025, rel=0.01)
    found = perform(clip, noisy, 0.025)
    assert found is not None
    assert found.local_before > 0.01
    assert found.force_error > 1.0


def test_refused_clips_count_as_wholly_unexplained(clip: FlatClip, clean: Outcome) -> None:
    flying = clip.coordinates.copy()
    flying[:, -2] = 5.0 + 3.0 * clip.times - 9.81 / 2 * clip.times**2
    flying[:, :-3] = flying[0, :-3]
    assert perform(clip, flying, 0.01) is None
    np.testing.assert_array_equal(residuals([None]), [100.0])
    assert residuals([clean])[0] < 10.0


def test_rows_of_clean_clips_take_targets_by_kind(clean: Outcome) -> None:
    peak = replace(clean.figures, peak_vertical_force=3.0, implausible_peaks=2)
    runner = replace(clean, figures=peak)
    walker = replace(runner, clip=replace(clean.clip, kind="walk"))
    rows = {row.name: row for row in dynamics._clean([runner, walker, None])}
    assert rows["peak vertical force, run"].met is True
    assert rows["peak vertical force, walk"].met is False
    assert rows["implausible peaks of force"].value == 4.0
    assert rows["residual force, worst clip"].value == 100.0
    assert rows["residual force, worst clip"].note == "refused"


def test_a_method_that_refuses_everything_has_no_figures() -> None:
    for row in (*dynamics._clean([None]), *dynamics._noisy([None, None], "group", 4.0)):
        assert row.value is None
        assert row.met is None


def test_physics_may_not_spoil_accuracy(clean: Outcome) -> None:
    worse = replace(clean, local_before=0.020, local_after=0.021)
    better = replace(clean, local_before=0.020, local_after=0.010)
    rows = {row.name: row for row in dynamics._noisy([worse, better], "group", 4.0)}
    assert rows["local MPJPE after physics"].value == pytest.approx(15.5)
    assert rows["local MPJPE after physics"].met is True
    assert rows["clips whose local MPJPE is not worse"].value == 50.0


def test_trust_ends_where_the_error_of_the_force_passes_the_limit() -> None:
    sizes, none = np.array([0.0, 10, 20]), np.zeros(3)
    sweep = Sweep("errors", "mm", sizes, none, np.array([0.0, 6.0, 18.0]), none, none)
    assert sweep.trusted == pytest.approx(15.0)
    assert replace(sweep, force=none).trusted is None
    assert replace(sweep, force=np.full(3, 20.0)).trusted == 0.0


def test_sweeps_are_plotted(clip: FlatClip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NOISE_MM", "FLIPPED_PERCENT", "SHIFTED_FRAMES", "TILTED_DEG"):
        monkeypatch.setattr(dynamics_sweeps, name, (0, 5))
    setting = Setting(MOCAP.parent, tmp_path, None, 0, quick=True, long=False, sweeps=tmp_path / "plots")
    rows = dynamics_sweeps.measure(setting)
    assert [row.unit for row in rows] == ["mm", "% of frames", "frames of 1/60 s", "degrees"]
    for name in (dynamics_sweeps.NOISE_PLOT, dynamics_sweeps.CONTACTS_PLOT):
        assert (tmp_path / "plots" / name).read_text().startswith("<svg")


def test_rows_of_a_video_take_the_figures_of_its_certificate(clean: Outcome) -> None:
    after = replace(
        clean.figures,
        slip_mm=(1.0, 4.0, 90.0),
        mean_vertical_force=0.95,
        flights=(Flight(0.0, 0.2, -3.0), Flight(1.0, 1.5, -9.5)),
    )
    moved = Moved(1.0, 2.0, 3.0, 4.0, 5.0)
    certificate = Certificate(True, "", None, after, moved, (20.0, 22.0), ((1.0, 1.5), (2.0, 2.0)), ())
    rows = {row.name: row for row in person_rows("clip", certificate)}
    assert rows["clip: slip per stance, median"].value == 4.0
    assert rows["clip: slip per stance, median"].met is True
    assert rows["clip: mean vertical force"].met is False
    assert rows["clip: acceleration in the longest flight"].value == -9.5
    assert rows["clip: acceleration in the longest flight"].met is True
    assert rows["clip: change of reprojection error"].value == pytest.approx(10.0)
    assert rows["clip: change of reprojection error"].met is False
    assert rows["clip: seconds without explanation"].value == 0.5


def test_a_person_without_physics_is_a_row_that_says_why() -> None:
    (row,) = person_rows("clip", not_applied(MODEL, "no feet are seen").certificate)
    assert row.note == "skipped: physics was not applied: no feet are seen"


def test_without_recordings_or_without_the_flag_rows_say_so(tmp_path: Path) -> None:
    setting = Setting(tmp_path, tmp_path, None, 0, quick=True, long=False)
    for part in (dynamics, dynamics_sweeps, dynamics_video):
        row = part.measure(setting)[0]
        assert isinstance(row, Row)
        assert row.value is None
        assert row.note.startswith("skipped: ")
