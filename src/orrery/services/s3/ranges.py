"""Byte ranges: which part of an object a read asks for.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html#API_GetObject_RequestSyntax
"""

import re
from typing import Final

from orrery.wire.fault import Fault

_RANGE: Final = re.compile(r"bytes=(\d*)-(\d*)\Z", re.ASCII)


def read_range(text: str | None, size: int) -> tuple[int, int] | None:
    """Offset and length of a Range on `size` bytes; None for the whole object, which is also what several ranges and
    ranges that make no sense give. Raises InvalidRange (416) for one that begins beyond the end."""
    found = None if text is None else _RANGE.match(text.strip())
    if found is None or len(found[1]) > 18 or len(found[2]) > 18:
        return None
    first, last = found.groups()
    if not first:
        if not last:
            return None
        length = min(int(last), size)
        if not length:
            raise _unsatisfiable(text, size)
        return size - length, length
    start, end = int(first), int(last) if last else size - 1
    if last and end < start:
        return None
    if start >= size:
        raise _unsatisfiable(text, size)
    return start, min(end, size - 1) - start + 1


def _unsatisfiable(text: str | None, size: int) -> Fault:
    message = "The requested range is not satisfiable"
    headers = {"ContentRange": f"bytes */{size}"}
    return Fault("InvalidRange", message, headers=headers, ActualObjectSize=str(size), RangeRequested=text)
