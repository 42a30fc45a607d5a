"""`borelli measure` from the command line."""

import json

import pytest
from measured_motion import stepping

from borelli.cli.main import main
from borelli.measures.measure import definitions
from borelli.motion.motion import save_motion


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """A run with two people, as `borelli run` leaves it."""
    out = tmp_path_factory.mktemp("out")
    for person in (0, 1):
        save_motion(out / "clip" / f"person_{person}" / "motion.npz", stepping(6))
    people = [{"person": 0, "stature_sd_m": 0.035}]
    (out / "clip" / "run.json").write_text(json.dumps({"people": people}), "utf-8")
    return out


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return int(ended.value.code or 0)


def test_tables_and_json_say_the_same(results, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    target = tmp_path / "new" / "numbers.json"
    assert run("measure", results, "--person", 0, "--json", target) == 0
    printed = capsys.readouterr().out
    content = json.loads(target.read_text("utf-8"))
    number = {(m["name"], m["side"]): m for m in content["measures"]}
    assert number["cadence", None]["value"] == pytest.approx(120)
    assert number["cadence", None]["unit"] == "steps/min"
    assert number["stature", None]["uncertainty"] == pytest.approx(0.035)
    assert "cadence, steps/min" in printed and "120.0" in printed and "not filtered" in printed
    assert content["filter"] == "none" and set(m["name"] for m in content["measures"]) <= set(definitions())


def test_a_filter_is_stated_and_the_files_stay(results, tmp_path, capsys):
    path = results / "clip" / "person_1" / "motion.npz"
    before = path.read_bytes()
    assert run("measure", path, "--lowpass", 6, "--json", tmp_path / "n.json") == 0
    assert "Butterworth, 4th order, zero phase, -3 dB at 6 Hz" in " ".join(capsys.readouterr().out.split())
    assert "6 Hz" in json.loads((tmp_path / "n.json").read_text("utf-8"))["filter"]
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "several people; choose with --person: 0, 1"),
        (("--person", 7), "holds no person 7; valid: 0, 1"),
        (("--person", 0, "--lowpass", 70), "half the frame rate of 100 Hz"),
    ],
)
def test_a_wrong_request_is_one_line_with_the_choices(results, capsys, arguments, message):
    assert run("measure", results, *arguments) == 1
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1


def test_an_empty_folder_says_what_to_give(tmp_path, capsys):
    assert run("measure", tmp_path) == 1
    assert "holds no motion.npz; give the results of `borelli run`" in capsys.readouterr().err
