"""aws-chunked bodies: AWS's published examples, any way of cutting them, and every way of breaking them."""

import hashlib
from collections.abc import Iterator
from io import BytesIO

import pytest
from botocore.httpchecksum import AwsChunkedWrapper, Crc32Checksum
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from orrery.wire.signing import sigv4, sigv4a
from orrery.wire.signing.chunked import Chain, ChunkDecoder, hmac_chain
from orrery.wire.signing.problem import SignatureProblem

SCOPE = b"20130524/us-east-1/s3/aws4_request"
STAMP = "20130524T000000Z"
KEY = sigv4.signing_key("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "20130524", "us-east-1", "s3")
SEED = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"
TRAILER_SEED = "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e"
CRC32C = frozenset(("x-amz-checksum-crc32c",))


def chain(seed: str = SEED) -> Chain:
    return hmac_chain(KEY, seed, STAMP, SCOPE)


def published() -> bytes:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html"""
    return (
        b"10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n"
        + b"a" * 65536
        + b"\r\n400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n"
        + b"a" * 1024
        + b"\r\n0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n"
    )


def published_with_trailer() -> bytes:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html"""
    return (
        b"10000;chunk-signature=b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2\r\n"
        + b"a" * 65536
        + b"\r\n400;chunk-signature=1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7\r\n"
        + b"a" * 1024
        + b"\r\n0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n"
        b"x-amz-checksum-crc32c:sOO8/Q==\r\n"
        b"x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n"
    )


NAMES = {
    published_with_trailer().index(name) + offset
    for name in (b"x-amz-checksum-crc32c", b"x-amz-trailer-signature")
    for offset in range(len(name))
}


def decoded(decoder: ChunkDecoder, body: bytes, step: int = 1 << 20) -> bytes:
    pieces: list[bytes] = []
    for start in range(0, len(body), step):
        pieces += decoder.feed(body[start : start + step])
    decoder.finish()
    return b"".join(pieces)


@pytest.mark.parametrize("step", [1, 7, 1000, 1 << 20])
def test_the_published_example_is_decoded_and_verified_however_it_is_cut(step: int) -> None:
    decoder = ChunkDecoder(66560, chain())

    assert decoded(decoder, published(), step) == b"a" * 66560
    assert decoder.complete


@pytest.mark.parametrize("step", [1, 64, 1 << 20])
def test_the_published_example_with_a_trailer_is_decoded_and_verified(step: int) -> None:
    decoder = ChunkDecoder(66560, chain(TRAILER_SEED), CRC32C)

    assert decoded(decoder, published_with_trailer(), step) == b"a" * 66560
    assert decoder.trailers == {"x-amz-checksum-crc32c": "sOO8/Q=="}


def test_botocores_unsigned_chunks_and_trailer_are_decoded() -> None:
    data = bytes(range(256)) * 8192
    body = AwsChunkedWrapper(BytesIO(data), Crc32Checksum, "x-amz-checksum-crc32").read()
    decoder = ChunkDecoder(len(data), None, frozenset(("x-amz-checksum-crc32",)))

    assert decoded(decoder, body, 4096) == data
    assert list(decoder.trailers) == ["x-amz-checksum-crc32"]


def sigv4a_chunks(key: ec.EllipticCurvePrivateKey, seed: str, pieces: list[bytes]) -> Iterator[bytes]:
    last = seed
    for piece in [*pieces, b""]:
        text = "\n".join(
            (
                "AWS4-ECDSA-P256-SHA256-PAYLOAD",
                STAMP,
                "20130524/s3/aws4_request",
                last,
                sigv4.EMPTY_SHA256,
                hashlib.sha256(piece).hexdigest(),
            )
        )
        last = key.sign(text.encode(), ec.ECDSA(SHA256())).hex()
        yield b"%x;chunk-signature=%b\r\n%b\r\n" % (len(piece), last.encode().ljust(144, b"*"), piece)


def test_chunks_signed_with_the_asymmetric_form_are_verified_and_their_padding_removed() -> None:
    private = sigv4a.private_key("AKID", "secret")
    pieces = [b"x" * 9000, b"y" * 10]
    body = b"".join(sigv4a_chunks(private, "30aa", pieces))

    def decoder() -> ChunkDecoder:
        links = sigv4a.ecdsa_chain(private.public_key(), "30aa", STAMP, b"20130524/s3/aws4_request")
        return ChunkDecoder(9010, links)

    assert decoded(decoder(), body) == b"".join(pieces)
    with pytest.raises(SignatureProblem):
        decoded(decoder(), body.replace(b"yyy", b"yyz"))


def offsets() -> st.SearchStrategy[int]:
    """Places in the published body with a trailer, as often in its heads and trailer as in its data."""
    body = published_with_trailer()
    return st.integers(0, 90) | st.integers(0, len(body) - 1) | st.integers(66_500, len(body) - 1)


@settings(deadline=None, max_examples=150)
@given(at=offsets(), change=st.integers(1, 255))
def test_a_change_to_any_byte_is_refused(at: int, change: int) -> None:
    body = bytearray(published_with_trailer())
    body[at] ^= change
    # The letter case of a trailer's name is all that no signature covers.
    assume(not (change == 32 and at in NAMES))

    with pytest.raises(SignatureProblem):
        decoded(ChunkDecoder(66560, chain(TRAILER_SEED), CRC32C), bytes(body))


@pytest.mark.parametrize("cut", [1, 40, 70_000, 66_900])
def test_a_body_that_ends_early_is_truncated(cut: int) -> None:
    decoder = ChunkDecoder(66560, chain())

    decoder.feed(published()[:cut] if cut < 66_700 else published()[:-1])

    with pytest.raises(SignatureProblem, match="chunk-truncated"):
        decoder.finish()


@pytest.mark.parametrize(
    ("body", "length", "kind"),
    [
        (b"zz\r\n", 5, "chunk-malformed"),
        (b"-1\r\n", 5, "chunk-malformed"),
        (b"\r\n", 5, "chunk-malformed"),
        (b"5;chunk-signature=00\r\nhello\r\n", 5, "chunk-malformed"),
        (b"11111111111111111\r\n", 5, "chunk-malformed"),
        (b"5" * 2000, 5, "chunk-malformed"),
        (b"5\r\nhelloXX", 5, "chunk-malformed"),
        (b"5\r\nhello\r\n0\r\n\r\nmore", 5, "chunk-malformed"),
        (b"6\r\nhello!\r\n", 5, "chunk-length"),
        (b"3\r\nhel\r\n0\r\n\r\n", 5, "chunk-length"),
        (b"3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", 5, "chunk-too-small"),
        (b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAA\r\n\r\n", 5, "trailer-malformed"),
        (b"5\r\nhello\r\n0\r\nnonsense\r\n\r\n", 5, "trailer-malformed"),
    ],
)
def test_a_malformed_body_names_its_problem(body: bytes, length: int, kind: str) -> None:
    with pytest.raises(SignatureProblem) as caught:
        decoded(ChunkDecoder(length, None), body)

    assert caught.value.kind == kind


def test_an_announced_trailer_that_does_not_come_is_malformed() -> None:
    with pytest.raises(SignatureProblem, match="trailer-malformed"):
        decoded(ChunkDecoder(5, None, CRC32C), b"5\r\nhello\r\n0\r\n\r\n")


def test_signed_chunks_without_a_signature_are_malformed() -> None:
    with pytest.raises(SignatureProblem, match="chunk-malformed"):
        decoded(ChunkDecoder(5, chain()), b"5\r\nhello\r\n0\r\n\r\n")


def test_a_signed_body_whose_trailer_is_not_signed_is_malformed() -> None:
    body = published_with_trailer()
    bare = body[: body.index(b"x-amz-trailer-signature")] + b"\r\n"

    with pytest.raises(SignatureProblem, match="trailer-malformed"):
        decoded(ChunkDecoder(66560, chain(TRAILER_SEED), CRC32C), bare)


def test_no_data_beyond_what_was_announced_is_given_out() -> None:
    decoder = ChunkDecoder(5, None)

    with pytest.raises(SignatureProblem, match="chunk-length"):
        decoder.feed(b"ffffffff\r\n" + b"x" * 100)
