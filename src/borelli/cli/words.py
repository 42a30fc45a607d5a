"""What is wrong with a word of the command line, or missing from it, as one line with the valid choices."""

from collections.abc import Collection, Sequence
from difflib import get_close_matches

from borelli.cli.options import Option
from borelli.errors import BorelliError

LIKE_CHOICE = 0.6
"""Least similarity of a suggestion."""


def is_number(word: str) -> bool:
    """Whether a word can be a number."""
    try:
        float(word)
    except ValueError:
        return False
    return True


def nearest(word: str, valid: Sequence[str], alike: float) -> str:
    """`did you mean X? ` for the nearest valid word at least so alike (0 to 1), or nothing."""
    close = get_close_matches(word, valid, 1, alike)
    return f"did you mean {close[0]}? " if close else ""


def check_values(option: Option, values: Sequence[str]) -> None:
    """Raise BorelliError for values that an option cannot take, or none where it needs one."""
    if option.values == 0 and values:
        raise BorelliError(f"{option.name} takes no value; leave {values[0]!r} out")
    if option.values != 0 and not values:
        raise BorelliError(f"{option.name} needs a value, {option.metavar}: {option.help}")
    for value in values:
        check_value(option, value)


def check_value(option: Option, value: str) -> None:
    """Raise BorelliError for a value outside the choices of an option, or for no number where one must be."""
    if option.choices and value not in option.choices:
        hint = nearest(value, option.choices, LIKE_CHOICE)
        raise BorelliError(f"{option.name} {value} is unknown; {hint}valid: {', '.join(option.choices)}")
    if option.numeric and not is_number(value):
        raise BorelliError(f"{option.name} takes a number, not {value!r}: {option.help}")


def check_complete(
    name: str, known: Sequence[Option], positional: Sequence[str], given: Collection[str]
) -> None:
    """Raise BorelliError for positional words that are missing, too many or not valid, or missing options.

    Args:
        name: of the command.
        known: its options and positional arguments.
        positional: words without an option.
        given: names of the options on the command line.
    """
    places = [option for option in known if option.positional]
    if len(positional) > len(places) and all(place.values == 1 for place in places):
        extra = positional[len(places)]
        raise BorelliError(f"{extra} is one word too many; `borelli {name} --help` says what it takes")
    for place, word in zip(places, positional, strict=False):
        check_value(place, word)
    missing = [place.metavar for place in places[len(positional) :] if place.values == 1 and place.required]
    for option in known:
        if option.required and not option.positional and option.name not in given:
            missing.append(f"{option.name} {option.metavar}")
    if missing:
        wanted = " and ".join(missing)
        raise BorelliError(f"`borelli {name}` needs {wanted}; `borelli {name} --help` says what that is")
