"""Streaming bodies at the gate: botocore's own aws-chunked uploads, signed chunks, checksums, in S3's words."""

import hashlib
from base64 import b64encode

import pytest
from tests.gateway.verifying import WHO
from tests.wire.signing.test_chunked import KEY, SCOPE, STAMP, TRAILER_SEED, published_with_trailer

from orrery.gateway.checked_body import CheckedBody
from orrery.gateway.identity import ANONYMOUS, Verified
from orrery.wire.fault import Fault
from orrery.wire.http import Head
from orrery.wire.signing import checksums
from orrery.wire.signing.checksums import ALGORITHMS

DATA = b"a" * 66560
LENGTH = (b"x-amz-decoded-content-length", b"66560")


def who(payload: bytes, signature: str = TRAILER_SEED, key: bytes = KEY) -> Verified:
    return Verified(WHO, "AK", 0, "header", "us-east-1", "s3", payload, signature, key, SCOPE, STAMP)


def put(*fields: tuple[bytes, bytes]) -> Head:
    return Head("PUT", b"/b/k", fields)


def taken(body: CheckedBody, data: bytes, step: int = 1000) -> bytes:
    pieces: list[bytes] = []
    for start in range(0, len(data), step):
        pieces += body.feed(data[start : start + step])
    body.finish()
    return b"".join(pieces)


SIGNED = b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
CRC32C = (b"x-amz-trailer", b"x-amz-checksum-crc32c")


@pytest.mark.row("SDK-005")
def test_signed_chunks_with_a_signed_checksum_are_decoded() -> None:
    body = CheckedBody(put(LENGTH, CRC32C), who(SIGNED))

    assert taken(body, published_with_trailer()) == DATA
    assert (body.length, body.algorithm, body.digest) == (66560, "CRC32C", ALGORITHMS["CRC32C"].of(DATA))


def test_a_chunk_signed_by_another_key_is_refused() -> None:
    with pytest.raises(Fault) as caught:
        taken(CheckedBody(put(LENGTH, CRC32C), who(SIGNED, key=b"x")), published_with_trailer())

    assert (caught.value.code, caught.value.status) == ("SignatureDoesNotMatch", 403)


def unsigned(data: bytes, name: str) -> bytes:
    trailer = f"{ALGORITHMS[name].header}:{checksums.write(ALGORITHMS[name].of(data))}\r\n\r\n"
    return b"%x\r\n%b\r\n0\r\n" % (len(data), data) + trailer.encode()


@pytest.mark.parametrize("name", ALGORITHMS)
@pytest.mark.parametrize("anonymous", [False, True])
def test_unsigned_chunks_with_any_checksum_are_decoded(name: str, anonymous: bool) -> None:
    kind = b"STREAMING-UNSIGNED-PAYLOAD-TRAILER"
    head = put(LENGTH, (b"x-amz-trailer", ALGORITHMS[name].header.encode()), (b"x-amz-content-sha256", kind))
    sender = ANONYMOUS if anonymous else who(kind)

    assert taken(CheckedBody(head, sender), unsigned(DATA, name)) == DATA
    with pytest.raises(Fault) as caught:
        taken(CheckedBody(head, sender), unsigned(DATA, name).replace(b"aaa\r\n", b"aab\r\n"))
    assert (caught.value.code, caught.value.status) == ("BadDigest", 400)
    assert caught.value.message == f"The {name} you specified did not match the calculated checksum."


def test_a_plain_body_is_held_against_its_signed_hash_and_its_md5() -> None:
    md5 = (b"Content-MD5", b64encode(hashlib.md5(DATA).digest()))
    sender = who(hashlib.sha256(DATA).hexdigest().encode())

    body = CheckedBody(put((b"Content-Length", b"66560"), md5), sender)
    assert taken(body, DATA) == DATA
    assert (body.length, body.algorithm, body.digest) == (66560, None, None)

    with pytest.raises(Fault, match="XAmzContentSHA256Mismatch"):
        taken(CheckedBody(put(), sender), DATA[1:])
    with pytest.raises(Fault) as caught:
        taken(CheckedBody(put(md5), who(b"UNSIGNED-PAYLOAD")), DATA[1:])
    assert caught.value.code == "BadDigest"
    assert caught.value.members["ExpectedDigest"] == md5[1].decode()


@pytest.mark.parametrize(
    ("body", "code", "status"),
    [
        (b"zz\r\n", "IncompleteBody", 400),
        (b"10400\r\n" + DATA[:500], "IncompleteBody", 400),
        (b"10401\r\n", "IncompleteBody", 400),
        (b"1\r\na\r\n1\r\n", "InvalidChunkSizeError", 403),
        (unsigned(DATA, "SHA1"), "MalformedTrailerError", 400),
    ],
)
def test_a_body_that_is_not_well_formed_is_refused(body: bytes, code: str, status: int) -> None:
    kind = b"STREAMING-UNSIGNED-PAYLOAD-TRAILER"

    with pytest.raises(Fault) as caught:
        taken(CheckedBody(put(LENGTH, CRC32C), who(kind)), body)

    assert (caught.value.code, caught.value.status) == (code, status)


@pytest.mark.parametrize(
    ("fields", "payload", "code", "status"),
    [
        ([], SIGNED, "MissingContentLength", 411),
        ([(b"x-amz-decoded-content-length", b"many")], SIGNED, "MissingContentLength", 411),
        ([(b"Content-MD5", b"nonsense")], b"UNSIGNED-PAYLOAD", "InvalidDigest", 400),
        ([(b"x-amz-checksum-crc32", b"nonsense")], b"UNSIGNED-PAYLOAD", "InvalidRequest", 400),
        ([(b"x-amz-trailer", b"x-amz-meta-a"), LENGTH], SIGNED, "InvalidRequest", 400),
        ([(b"x-amz-sdk-checksum-algorithm", b"SHA1")], b"UNSIGNED-PAYLOAD", "InvalidRequest", 400),
    ],
)
def test_a_head_that_cannot_hold_is_refused_before_the_body(
    fields: list[tuple[bytes, bytes]], payload: bytes, code: str, status: int
) -> None:
    with pytest.raises(Fault) as caught:
        CheckedBody(put(*fields), who(payload))

    assert (caught.value.code, caught.value.status) == (code, status)


def test_signed_chunks_from_nobody_are_refused() -> None:
    with pytest.raises(Fault, match="InvalidArgument"):
        CheckedBody(put(LENGTH, (b"x-amz-content-sha256", SIGNED)), ANONYMOUS)
