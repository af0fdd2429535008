"""Names that people give and that are not there: which one was probably meant."""

import difflib
from collections.abc import Iterable


def meant(name: str, known: Iterable[str]) -> str:
    """`; the nearest is X` with the name of `known` that is closest to `name`; empty when none is close."""
    close = difflib.get_close_matches(name, list(known), 1)
    return f"; the nearest is {close[0]}" if close else ""
