"""The files about the project: citation, changelog, contributing."""

import re
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
REQUIRED = {"cff-version", "message", "title", "authors"}
ALLOWED = REQUIRED | {"type", "version", "license", "abstract", "keywords", "date-released", "url"}
"""Keys of the Citation File Format 1.2.0 that this file may use."""


def test_the_citation_is_valid_and_of_this_project() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert set(citation) >= REQUIRED and set(citation) <= ALLOWED
    assert citation["cff-version"] == "1.2.0" and citation["type"] == "software"
    assert citation["authors"] and all(set(author) == {"name"} for author in citation["authors"])
    assert citation["version"] == PROJECT["version"] and citation["license"] == PROJECT["license"]
    assert all(isinstance(citation[key], str) for key in ("message", "title", "abstract", "version"))
    assert len(set(citation["keywords"])) == len(citation["keywords"])


def test_the_changelog_has_the_form_it_names() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    heads = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert heads[0] == "[Unreleased]"
    assert all(re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", head) for head in heads[1:])
    kinds = set(re.findall(r"^### (.*)$", text, re.MULTILINE))
    assert kinds and kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert PROJECT["version"] in text


def test_what_contributing_names_exists() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    for link in re.findall(r"\]\(([^)#]+)\)", text):
        assert (ROOT / link).exists(), link
    named = re.findall(
        r"`((?:src|tests|tools|docs)/[\w./]+|(?:cli|pipeline|fitting|measures)/\w+\.\w+)`", text
    )
    assert len(named) > 5
    for name in named:
        assert (ROOT / name).exists() or (ROOT / "src" / "borelli" / name).exists(), name
    targets = re.findall(r"^make (\w+)", text, re.MULTILINE)
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert targets and all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets)


def test_every_package_has_a_floor_in_contributing() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    packages = {path.parent.name for path in (ROOT / "src" / "borelli").glob("*/__init__.py")}
    table = text.split("| floor | packages |")[1].split("\n\n")[0]
    assert packages <= set(re.findall(r"`(\w+)`", table))
