"""A certificate as JSON, table, CSV and on the terminal."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console
from standing_person import (
    MODEL,
    TIMES,
    G,
    in_air,
    moved_up,
    standing,
    texts,
    without_forces,
)

from borelli.cli.certificate import print_certificate
from borelli.dynamics.certificate import certify, not_applied
from borelli.dynamics.certificate_csv import write_certificate_csv
from borelli.dynamics.certificate_json import certificate_from_json, certificate_json
from borelli.dynamics.certificate_rows import certificate_table


def test_the_distance_to_the_keypoints_is_shown_before_and_after() -> None:
    still = standing()
    certificate = certify(MODEL, still, still, (0.0312, 0.0325)).certificate
    assert certificate.reprojection_mm == (31.2, 32.5)
    assert ("distance to the keypoints, rms", "31.2 mm", "32.5 mm", "") in certificate_table(certificate)


def test_physics_not_applied_says_why_and_gives_no_forces(tmp_path: Path) -> None:
    reason = "the feet touch nothing in the whole clip"
    certified = not_applied(MODEL, reason)
    certificate = certified.certificate
    assert (certificate.applied, certificate.reason) == (False, reason)
    assert certificate.after is None
    assert texts(certificate.remarks) == (
        f"care: physics was not applied: {reason}; the motion has no forces and torques"
    )
    assert certificate_table(certificate) == []
    write_certificate_csv(tmp_path / "certificate.csv", certified)
    assert not (tmp_path / "certificate.csv").exists()


def test_a_refused_result_still_shows_the_kinematic_motion(tmp_path: Path) -> None:
    still = standing()
    certified = not_applied(MODEL, "it would have spoiled the image", without_forces(still))
    assert certified.certificate.before is not None
    assert all(row[2] == "" for row in certificate_table(certified.certificate))
    write_certificate_csv(tmp_path / "certificate.csv", certified)
    with (tmp_path / "certificate.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 31
    assert rows[3]["before_penetration_mm"] == "0.00000"
    assert "vertical_force_BW" not in rows[3]


def test_json_is_plain_and_complete() -> None:
    still = standing()
    certificate = certify(MODEL, still, without_forces(still)).certificate
    text = json.dumps(certificate_json(certificate), allow_nan=False)
    back = json.loads(text)
    assert back["after"]["mean_vertical_force"] == pytest.approx(1.0)
    assert back["before"]["residual_force_percent"] is None
    assert back["remarks"][0]["level"] in {"bad", "care", "good"}


def test_a_certificate_comes_back_from_json_whole() -> None:
    free = in_air(moved_up(standing(), 0.5 + 2.0 * TIMES - G / 2 * TIMES**2))
    torques = free.torques.copy()
    torques[7, MODEL.skeleton.coordinate("knee_angle_r")] = 30.0
    explained = free.explained.copy()
    explained[4:6] = False
    full = certify(
        MODEL, replace(free, torques=torques, explained=explained), standing(), (0.03, 0.03)
    ).certificate
    for certificate in (full, not_applied(MODEL, "no floor").certificate):
        text = json.dumps(certificate_json(certificate))
        assert certificate_from_json(json.loads(text)) == certificate


def test_the_table_has_both_sides_and_what_is_good() -> None:
    still = standing()
    rows = certificate_table(certify(MODEL, still, without_forces(still)).certificate)
    by_name = {row[0]: row[1:] for row in rows}
    assert by_name["unexplained force, rms"] == ("-", "0.0 % BW", "< 5")
    assert by_name["mean vertical force"][1] == "1.00 BW"
    assert by_name["peak vertical force"][1] == "1.0 BW"
    assert by_name["acceleration in flight, m/s2"] == ("never airborne", "never airborne", "-10.8 to -8.8")


def test_the_csv_has_a_row_per_frame_and_units_in_the_header(tmp_path: Path) -> None:
    still = standing()
    explained = still.explained.copy()
    explained[2] = False
    certified = certify(MODEL, replace(still, explained=explained), still)
    write_certificate_csv(tmp_path / "certificate.csv", certified)
    with (tmp_path / "certificate.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 31
    assert [row["explained"] for row in rows[:4]] == ["1", "1", "0", "1"]
    assert float(rows[5]["vertical_force_BW"]) == pytest.approx(1.0, abs=1e-5)
    assert float(rows[5]["vertical_force_left_foot_BW"]) == pytest.approx(0.5, abs=1e-5)
    assert rows[0]["slide_mm_per_frame"] == ""
    assert float(rows[6]["time_s"]) == pytest.approx(0.1)


def test_the_terminal_shows_the_table_and_every_sentence() -> None:
    still = standing()
    explained = still.explained.copy()
    explained[2:20] = False
    certificate = certify(MODEL, replace(still, explained=explained), still).certificate
    console = Console(record=True, width=120, file=io.StringIO())
    print_certificate(console, "person 0", certificate)
    shown = console.export_text()
    for row in certificate_table(certificate):
        assert row[0] in shown
    for remark in certificate.remarks:
        assert remark.text in shown


def test_the_table_counts_implausible_peaks() -> None:
    still = standing()
    forces = still.forces.copy()
    forces[[4, 20]] *= 4.0
    rows = certificate_table(certify(MODEL, replace(still, forces=forces), still).certificate)
    assert next(row for row in rows if row[0] == "peak vertical force")[2] == "4.0 BW (2 implausible)"
