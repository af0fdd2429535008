"""How much of each service Orrery does, as `make docs` has found it."""

from pathlib import Path
from typing import Final, NamedTuple

import msgspec

TABLE: Final = Path(__file__).with_name("coverage.json")


class Coverage(NamedTuple):
    """The operations of a service: done in full, in part (with the members that have no effect), not at all."""

    title: str
    full: list[str]
    partial: dict[str, list[str]]
    absent: list[str]


def coverage() -> dict[str, Coverage]:
    """Every service that Orrery offers, by name; read anew, since pages are seldom asked for."""
    return msgspec.json.decode(TABLE.read_bytes(), type=dict[str, Coverage])
