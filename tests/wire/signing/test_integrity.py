"""A body held against everything its client said about it."""

import hashlib
from base64 import b64encode

import pytest

from orrery.wire.http import Headers
from orrery.wire.signing import checksums
from orrery.wire.signing.checksums import ALGORITHMS
from orrery.wire.signing.integrity import Integrity
from orrery.wire.signing.problem import SignatureProblem

DATA = b"some data"
MD5 = b64encode(hashlib.md5(DATA).digest())


def stated(name: str, data: bytes = DATA) -> bytes:
    return checksums.write(ALGORITHMS[name].of(data)).encode()


def taken_in(fields: list[tuple[bytes, bytes]], signed: str = "", data: bytes = DATA) -> Integrity:
    integrity = Integrity(Headers(fields), signed)
    for byte in data:
        integrity.update(bytes((byte,)))
    return integrity


@pytest.mark.parametrize("name", ALGORITHMS)
def test_a_checksum_in_the_head_is_held_against_the_body(name: str) -> None:
    fields = [(ALGORITHMS[name].header.encode(), stated(name)), (b"x-amz-sdk-checksum-algorithm", name.encode())]

    taken_in(fields).finish({})

    with pytest.raises(SignatureProblem) as caught:
        taken_in(fields, data=b"other").finish({})
    assert (caught.value.kind, caught.value.details) == ("checksum-mismatch", {"algorithm": name})


@pytest.mark.parametrize("name", ALGORITHMS)
def test_a_checksum_in_a_trailer_is_held_against_the_body(name: str) -> None:
    header = ALGORITHMS[name].header
    fields = [(b"x-amz-trailer", header.encode())]
    integrity = taken_in(fields)

    integrity.finish({header: stated(name).decode()})

    assert integrity.algorithm is ALGORITHMS[name]
    assert integrity.digest == ALGORITHMS[name].of(DATA)
    for trailer in ({}, {header: "AA=="}):
        with pytest.raises(SignatureProblem, match="checksum-trailer-malformed"):
            taken_in(fields).finish(trailer)
    with pytest.raises(SignatureProblem, match="checksum-mismatch"):
        taken_in(fields).finish({header: stated(name, b"x").decode()})


def test_content_md5_is_held_against_the_body() -> None:
    taken_in([(b"Content-MD5", MD5)]).finish({})

    with pytest.raises(SignatureProblem, match="md5-mismatch"):
        taken_in([(b"Content-MD5", MD5)], data=b"x").finish({})


def test_the_signed_hash_is_held_against_the_body() -> None:
    signed = hashlib.sha256(DATA).hexdigest()
    taken_in([], signed).finish({})
    taken_in([], "UNSIGNED-PAYLOAD").finish({})

    with pytest.raises(SignatureProblem, match="sha256-mismatch"):
        taken_in([], signed, b"x").finish({})


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ([(b"Content-MD5", b"nonsense")], "md5-malformed"),
        ([(b"x-amz-checksum-crc32", b"nonsense")], "checksum-malformed"),
        ([(b"x-amz-checksum-crc32", stated("CRC32")), (b"x-amz-checksum-sha1", stated("SHA1"))], "checksum-several"),
        ([(b"x-amz-checksum-crc32", stated("CRC32")), (b"x-amz-trailer", b"x-amz-checksum-sha1")], "checksum-several"),
        ([(b"x-amz-sdk-checksum-algorithm", b"CRC32")], "checksum-absent"),
        (
            [(b"x-amz-sdk-checksum-algorithm", b"SHA1"), (b"x-amz-checksum-crc32", stated("CRC32"))],
            "checksum-unlike",
        ),
        ([(b"x-amz-trailer", b"x-amz-meta-a")], "trailer-unknown"),
    ],
)
def test_a_head_that_cannot_hold_is_refused_at_once(fields: list[tuple[bytes, bytes]], kind: str) -> None:
    with pytest.raises(SignatureProblem) as caught:
        Integrity(Headers(fields))

    assert caught.value.kind == kind
