"""One thing that is wrong with a request's values."""

from typing import Any, NamedTuple

from orrery.wire.shapes import Member

Path = tuple[str | int, ...]
"""Where a value stands: member names, list places (from 1) followed by "member", map keys followed by "value"."""


class Problem(NamedTuple):
    """A constraint that a value breaks.

    `kind` is "required", "pattern", "enum", "most", "least" (numbers), "longest", "shortest" (lengths), "elements",
    "keys" or "values" (a list's or map's scalars: `bound` is the element's Member), or "rule" (a patch's worded rule:
    `bound` is its entry).
    """

    kind: str
    path: Path
    member: Member
    value: Any
    bound: Any
