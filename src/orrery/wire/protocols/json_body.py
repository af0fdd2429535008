"""JSON bodies as plain values."""

from typing import Any

import msgspec

from orrery.wire.fault import Fault

NOT_JSON = (msgspec.DecodeError, UnicodeDecodeError)
"""What decoders raise for bodies that are no JSON in UTF-8."""


def read_json(body: bytes) -> Any:
    """A request's body as plain values. Fault: SerializationException for what is no JSON in UTF-8."""
    try:
        return msgspec.json.decode(body)
    except NOT_JSON:
        raise Fault("SerializationException", "") from None
