"""A page per command, made from the dataclasses that define its options; the examples are the README's."""

import re
from pathlib import Path

from borelli.cli.options import Option, commands, options

ROOT = Path(__file__).resolve().parents[2]
FOLDER, OVERVIEW = "commands", "commands.md"
FURTHER = {
    "run": ("report", "perception", "estimator", "dynamics", "accuracy"),
    "batch": ("batch",),
    "plan": ("batch",),
    "index": ("batch",),
    "view": ("report",),
    "demo": ("start",),
    "evaluate": ("benchmarks",),
    "inverse-dynamics": ("forces",),
    "predict-forces": ("forces", "certificate"),
    "benchmark": ("benchmarks",),
    "synth": ("synth",),
    "train": ("lifters", "policy"),
    "render": ("avatar",),
    "measure": ("measures",),
    "export": ("exports",),
}
"""Pages that say more about a command."""


def command_pages() -> dict[str, str]:
    """Path below docs/ to Markdown: an overview, then each command."""
    pages = {f"{FOLDER}/{name}.md": command_page(name) for name in commands()}
    rows = [
        f"| [`borelli {name}`]({FOLDER}/{name}.md) | {_about(kinds[0])} |"
        for name, kinds in commands().items()
    ]
    return {OVERVIEW: _INDEX + "\n".join(rows) + "\n", **pages}


_INDEX = """# Commands

`borelli COMMAND --help` says the same on the terminal. Words may come in any order. `@lab.toml` in place of
options reads them from a file: `borelli run walk.mp4 @lab.toml` with

```toml
stature = 1.75
calib = "room.toml"
no_physics = true
```

What is typed wins over the file; an unknown key is an error. A command ends with 0 when it is done, with 1
and one line on the terminal when something stands in the way, with 2 when the words themselves are wrong, and
with 130 when it is interrupted.

| command | what it does |
|---|---|
"""


def command_page(name: str) -> str:
    """What a command does, how it is called, and everything it takes."""
    kinds = commands()[name]
    parts = [f"# borelli {name}", _about(kinds[0])]
    if examples := _examples(name):
        parts.append("```sh\n" + "\n".join(examples) + "\n```")
    for kind in kinds:
        parts += [_usage(name, options(kind)), *_tables(options(kind))]
    if further := [page for page in FURTHER.get(name, ()) if (ROOT / "docs" / f"{page}.md").is_file()]:
        parts.append("More: " + ", ".join(f"[{page}](../{page}.md)" for page in further) + ".")
    return "\n\n".join(parts) + "\n"


def _about(kind: type) -> str:
    return " ".join((kind.__doc__ or "").split())


def _examples(name: str) -> list[str]:
    """Calls of the command in the README's table."""
    return re.findall(
        rf"^\| `(borelli {name}\b[^`]*)`", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE
    )


def _usage(name: str, found: tuple[Option, ...]) -> str:
    words = [option.metavar for option in found if option.positional]
    needed = [
        f"{option.name} {option.metavar}" for option in found if option.required and not option.positional
    ]
    rest = ["[OPTIONS]"] if any(not option.positional and not option.required for option in found) else []
    return "```text\n" + " ".join(["borelli", name, *words, *needed, *rest]) + "\n```"


def _tables(found: tuple[Option, ...]) -> list[str]:
    """Positional words and options, each as a table."""
    words = [option for option in found if option.positional]
    flags = [option for option in found if not option.positional]
    tables = []
    if words:
        rows = [f"| `{option.metavar}` | {_meaning(option)} |" for option in words]
        tables.append("\n".join(["| word | meaning |", "|---|---|", *rows]))
    if flags:
        rows = [f"| {_called(option)} | {_meaning(option)} | {_default(option)} |" for option in flags]
        tables.append("\n".join(["| option | meaning | default |", "|---|---|---|", *rows]))
    return tables


def _called(option: Option) -> str:
    names = [f"`{name}`" for name in (option.name, *option.aliases)]
    value = f" `{option.metavar}`".replace("|", "\\|") if option.metavar else ""
    return ", ".join(names) + value


def _meaning(option: Option) -> str:
    return option.help.replace("|", "\\|").replace("<", "&lt;")


def _default(option: Option) -> str:
    if option.required:
        return "needed"
    return "" if option.default in (None, (), False, "") else f"`{option.default}`"
