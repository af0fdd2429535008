"""Compressed bodies and their bound."""

import gzip

import pytest

from orrery.wire.fault import Fault
from orrery.wire.inflate import gunzip, unpacked


def test_gzip_is_unpacked_and_anything_else_left_alone() -> None:
    assert unpacked(gzip.compress(b"body")) == b"body"
    assert unpacked(b"body") == b"body"


@pytest.mark.parametrize(
    "body", [b"\x1f\x8bnonsense", gzip.compress(b"body" * 100, mtime=0)[:20]], ids=["no gzip", "cut short"]
)
def test_broken_gzip_is_a_serialization_exception(body: bytes) -> None:
    with pytest.raises(Fault) as caught:
        gunzip(body)

    assert caught.value.code == "SerializationException"


def test_a_bomb_is_stopped_at_the_bound() -> None:
    with pytest.raises(Fault) as caught:
        gunzip(gzip.compress(b"\0" * 100_001), limit=100_000)

    assert caught.value.status == 413
