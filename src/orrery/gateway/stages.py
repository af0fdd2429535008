"""How long each stage of a request took, from readings of the stopwatch.

`marks` is a list of as many readings as there are places here, each taken at the end of a stage; 0.0 stands for a stage
that did not end, or was not come to. It is written on the common path, and read only when somebody asks.
"""

from collections.abc import Sequence
from typing import Final

HEAD, BODY, IDENTIFY, VERIFY, VALIDATE, AUTHORISE, PERFORM, REFUSED, COMMIT, SERIALISE, SEND = range(11)
"""The places in `marks`. HEAD is what the head alone tells of IDENTIFY, REFUSED the end of the stage that refused."""

COUNT: Final = 11

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

_NAMES: Final = (
    "identify",
    "body",
    "identify",
    "verify",
    "validate",
    "authorise",
    "perform",
    "",
    "commit",
    "serialise",
    "send",
)
_REFUSING: Final = (IDENTIFY, VERIFY, VALIDATE, AUTHORISE, PERFORM)


def lengths(started: float, marks: Sequence[float]) -> dict[str, float]:
    """Milliseconds by stage, in the order of their happening; stages that were not come to are left out."""
    found: dict[str, float] = {}
    before = started
    for reading, place in sorted((reading, place) for place, reading in enumerate(marks) if reading):
        name = stopped(marks) if place == REFUSED else _NAMES[place]
        found[name] = round(found.get(name, 0.0) + (reading - before) * 1000, 3)
        before = reading
    return found


def stopped(marks: Sequence[float]) -> str:
    """The stage in which a request ended that was answered with a fault."""
    return next((_NAMES[place] for place in _REFUSING if not marks[place]), "perform")
