"""Words as typed to words as parsed: spelling checked, settings read, positional words before options."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from borelli.cli.options import Option, commands, options
from borelli.cli.settings_file import is_settings, settings
from borelli.cli.words import check_complete, check_values, is_number, nearest
from borelli.errors import BorelliError

HELP = ("-h", "--help")
LIKE_COMMAND, LIKE_OPTION = 0.6, 0.7
"""Least similarity of a suggestion; dashes are alike in all options, so these ask for more."""


@dataclass(frozen=True)
class Typed:
    """The words after a command, sorted."""

    positional: list[str] = field(default_factory=list)
    uses: list[tuple[Option, list[str]]] = field(default_factory=list)
    """Options with their values, in the order typed."""
    files: list[Path] = field(default_factory=list)
    """Of settings."""


def arranged(words: Sequence[str]) -> list[str]:
    """The command, its positional words, then its options, so that no option swallows a file's name.

    Raises:
        BorelliError: an unknown command, option or value, with the nearest one; a word that is missing; or a
            bad file of settings.
    """
    if not words or words[0].startswith("-"):
        return list(words)
    name, rest = words[0], list(words[1:])
    if name not in commands():
        hint = nearest(name, list(commands()), LIKE_COMMAND)
        raise BorelliError(f"{name} is no command; {hint}`borelli --help` lists them")
    if any(word in HELP for word in rest):
        return [name, *(word for word in rest if word not in HELP), HELP[1]]
    known = _by_flag(name)
    typed = _sorted_out(name, rest, known)
    for option, values in typed.uses:
        check_values(option, values)
    given = {option.name for option, _ in typed.uses}
    chosen = [word for option, values in typed.uses for word in (option.name, *values)]
    for path in typed.files:
        more = settings(path, known, given)
        given |= {word for word in more if word in known}
        chosen += more
    if len(commands()[name]) == 1:
        check_complete(name, options(commands()[name][0]), typed.positional, given)
    return [name, *typed.positional, *chosen]


def _by_flag(name: str) -> dict[str, Option]:
    """Options of a command by everything they may be called."""
    every = [option for kind in commands()[name] for option in options(kind) if not option.positional]
    return {flag: option for option in every for flag in (option.name, *option.aliases)}


def _sorted_out(name: str, words: Sequence[str], known: Mapping[str, Option]) -> Typed:
    typed = Typed()
    values: list[str] | None = None
    for word in words:
        if _is_flag(word):
            flag, equals, value = word.partition("=")
            values = [value] if equals else []
            typed.uses.append((_option(name, flag, known), values))
        elif values is not None and _takes(typed.uses[-1][0], len(values), word):
            values.append(word)
        elif is_settings(word):
            typed.files.append(Path(word[1:]))
        else:
            typed.positional.append(word)
    for option, taken in typed.uses:
        if option.alone and not taken:
            taken.append(option.alone)
    return typed


def _option(name: str, flag: str, known: Mapping[str, Option]) -> Option:
    """The option that is called so, with `_` for `-` allowed."""
    flag = flag.replace("_", "-")
    if flag in known:
        return known[flag]
    hint = nearest(flag, [key for key in known if key.startswith("--")], LIKE_OPTION)
    elsewhere = [other for other in commands() if flag in _by_flag(other)]
    if elsewhere and not hint:
        hint = f"it belongs to `borelli {elsewhere[0]}`; "
    raise BorelliError(f"{flag} is no option of `borelli {name}`; {hint}`borelli {name} --help` lists them")


def _takes(option: Option, taken: int, word: str) -> bool:
    """Whether a word is a value of the option before it, which has taken some already."""
    if option.alone:
        return taken == 0 and word in option.choices
    if option.values is not None:
        return taken < option.values
    return taken == 0 or not option.numeric or is_number(word)


def _is_flag(word: str) -> bool:
    return word.startswith("-") and word != "-" and not is_number(word)
