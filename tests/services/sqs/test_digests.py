"""Digests as AWS and its clients compute them."""

from hashlib import md5, sha256

import pytest

from orrery.services.sqs.digests import attributes_digest, body_digest, content_deduplication_id


@pytest.mark.row("SQS-013")
def test_a_body_is_digested_as_bytes() -> None:
    assert body_digest(b"msg") == "6e2baaf3b97dbeef01c0043275f9a0e7"


@pytest.mark.row("SQS-013")
def test_attributes_are_digested_in_the_order_of_their_names_with_lengths_and_types() -> None:
    by_hand = (
        b"\0\0\0\4blob" + b"\0\0\0\6Binary\2" + b"\0\0\0\2\xff\0" + b"\0\0\0\1n" + b"\0\0\0\6Number\1" + b"\0\0\0\0011"
    )

    digest = attributes_digest({"n": ("Number", b"1"), "blob": ("Binary", b"\xff\0")})

    assert digest == md5(by_hand, usedforsecurity=False).hexdigest()
    assert attributes_digest({}) is None


@pytest.mark.row("SQS-045")
@pytest.mark.parametrize(
    ("names", "digest"),
    [
        (["Hello"], "a311262e065454b75da111d535b8dacd"),
        (["Hello", "General"], "fca026605781cb4126a1e9044df24232"),
        (["Hello", "Help.Me", "General"], "4c360f3fdafd970e05fae2f149d997f5"),
    ],
)
def test_digests_are_those_aws_answered(names: list[str], digest: str) -> None:
    values = {"Help.Me": b"Me", "Hello": b"There", "General": b"Kenobi"}

    assert attributes_digest({name: ("String", values[name]) for name in names}) == digest


@pytest.mark.row("SQS-035")
def test_content_is_known_by_its_sha_256() -> None:
    assert content_deduplication_id(b"body") == sha256(b"body").hexdigest()
