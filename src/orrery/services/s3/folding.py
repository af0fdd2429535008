"""The walk of a listing: keys in order, those that a delimiter folds into common prefixes told once.

Nothing is read that is not shown, but for a few keys: a common prefix is left by seeking to what comes after it, so a
page costs the same whatever the prefixes hold. Code points sort as their UTF-8 does.
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any, Final, NamedTuple

Fetch = Callable[[str, str | None, int], Sequence[Any]]
"""(from this key, up to but without that one, at most so many) -> what has a `key`, in order of keys."""

_TOP: Final = "\U0010ffff"
_FIRST: Final = 8
"""How many are read at first where keys may be folded."""

_key_of = attrgetter("key")


class Folded(NamedTuple):
    """One page: the rows shown, the common prefixes, the key or prefix told last ("" when nothing was), whether that
    is a common prefix, and whether there is more."""

    rows: list[Any]
    prefixes: list[str]
    last: str
    folded: bool
    more: bool


def fold(fetch: Fetch, prefix: str, delimiter: str, after: str, limit: int) -> Folded:
    """The first `limit` keys and common prefixes that come after `after` ("" is before everything).

    Only keys that begin with `prefix` count. A key in which `delimiter` follows the prefix counts as the common prefix
    up to the end of that delimiter; without a delimiter ("") nothing is folded.
    """
    stop = successor(prefix)
    start = _start(prefix, delimiter, after)
    if limit == 0 or start is None or (stop is not None and start >= stop):
        return Folded([], [], "", False, False)
    if delimiter:
        return _walk(fetch, start, stop, len(prefix), delimiter, limit)
    rows = list(fetch(start, stop, limit + 1))
    shown = rows[:limit]
    return Folded(shown, [], shown[-1].key if shown else "", False, len(rows) > limit)


def successor(prefix: str) -> str | None:
    """The least text greater than all that begin with `prefix`; None when there is none."""
    kept = prefix.rstrip(_TOP)
    return kept[:-1] + chr(ord(kept[-1]) + 1) if kept else None


def _start(prefix: str, delimiter: str, after: str) -> str | None:
    """The first key that may be shown; None when there is none. A common prefix that does not sort after `after` has
    had its turn, even where keys under it do."""
    if after < prefix or not after:
        return prefix
    if delimiter and after.startswith(prefix):
        found = after.find(delimiter, len(prefix))
        if found >= 0:
            return successor(after[: found + len(delimiter)])
    return after + "\0"


def _walk(fetch: Fetch, start: str | None, stop: str | None, skip: int, delimiter: str, limit: int) -> Folded:
    rows: list[Any] = []
    prefixes: list[str] = []
    last, folded = "", False
    batch = _FIRST
    while start is not None and (stop is None or start < stop):
        size = min(batch, limit + 1 - len(rows) - len(prefixes))
        found = fetch(start, stop, size)
        place = wasted = 0
        while place < len(found):
            if len(rows) + len(prefixes) == limit:
                return Folded(rows, prefixes, last, folded, True)
            row = found[place]
            place += 1
            end = row.key.find(delimiter, skip)
            folded = end >= 0
            if not folded:
                rows.append(row)
                last = row.key
                start = last + "\0"
                continue
            last = row.key[: end + len(delimiter)]
            prefixes.append(last)
            start = successor(last)
            under = len(found) if start is None else bisect_left(found, start, place, key=_key_of)
            wasted += under - place
            place = under
        if len(found) < size:
            break
        batch = max(1, batch // 2) if 2 * wasted > size else 2 * batch
    return Folded(rows, prefixes, last, folded, False)
