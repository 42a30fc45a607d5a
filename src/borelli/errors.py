"""The one error that users see: a sentence that says what, where, and what to do next."""


class BorelliError(Exception):
    """A problem the user can act on. The command line prints it as one line and exits with 1."""


def choices(name: str, value: object, valid: list[str]) -> BorelliError:
    """Error for a value outside a closed list, with the list."""
    return BorelliError(f"{name} {value!r} is unknown; valid: {', '.join(sorted(valid))}")
