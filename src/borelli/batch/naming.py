"""Names of results: the video's own, and where several inputs share it, with a hash of the place.

A name depends on the list of inputs only, not on what is done first, so that pools, shards and clusters
agree. Two passes over the inputs with 16 bytes per video make that possible without holding the list.
"""

import os
from array import array
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from urllib.parse import unquote, urlsplit

import numpy as np

from borelli.batch.item import WINDOW, Item
from borelli.batch.sources import Source
from borelli.batch.uris import is_uri
from borelli.errors import BorelliError

DIGITS = 12
"""Hexadecimal digits after a shared name: a collision among a million has a chance of 1 in 500."""


def shared_names(sources: Iterable[Source]) -> tuple[int, frozenset[int], frozenset[int]]:
    """How many sources there are, and hashes of the stems and of the identities that occur repeatedly."""
    stems, identities = array("Q"), array("Q")
    for source in sources:
        stems.append(_hash(_stem(source).casefold()))
        identities.append(_hash(_identity(source)))
    return len(stems), _repeated(stems), _repeated(identities)


def named(
    sources: Iterable[Source], shared: frozenset[int], repeated: frozenset[int] = frozenset()
) -> Iterator[Item]:
    """Items with their names; an input that was listed before is left out.

    Raises BorelliError where it was listed with other choices: only one of the two could be kept.
    """
    listed: dict[int, int] = {}
    for source in sources:
        identity = _identity(source)
        if repeated and (number := _hash(identity)) in repeated:
            known, choices = number in listed, _hash(repr(sorted(source.choices.items())))
            if listed.setdefault(number, choices) != choices:
                raise BorelliError(
                    f"{source.location} is listed twice with different choices; give the rows different "
                    "names (column 'name'), or remove one"
                )
            if known:
                continue
        alone = _stem(source)
        name = alone
        if shared and _hash(alone.casefold()) in shared:
            name = f"{alone}-{blake2b(identity.encode(), digest_size=DIGITS // 2).hexdigest()}"
        yield Item(source.location, name, alone, source.choices, source.carried)


def _stem(source: Source) -> str:
    """File name without suffix; compared without case, as some file systems do."""
    if source.name:
        return source.name
    location = source.location
    if is_uri(location):
        location = unquote(urlsplit(location).path)
    return os.path.splitext(os.path.basename(location))[0] or "video"


def _identity(source: Source) -> str:
    """What makes two rows of a manifest different work: the place, the part of the video, their own names."""
    parts = [source.location]
    if source.choices:
        parts += [source.choices.get(column, "") for column in WINDOW]
    if source.name:
        parts.append(source.name)
    return "\0".join(parts)


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogateescape"), digest_size=8).digest(), "big")


def _repeated(hashes: "array[int]") -> frozenset[int]:
    values, counts = np.unique(np.frombuffer(hashes, dtype=np.uint64), return_counts=True)
    return frozenset(int(value) for value in values[counts > 1])
