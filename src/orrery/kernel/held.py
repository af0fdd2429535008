"""Stores of bodies, as services declare them, and the table that counts the references to each content file."""

from typing import NamedTuple

import msgspec

from orrery.kernel.records import Record


class Held(Record, frozen=True):
    """A content file and how many records refer to it."""

    id: bytes
    count: int


class Content(NamedTuple):
    """The declaration of a store of bodies: its full name, and the table of what is held."""

    name: str
    held: type[Held]

    @property
    def service(self) -> str:
        """The service it belongs to."""
        return self.name.partition("#")[0]


def held_by(name: str) -> type[Held]:
    """A class of its own for the table of one content: a record class has one table."""
    return msgspec.defstruct(f"{name.title()}Held", [], bases=(Held,), frozen=True, array_like=True)  # type: ignore[return-value]
