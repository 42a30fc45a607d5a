"""Words as typed to words as parsed: spelling checked, settings read, positional words before options."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

from borelli.cli.options import Option, commands, options
from borelli.cli.settings_file import is_settings, settings
from borelli.errors import BorelliError

HELP = ("-h", "--help")
LIKE_COMMAND, LIKE_OPTION = 0.6, 0.7
"""Least similarity of a suggestion; dashes are alike in all options, so these ask for more."""


def arranged(words: Sequence[str]) -> list[str]:
    """The command, its positional words, then its options, so that no option swallows a file's name.

    Raises:
        BorelliError: an unknown command or option, with the nearest one; or a bad file of settings.
    """
    if not words or words[0].startswith("-"):
        return list(words)
    name, rest = words[0], list(words[1:])
    if name not in commands():
        raise BorelliError(
            f"{name} is no command; {_nearest(name, list(commands()), LIKE_COMMAND, 'borelli --help')}"
        )
    if any(word in HELP for word in rest):
        return [name, *(word for word in rest if word not in HELP), HELP[1]]
    known = _by_flag(name)
    positional, chosen, files = _sorted_out(name, rest, known)
    given = {word.split("=", maxsplit=1)[0] for word in chosen if word.startswith("-")}
    for path in files:
        more = settings(path, known, given)
        given |= {word for word in more if word.startswith("--")}
        chosen += more
    return [name, *positional, *chosen]


def _by_flag(name: str) -> dict[str, Option]:
    """Options of a command by everything they may be called."""
    every = [option for kind in commands()[name] for option in options(kind) if not option.positional]
    return {flag: option for option in every for flag in (option.name, *option.aliases)}


def _sorted_out(
    name: str, words: Sequence[str], known: Mapping[str, Option]
) -> tuple[list[str], list[str], list[Path]]:
    """Positional words, options with their values, files of settings."""
    positional: list[str] = []
    chosen: list[str] = []
    files: list[Path] = []
    option, taken = None, 0
    for word, following in zip(words, [*words[1:], ""], strict=False):
        if _is_flag(word):
            option, taken = _option(name, word, known), int("=" in word)
            chosen.append(word)
            if option.alone and not taken and following not in option.choices:
                taken = 1
                chosen.append(option.alone)
        elif option is not None and _takes(option, taken, word):
            taken += 1
            chosen.append(word)
        elif is_settings(word):
            files.append(Path(word[1:]))
        else:
            positional.append(word)
    return positional, chosen, files


def _option(name: str, word: str, known: Mapping[str, Option]) -> Option:
    """The option that a word calls, with `_` for `-` and `=VALUE` allowed."""
    flag = word.split("=", maxsplit=1)[0].replace("_", "-")
    if flag in known:
        return known[flag]
    spelt_out = [key for key in known if key.startswith("--")]
    hint = _nearest(flag, spelt_out, LIKE_OPTION, f"borelli {name} --help")
    elsewhere = [other for other in commands() if flag in _by_flag(other)]
    if elsewhere and "did you mean" not in hint:
        hint = f"it belongs to `borelli {elsewhere[0]}`; {hint}"
    raise BorelliError(f"{flag} is no option of `borelli {name}`; {hint}")


def _takes(option: Option, taken: int, word: str) -> bool:
    """Whether a word is a value of the option before it, which has taken some already."""
    if option.values is not None:
        return taken < option.values
    return taken == 0 or not option.numeric or _is_number(word)


def _is_flag(word: str) -> bool:
    return word.startswith("-") and word != "-" and not _is_number(word)


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _nearest(word: str, valid: Sequence[str], alike: float, where: str) -> str:
    close = get_close_matches(word, valid, 1, alike)
    hint = f"did you mean {close[0]}? " if close else ""
    return f"{hint}`{where}` lists them"
