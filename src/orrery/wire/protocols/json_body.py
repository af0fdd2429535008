"""JSON bodies as plain values."""

from typing import Any

import msgspec

from orrery.wire.fault import Fault
from orrery.wire.inflate import unpacked

NOT_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoders raise for bodies that are no JSON in UTF-8, or nested without end."""


def read_json(body: bytes) -> Any:
    """A request's body, packed by gzip or not, as plain values; Fault SerializationException for what is no JSON."""
    try:
        return msgspec.json.decode(unpacked(body))
    except NOT_JSON:
        raise Fault("SerializationException", "") from None
