"""JSON bodies as plain values."""

import pytest

from orrery.wire.fault import Fault
from orrery.wire.protocols.json_body import read_json


def test_json_is_read() -> None:
    assert read_json(b'{"a": [1, null]}') == {"a": [1, None]}


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'"\xff"', pytest.param(b"[" * 100_000, id="deep"), b"NaN"])
def test_anything_else_is_a_serialization_exception(body: bytes) -> None:
    with pytest.raises(Fault) as caught:
        read_json(body)

    assert caught.value.code == "SerializationException"
