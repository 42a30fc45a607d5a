"""The pages: what they repeat agrees with its source, their code runs, and the site builds strictly."""

import ast
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from borelli.cli.arguments import arranged
from borelli.cli.main import parse
from borelli.cli.options import commands, options

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def module(name: str) -> ModuleType:
    """A script of tools/docs."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / "docs" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def blocks(language: str) -> Iterator[tuple[str, str]]:
    """Page and code of every block in a language."""
    for page in PAGES:
        for kind, code in BLOCK.findall(page.read_text("utf-8")):
            if kind == language:
                yield page.name, code


def calls() -> Iterator[tuple[str, list[str]]]:
    """Page and words of every call of `borelli` in the pages' blocks and in the README's table."""
    for language in ("sh", ""):
        for page, code in blocks(language):
            for line in code.splitlines():
                if line.startswith("borelli "):
                    yield page, line.split("#")[0].split()[1:]
    for call in re.findall(r"^\| `borelli ([^`]*)`", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE):
        yield "README.md", call.split()


def test_every_call_in_the_pages_is_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("lab.toml").write_text("stature = 1.75\n", "utf-8")
    found = list(calls())
    assert len(found) > 30
    for page, words in found:
        if "--help" not in words and "..." not in words:
            assert parse(words), (page, words)


def test_every_block_of_python_is_python() -> None:
    found = list(blocks("python"))
    assert len(found) > 10
    for page, code in found:
        assert ast.parse(code), page


def test_what_the_blocks_import_exists() -> None:
    """Names of borelli only: the pages may use other packages."""
    for page, code in blocks("python"):
        for node in ast.walk(ast.parse(code)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("borelli"):
                home = importlib.import_module(node.module or "")
                for name in node.names:
                    assert hasattr(home, name.name), (page, node.module, name.name)


def test_the_conventions_of_the_readme_are_those_of_the_page() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    section = readme.split("## Conventions")[1].split("\n## ")[0]
    bullets = [" ".join(bullet.split("\n\n")[0].split()) for bullet in section.split("\n- ")[1:]]
    page = " ".join((DOCS / "conventions.md").read_text("utf-8").split())
    assert len(bullets) >= 4
    for bullet in bullets:
        assert bullet in page


def benchmarks() -> dict[str, list[float]]:
    """Numbers in the second column of the benchmarks, by the name of the row."""
    found: dict[str, list[float]] = {}
    for line in (DOCS / "benchmarks.md").read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and (number := re.match(r"-?[\d.e+-]*\d", cells[1])):
            found.setdefault(cells[0], []).append(float(number[0]))
    return found


def test_the_figures_of_the_page_on_accuracy_are_those_of_the_benchmarks() -> None:
    measured, compared = benchmarks(), 0
    for line in (DOCS / "accuracy.md").read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("| ") or "`" not in cells[-1]:
            continue
        ends = [float(number) for number in re.findall(r"\d+(?:\.\d+)?", cells[1])]
        for row in re.findall(r"`([^`]*)`", cells[-1]):
            assert row in measured, row
            near = [0.8 * min(ends) <= value <= 1.2 * max(ends) for value in measured[row]]
            assert any(near), (row, measured[row], cells[1])
            compared += 1
    assert compared >= 15


def test_every_command_has_a_page_with_all_its_options_and_an_example() -> None:
    pages = module("command_pages").command_pages()
    assert set(pages) == {"commands.md", *(f"commands/{name}.md" for name in commands())}
    for name, kinds in commands().items():
        page = pages[f"commands/{name}.md"]
        assert page.startswith(f"# borelli {name}\n")
        for kind in kinds:
            for option in options(kind):
                assert f"`{option.metavar if option.positional else option.name}`" in page


def test_pages_of_commands_escape_what_tables_would_split() -> None:
    page = module("command_pages").command_pages()["commands/export.md"]
    (row,) = [line for line in page.splitlines() if line.startswith("| `--names`")]
    assert "anatomical\\|mixamo" in row and row.endswith("| `anatomical` |")


def test_the_settings_on_the_page_of_commands_are_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = module("command_pages").command_pages()["commands.md"]
    (text,) = [code for kind, code in BLOCK.findall(index) if kind == "toml"]
    monkeypatch.chdir(tmp_path)
    Path("lab.toml").write_text(text, "utf-8")
    words = arranged(["run", "walk.mp4", "@lab.toml"])
    assert words == ["run", "walk.mp4", "--stature", "1.75", "--calib", "room.toml", "--no-physics"]


def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    if importlib.util.find_spec("mkdocs") is None or importlib.util.find_spec("material") is None:
        pytest.skip("the site needs the packages of the group docs")
    build = [sys.executable, "-m", "mkdocs", "build", "--strict", "-d", str(tmp_path / "site")]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(build, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    home = (tmp_path / "site" / "index.html").read_text("utf-8")
    assert "commands/run.html" in home and "fonts.googleapis" not in home
    copied = tmp_path / "site" / "files" / "src" / "borelli" / "body" / "coordinates.csv.txt"
    assert copied.read_bytes() == (ROOT / "src" / "borelli" / "body" / "coordinates.csv").read_bytes()
    shutil.rmtree(tmp_path / "site")
