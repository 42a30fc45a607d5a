"""Words of the command line: spelling, order, settings from a file, and the options that pages describe."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from borelli.cli.arguments import arranged
from borelli.cli.commands import Export, Run
from borelli.cli.main import main, parse
from borelli.cli.options import commands, field_docstrings, options
from borelli.errors import BorelliError


def failure(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The one line about a usage that is wrong."""
    with pytest.raises(SystemExit) as stop:
        main(words)
    assert stop.value.code == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    return line


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "--statur", "1.7"), "--statur is no option of `borelli run`; did you mean --stature?"),
        (("run", "walk.mp4", "--no_fysics"), "did you mean --no-physics?"),
        (("rum", "walk.mp4"), "rum is no command; did you mean run?"),
        (("walk.mp4",), "walk.mp4 is no command; `borelli --help` lists them"),
        (("export", "out", "--too", "glb"), "did you mean --to?"),
        (("measure", "out", "--simulate"), "it belongs to `borelli run`"),
        (("measure", "out", "--qqq"), "--qqq is no option of `borelli measure`; `borelli measure --help`"),
    ],
)
def test_a_misspelt_word_is_one_line_with_the_right_one(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    assert said in failure(capsys, *words)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "walk.mp4", "--lifter", "hmsr"), "--lifter hmsr is unknown; did you mean hsmr? valid: own"),
        (("run", "walk.mp4", "--stature", "1.75m"), "--stature takes a number, not '1.75m'"),
        (("export", "out", "--to"), "--to needs a value, FORMATS"),
        (("export", "out"), "`borelli export` needs --to FORMATS; `borelli export --help`"),
        (("measure",), "`borelli measure` needs OUT"),
        (("evaluate", "a.npz"), "`borelli evaluate` needs REFERENCE"),
        (("run", "walk.mp4", "--force=yes"), "--force takes no value"),
        (("doctor", "now"), "now is one word too many"),
        (("render", "out", "--camera", "frnt"), "did you mean front?"),
        (("batch",), "give at least one video; `borelli batch --help`"),
    ],
)
def test_a_wrong_or_missing_value_is_one_line(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    assert said in failure(capsys, *words)


def test_far_words_are_not_suggested(capsys: pytest.CaptureFixture[str]) -> None:
    assert "did you mean" not in failure(capsys, "run", "walk.mp4", "--height", "1.7")


def test_an_option_of_several_numbers_does_not_swallow_the_video() -> None:
    command = parse(["run", "--stature", "1.75", "1.62", "walk.mp4", "--mass", "70", "jump.mp4"])
    assert isinstance(command, Run)
    assert command.videos == ("walk.mp4", "jump.mp4")
    assert command.config.stature == (1.75, 1.62) and command.config.mass == (70.0,)


def test_order_and_spelling_of_good_words_change_nothing() -> None:
    words = ["export", "out", "--to", "glb,bvh", "--lowpass=6", "--names", "mixamo"]
    shuffled = ["export", "--names", "mixamo", "--lowpass=6", "--to", "glb,bvh", "out"]
    assert parse(words) == parse(shuffled) == Export(Path("out"), "glb,bvh", "mixamo", lowpass=6.0)


def test_a_command_alone_is_a_command() -> None:
    assert arranged(["doctor"]) == ["doctor"] and arranged([]) == []


def test_negative_numbers_are_values() -> None:
    command = parse(["run", "walk.mp4", "--start", "-1.5"])
    assert isinstance(command, Run) and command.config.start == -1.5


@pytest.mark.parametrize(
    ("words", "performer"),
    [
        (["--simulate", "walk.mp4"], "sampling"),
        (["walk.mp4", "--simulate"], "sampling"),
        (["--simulate", "policy", "walk.mp4"], "policy"),
        (["--simulate=policy", "walk.mp4"], "policy"),
        (["--simulate", "--avatar", "walk.mp4"], "sampling"),
        (["walk.mp4"], None),
    ],
)
def test_simulate_stands_alone_or_names_who_performs(words: list[str], performer: str | None) -> None:
    command = parse(["run", *words])
    assert isinstance(command, Run)
    assert command.config.simulate == performer and command.videos == ("walk.mp4",)


@pytest.mark.parametrize(
    ("text", "performer"), [("true", "sampling"), ("false", None), ('"policy"', "policy")]
)
def test_settings_say_who_performs(tmp_path: Path, text: str, performer: str | None) -> None:
    command = parse(["run", settings(tmp_path, f"simulate = {text}"), "walk.mp4"])
    assert isinstance(command, Run) and command.config.simulate == performer


def settings(folder: Path, text: str) -> str:
    path = folder / "lab.toml"
    path.write_text(text, "utf-8")
    return f"@{path}"


def test_settings_of_a_file_are_options_and_the_command_line_wins(tmp_path: Path) -> None:
    file = settings(
        tmp_path, 'stature = [1.8, 0]\nfov = 60\nno_physics = true\nsimulate = false\nout = "lab"'
    )
    command = parse(["run", file, "walk.mp4", "--fov", "50"])
    assert isinstance(command, Run)
    assert command.videos == ("walk.mp4",) and command.out == Path("lab")
    assert command.config.stature == (1.8, 0.0) and command.config.fov == 50.0
    assert command.config.no_physics and not command.config.simulate


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("statur = 1.8", "lab.toml: statur is no option; did you mean stature?"),
        ("qqq = 1", "qqq is no option; valid: avatar, box, calib"),
        ("stature 1.8", "lab.toml is not TOML"),
        ("fov = [60, 70]", "fov takes one value, not [60, 70]"),
        ('avatar = "yes"', "avatar is true or false, not 'yes'"),
        ("[run]\nfov = 60", "run is no option"),
        ("fov = true", "fov takes one value"),
    ],
)
def test_bad_settings_are_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    assert said in failure(capsys, "run", "walk.mp4", settings(tmp_path, text))


def test_absent_settings_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = failure(capsys, "run", "walk.mp4", f"@{tmp_path / 'none.toml'}")
    assert "none.toml cannot be read: No such file or directory" in said


def test_every_option_has_a_help_text_and_a_place() -> None:
    described = {
        name: [option for kind in kinds for option in options(kind)] for name, kinds in commands().items()
    }
    assert {"run", "demo", "export", "measure", "doctor"} <= set(described)
    for name, found in described.items():
        for option in found:
            assert option.help.endswith("."), (name, option.name)
            assert option.positional or option.name.startswith("--")
            assert option.values == 0 or option.metavar, (name, option.name)


def test_options_are_read_off_a_dataclass() -> None:
    run = {option.name: option for option in options(Run)}
    assert run["videos"].positional and run["videos"].values is None
    assert run["--stature"].numeric and run["--stature"].values is None
    assert run["--force"].values == 0 and run["--out"].default == Path("out")
    assert run["--lifter"].choices == ("own", "none", "hsmr", "hmr2", "skelcf")
    to = {option.name: option for option in options(Export)}["--to"]
    assert to.required and to.values == 1 and not to.numeric


@dataclass(frozen=True)
class Sample:
    """A class of this file."""

    first: int = 0
    """Of two
    lines."""
    second: int = 0


def test_docstrings_of_fields_are_read_from_the_source() -> None:
    assert field_docstrings(Sample) == {"first": "Of two lines."}


def test_help_and_version_come_whatever_else_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert arranged(["run", "--bogus", "-h"]) == ["run", "--bogus", "--help"]
    with pytest.raises(SystemExit) as stop:
        parse(["--version"])
    assert stop.value.code == 0 and capsys.readouterr().out.startswith("borelli 0.")


def test_the_list_of_commands_fits_a_screen(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["--help"])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) <= 40 and max(map(len, lines[1:])) <= 100
    with pytest.raises(BorelliError, match="is no command"):
        arranged(["demos"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("evaluate", "EMPTY", "EMPTY"), "is a folder; give a motion.npz written by `borelli run`"),
        (("export", "JUNK", "--to", "glb"), "is not a readable .npz; give one written by `borelli run`"),
        (("predict-forces", "--from-trc", "EMPTY"), "is a folder; give a file of markers"),
        (("inverse-dynamics", "--model", "NONE", "--motion", "NONE"), "cannot be read: No such file or dir"),
        (("run", "--from-bvh", "JUNK"), "is not text; give a .bvh file"),
        (("run", "--from-c3d", "EMPTY"), "is a folder; give the file of a recording"),
        (("measure", "EMPTY"), "holds no motion.npz; give the results of `borelli run`"),
        (("render", "JUNK"), "is not a folder; give the results of `borelli run --avatar`"),
        (("train", "lifter", "--mocap", "EMPTY"), "it has no manifest.csv; see docs/lifters.md"),
        (("benchmark", "--data", "NONE"), "is not a folder; give the one with the recordings"),
    ],
)
def test_a_wrong_path_is_one_line_that_says_what_to_give(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    places = {"EMPTY": tmp_path / "empty", "JUNK": tmp_path / "junk.npz", "NONE": tmp_path / "none"}
    places["EMPTY"].mkdir()
    places["JUNK"].write_bytes(b"\x8a\xff\x00 neither text nor arrays")
    with pytest.raises(SystemExit) as stop:
        main([str(places.get(word, word)) for word in words])
    assert stop.value.code == 1
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert line.startswith("borelli: ") and said in line
    assert {path.name for path in tmp_path.iterdir()} == {"empty", "junk.npz"}  # nothing is left behind
