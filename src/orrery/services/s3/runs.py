"""How the parts of an object lie one after the other: runs of parts that have numbers in sequence and one size.

What a transfer program uploads is two runs, whether of ten parts or ten thousand; parts of any sizes are as many runs.
They are packed bytes, so that reading one range of an object decodes no list.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from struct import Struct
from typing import Final, NamedTuple

_RUN: Final = Struct("<IIQQ")
"""Of a run's first part: how many parts are before it, its number, its offset, its size."""


class Span(NamedTuple):
    """A part in its object: its number, and where it lies."""

    number: int
    offset: int
    size: int


class Runs:
    """The parts of an object, `count` in all, by their places from 0 on; `packed` is what `pack` gave."""

    __slots__ = ("_count", "_packed", "_size")

    def __init__(self, packed: bytes, count: int) -> None:
        self._packed = packed
        self._count = count
        self._size = len(packed) // _RUN.size

    @staticmethod
    def pack(parts: Iterable[tuple[int, int]]) -> bytes:
        """The numbers and sizes of parts, in order."""
        packed = bytearray()
        expected: tuple[int, int] | None = None
        offset = 0
        for place, (number, size) in enumerate(parts):
            if (number, size) != expected:
                packed += _RUN.pack(place, number, offset, size)
            expected = (number + 1, size)
            offset += size
        return bytes(packed)

    def part(self, place: int) -> Span:
        """The part at a place. Raises IndexError."""
        return next(self.parts(place, place + 1))

    def parts(self, first: int, last: int) -> Iterator[Span]:
        """The parts from a place up to, but without, another. Raises IndexError for places that are not there."""
        if not 0 <= first < last <= self._count:
            raise IndexError(first, last)
        run = bisect_right(range(self._size), first, key=lambda each: self._run(each)[0]) - 1
        while first < last:
            begins, number, offset, size = self._run(run)
            run += 1
            stop = min(last, self._run(run)[0] if run < self._size else self._count)
            for ahead in range(first - begins, stop - begins):
                yield Span(number + ahead, offset + ahead * size, size)
            first = stop

    def place_of(self, offset: int) -> int:
        """The place of the part in which a byte of the object lies."""
        run = bisect_right(range(self._size), offset, key=lambda each: self._run(each)[2]) - 1
        begins, _, start, size = self._run(run)
        return begins + (offset - start) // size

    def after(self, number: int) -> int:
        """The place of the first part with a greater number; how many parts there are when none has."""
        run = bisect_right(range(self._size), number, key=lambda each: self._run(each)[1]) - 1
        if run < 0:
            return 0
        begins, first, _, _ = self._run(run)
        stop = self._run(run + 1)[0] if run + 1 < self._size else self._count
        return min(begins + number - first + 1, stop)

    def _run(self, run: int) -> tuple[int, int, int, int]:
        return _RUN.unpack_from(self._packed, run * _RUN.size)
