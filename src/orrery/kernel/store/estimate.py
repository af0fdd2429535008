"""How many keys a range holds, from samples."""

from collections.abc import Callable

Keys = Callable[[bytes, bytes, int, bool], list[bytes]]
"""The first keys of (start, stop), at most so many, or the last ones."""

EXACT = 256
"""Ranges of fewer keys are counted."""

LEAF = 32
"""Branches of fewer keys are counted."""

DEPTH = 40
"""Forks below forks that are followed."""


def estimate_range(keys: Keys, start: bytes, stop: bytes) -> int:
    """The number of keys: exact for small ranges, near for evenly spread keys, an order of magnitude else.

    The keys are looked at as a tree that branches by bytes. At a fork the outermost branches and a few
    between them are estimated, and the others are taken to be as large as those between: some hundred short
    reads, however many keys there are.
    """
    head = keys(start, stop, EXACT, False)
    if len(head) < EXACT:
        return len(head)
    return round(_fork(keys, start, stop, 6, 0))


def _branch(keys: Keys, start: bytes, stop: bytes, depth: int) -> float:
    head = keys(start, stop, LEAF, False)
    return len(head) if len(head) < LEAF or depth > DEPTH else _fork(keys, start, stop, 2, depth)


def _fork(keys: Keys, start: bytes, stop: bytes, samples: int, level: int) -> float:
    """The number of keys of a range that holds at least two."""
    first = keys(start, stop, 1, False)[0]
    last = keys(start, stop, 1, True)[0]
    depth = _common(first, last)
    if depth == len(first):  # the first key is the prefix of all others and no branch of its own
        return 1 + _branch(keys, first + b"\0", stop, level + 1)
    prefix, low, high = first[:depth], first[depth], last[depth]
    edges = _branch(keys, start, _after(prefix, low), level + 1)
    edges += _branch(keys, prefix + bytes((high,)), stop, level + 1)
    between = high - low - 1
    if between <= samples:
        places = list(range(low + 1, high))
    else:
        places = [low + 1 + (2 * point + 1) * between // (2 * samples) for point in range(samples)]
    if not places:
        return edges
    sizes = [_branch(keys, prefix + bytes((place,)), _after(prefix, place), level + 1) for place in places]
    return edges + sum(sizes) * between / len(sizes)


def _after(prefix: bytes, byte: int) -> bytes:
    """The first key after all that begin with prefix and byte; a byte FF is followed by a key that ends the
    fork anyway."""
    return prefix + (bytes((byte + 1,)) if byte < 0xFF else b"\xff" * 64)


def _common(left: bytes, right: bytes) -> int:
    """The number of bytes with which both begin."""
    for place, (one, other) in enumerate(zip(left, right, strict=False)):
        if one != other:
            return place
    return min(len(left), len(right))
