"""How long each stage of a request took, from readings of the stopwatch.

`marks` is a flat list, written on the common path and read only when somebody asks: the name of a stage, the reading at
its end, the next name … A reading of 0.0 means that the stage did not end: there the request was refused. A stage may
have several readings.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

STAGES: Final = {
    "identify": "which service and operation it is for",
    "body": "waiting for the body",
    "verify": "whose signature it is; the body's checksums",
    "validate": "bytes to values, every constraint of the model",
    "authorise": "whether the caller may do this; which function performs it",
    "perform": "the operation itself: records read and written, bodies read or stored",
    "commit": "waiting until the outcome is durable",
    "serialise": "values, or a fault, to bytes",
    "send": "handing the answer to the connection; of a long body only its beginning",
}
"""What happens in each stage."""

UNREACHED: Final = ("identify", 0.0, "verify", 0.0, "validate", 0.0, "authorise", 0.0)
"""The stages that follow the head and the body, before they are come to."""

REFUSED: Final = "refused"
"""The name of a reading taken where a stage refused a request."""


def pairs(marks: Sequence[Any]) -> Iterator[tuple[str, float]]:
    """The stages with their readings."""
    return zip(marks[::2], marks[1::2], strict=False)


def lengths(started: float, marks: Sequence[Any]) -> dict[str, float]:
    """Milliseconds by stage, in the order of their happening; stages that were not come to are left out."""
    found: dict[str, float] = {}
    before = started
    for name, reading in pairs(marks):
        if reading:
            stage = stopped(marks) if name == REFUSED else name
            found[stage] = round(found.get(stage, 0.0) + max(reading - before, 0.0) * 1000, 3)
            before = max(before, reading)
    return found


def stopped(marks: Sequence[Any]) -> str:
    """The stage in which a request ended that was answered with a fault."""
    return next((name for name, reading in pairs(marks) if not reading), "perform")
