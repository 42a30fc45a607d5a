"""What each command takes, read from the dataclasses that define it; spelling, files and pages use it."""

import ast
import inspect
import textwrap
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import tyro

from borelli.cli.commands import Command


@dataclass(frozen=True)
class Option:
    """One option or positional argument of a command.

    `values` is how many words follow it (None: one or more), `numeric` whether they are numbers, `choices`
    the closed list of valid words, if there is one, `alone` the choice that is meant when no word follows;
    empty where one must.
    """

    name: str
    aliases: tuple[str, ...]
    positional: bool
    required: bool
    values: int | None
    numeric: bool
    metavar: str
    choices: tuple[str, ...]
    alone: str
    default: object
    help: str


@cache
def commands() -> dict[str, tuple[type, ...]]:
    """Name of a command to the dataclass, or dataclasses, that define it, in the order of the help text."""
    found: dict[str, tuple[type, ...]] = {}
    for member in get_args(Command):
        kind, config = get_args(member)[:2]
        kinds = tuple(_bare(item) for item in get_args(kind)) if _is_union(kind) else (kind,)
        found[config.name] = found.get(config.name, ()) + kinds
    return found


def options(command: type) -> tuple[Option, ...]:
    """Options of a command's dataclass; those of a dataclass inside it come in its place."""
    hints, helps = get_type_hints(command, include_extras=True), field_docstrings(command)
    found: list[Option] = []
    for item in fields(command):
        kind = _bare(hints[item.name])
        if is_dataclass(kind):
            found += options(kind)  # type: ignore[arg-type]
        else:
            found.append(_option(item, hints[item.name], helps.get(item.name, "")))
    return tuple(found)


def field_docstrings(owner: type) -> dict[str, str]:
    """The string below each field of a class, on one line."""
    (body,) = ast.parse(textwrap.dedent(inspect.getsource(owner))).body
    assert isinstance(body, ast.ClassDef)
    found = {}
    for line, following in zip(body.body, body.body[1:], strict=False):
        named = isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)
        if named and isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant):
            found[line.target.id] = " ".join(str(following.value.value).split())  # type: ignore[attr-defined]
    return found


def _option(item: Field[Any], hint: object, text: str) -> Option:
    marks = getattr(hint, "__metadata__", ())
    positional = tyro.conf.Positional in (*marks, *_outer_marks(hint))
    metavar = next((mark.metavar for mark in marks if getattr(mark, "metavar", None)), None)
    aliases = next((tuple(mark.aliases) for mark in marks if getattr(mark, "aliases", None)), ())
    kind = _bare(hint)
    many = get_origin(kind) is tuple
    inner = _without_none(get_args(kind)[0] if many else kind)
    words = tuple(str(word) for word in get_args(inner)) if get_origin(inner) is Literal else ()
    default = item.default if item.default is not MISSING else None
    shown = metavar or ("|".join(words) if words else getattr(inner, "__name__", "").upper())
    return Option(
        name=item.name if positional else "--" + item.name.replace("_", "-"),
        aliases=aliases,
        positional=positional,
        required=item.default is MISSING and item.default_factory is MISSING,
        values=0 if inner is bool else None if many else 1,
        numeric=inner in (int, float),
        metavar="" if inner is bool else shown,
        choices=words,
        alone=words[0] if words and shown.startswith("[") else "",
        default=default,
        help=text,
    )


def _bare(hint: object) -> Any:
    """A type without annotations around it."""
    while get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    return hint


def _outer_marks(hint: object) -> tuple[object, ...]:
    """Annotations of the first member of a union, where tyro's own aliases put them."""
    return tuple(mark for member in get_args(hint)[:1] for mark in getattr(member, "__metadata__", ()))


def _without_none(kind: Any) -> Any:
    """X of X | None."""
    members = [_bare(member) for member in get_args(kind) if member is not type(None)]
    return members[0] if _is_union(kind) and members else kind


def _is_union(kind: object) -> bool:
    return get_origin(kind) in (Union, UnionType)
