"""Java's character properties (`\\p{L}`, `\\p{Alnum}`, …) as ranges of code points."""

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path

Span = tuple[int, int]

_LAST = 0x10FFFF
_ASCII: dict[str, tuple[Span, ...]] = {
    "Lower": ((97, 122),),
    "Upper": ((65, 90),),
    "ASCII": ((0, 127),),
    "Alpha": ((65, 90), (97, 122)),
    "Digit": ((48, 57),),
    "Alnum": ((48, 57), (65, 90), (97, 122)),
    "Punct": ((33, 47), (58, 64), (91, 96), (123, 126)),
    "Graph": ((33, 126),),
    "Print": ((32, 126),),
    "Blank": ((9, 9), (32, 32)),
    "Cntrl": ((0, 31), (127, 127)),
    "XDigit": ((48, 57), (65, 70), (97, 102)),
    "Space": ((9, 13), (32, 32)),
    "all": ((0, _LAST),),
    "IsWhitespace": (
        (9, 13),
        (32, 32),
        (133, 133),
        (160, 160),
        (0x1680, 0x1680),
        (0x2000, 0x200A),
        (0x2028, 0x2029),
        (0x202F, 0x202F),
        (0x205F, 0x205F),
        (0x3000, 0x3000),
    ),
}
"""Java's POSIX classes, ASCII only, and properties that are no general category."""

_JOINED = {"LD": ("L", "Nd"), "IsAlphabetic": ("L", "Nl"), "IsLetter": ("L",), "IsDigit": ("Nd",)}


@cache
def _categories() -> dict[str, list[int]]:
    found: dict[str, list[int]] = json.loads(Path(__file__).with_name("unicode.json").read_text())
    return found


@cache
def property_spans(name: str) -> tuple[Span, ...]:
    """The code points with a property, in rising order; KeyError for one that is not known."""
    if name in _ASCII:
        return _ASCII[name]
    parts = _JOINED.get(name, (name.removeprefix("Is"),))
    spans: list[Span] = []
    for part in parts:
        matching = [category for category in _categories() if category.startswith(part)]
        if not matching:
            raise KeyError(name)
        for category in matching:
            points = _categories()[category]
            spans += zip(points[::2], points[1::2], strict=True)
    return tuple(merged(spans))


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same code points as few spans in rising order."""
    result: list[Span] = []
    for first, last in sorted(spans):
        if result and first <= result[-1][1] + 1:
            result[-1] = (result[-1][0], max(last, result[-1][1]))
        else:
            result.append((first, last))
    return result


def complement(spans: Iterable[Span]) -> list[Span]:
    """All other code points."""
    result: list[Span] = []
    start = 0
    for first, last in merged(spans):
        if first > start:
            result.append((start, first - 1))
        start = last + 1
    if start <= _LAST:
        result.append((start, _LAST))
    return result


def class_text(spans: Iterable[Span]) -> str:
    """The inside of a character class for Python's `re`."""
    return "".join(_point(first) if first == last else f"{_point(first)}-{_point(last)}" for first, last in spans)


def _point(point: int) -> str:
    return f"\\x{point:02x}" if point < 256 else f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"
