"""`@settings.toml` on the command line: options from a file, in the words of the flags."""

import tomllib
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from pathlib import Path

from borelli.cli.options import Option
from borelli.errors import BorelliError

PREFIX, SUFFIX = "@", ".toml"


def is_settings(word: str) -> bool:
    """Whether a word of the command line names a file of settings."""
    return word.startswith(PREFIX) and word.endswith(SUFFIX)


def settings(path: Path, known: Mapping[str, Option], given: Collection[str]) -> list[str]:
    """Words that a file of settings stands for; options `given` on the command line win over the file.

    Keys are options without the leading dashes (`focal-px` or `focal_px`), values strings, numbers, lists of
    them, or true and false for options without a value.

    Raises:
        BorelliError: no such file, no TOML, an unknown key, or a value that the option cannot take.
    """
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise BorelliError(f"{path} cannot be read: {reason}; give a .toml file of options") from error
    except tomllib.TOMLDecodeError as error:
        raise BorelliError(f"{path} is not TOML: {error}; write lines such as stature = 1.75") from error
    words: list[str] = []
    for key, value in content.items():
        flag = "--" + key.replace("_", "-")
        if flag not in known:
            raise BorelliError(f"{path}: {_unknown(key, known)}")
        if flag not in given:
            words += _words(path, known[flag], value)
    return words


def _unknown(key: str, known: Mapping[str, Option]) -> str:
    names = sorted(flag.removeprefix("--") for flag in known if flag.startswith("--"))
    close = get_close_matches(key.replace("_", "-"), names, 1)
    hint = f"did you mean {close[0]}?" if close else f"valid: {', '.join(names)}"
    return f"{key} is no option; {hint}"


def _words(path: Path, option: Option, value: object) -> list[str]:
    """The option and its values as if typed."""
    if option.values == 0:
        if not isinstance(value, bool):
            raise BorelliError(f"{path}: {option.name.removeprefix('--')} is true or false, not {value!r}")
        return [option.name] if value else []
    if option.alone and isinstance(value, bool):
        return [option.name, option.alone] if value else []
    items = value if isinstance(value, list) else [value]
    wrong = [item for item in items if isinstance(item, bool) or not isinstance(item, (str, int, float))]
    if wrong or (option.values == 1 and len(items) != 1):
        wanted = "one value" if option.values == 1 else "values"
        raise BorelliError(f"{path}: {option.name.removeprefix('--')} takes {wanted}, not {value!r}")
    return [option.name, *map(str, items)] if items else []
