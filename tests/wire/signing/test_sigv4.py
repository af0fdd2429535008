"""Signature Version 4 against AWS's published examples and botocore's signers."""

import hashlib
from urllib.parse import quote

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.wire.signing.signers import SECRET, credentials, request, sign

from orrery.wire.http import Head
from orrery.wire.signing import sigv4
from orrery.wire.signing.problem import SignatureProblem
from orrery.wire.signing.sigv4 import Claims, SigningKeys, parse_authorization, parse_query

S3_SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
S3_HOST = (b"Host", b"examplebucket.s3.amazonaws.com")
S3_DATE = (b"x-amz-date", b"20130524T000000Z")
EMPTY = (b"x-amz-content-sha256", sigv4.EMPTY_SHA256.encode())
SCOPE = b"AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"


def signature_of(head: Head, payload: bytes, stamp: str, secret: str = S3_SECRET, *, s3: bool = True) -> str:
    claim, _ = parse_authorization(head.headers.get(b"authorization") or b"")
    key = sigv4.signing_key(secret, claim.date, claim.region, claim.service)
    request = sigv4.canonical_request(head, claim, payload, s3=s3)
    return sigv4.signature(key, sigv4.string_to_sign(claim, stamp, request))


@pytest.mark.parametrize(
    ("method", "target", "fields", "names", "payload", "expected"),
    [
        (
            "GET",
            b"/test.txt",
            [(b"Range", b"bytes=0-9"), EMPTY],
            b"host;range;x-amz-content-sha256;x-amz-date",
            sigv4.EMPTY_SHA256.encode(),
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        ),
        (
            "PUT",
            b"/test$file.text",
            [
                (b"Date", b"Fri, 24 May 2013 00:00:00 GMT"),
                (b"x-amz-storage-class", b"REDUCED_REDUNDANCY"),
                (
                    b"x-amz-content-sha256",
                    b"44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
                ),
            ],
            b"date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
            b"44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
        ),
        (
            "GET",
            b"/?lifecycle",
            [EMPTY],
            b"host;x-amz-content-sha256;x-amz-date",
            sigv4.EMPTY_SHA256.encode(),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
        ),
        (
            "GET",
            b"/?max-keys=2&prefix=J",
            [EMPTY],
            b"host;x-amz-content-sha256;x-amz-date",
            sigv4.EMPTY_SHA256.encode(),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
        ),
    ],
)
def test_s3s_published_examples_give_their_published_signatures(
    method: str,
    target: bytes,
    fields: list[tuple[bytes, bytes]],
    names: bytes,
    payload: bytes,
    expected: str,
) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html"""
    written = SCOPE + b"SignedHeaders=" + names + b",Signature=" + expected.encode()
    head = Head(method, target, [S3_HOST, S3_DATE, *fields, (b"Authorization", written)])

    assert signature_of(head, payload, "20130524T000000Z") == expected


def test_s3s_published_presigned_url_gives_its_published_signature() -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html"""
    expected = "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    query = (
        b"X-Amz-Algorithm=AWS4-HMAC-SHA256"
        b"&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
        b"&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature="
    ) + expected.encode()
    asked = parse_query(query)
    head = Head("GET", b"/test.txt?" + query, [S3_HOST])

    canonical = sigv4.canonical_request(head, asked.claim, b"UNSIGNED-PAYLOAD", asked.pairs, s3=True)
    key = sigv4.signing_key(S3_SECRET, "20130524", "us-east-1", "s3")

    assert sigv4.signature(key, sigv4.string_to_sign(asked.claim, asked.stamp, canonical)) == expected
    assert (asked.signature, asked.expires, asked.token) == (expected, "86400", None)


def test_iams_published_example_gives_its_published_signature() -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html"""
    expected = "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
    head = Head(
        "GET",
        b"/?Action=ListUsers&Version=2010-05-08",
        [
            (b"Host", b"iam.amazonaws.com"),
            (b"Content-Type", b"application/x-www-form-urlencoded; charset=utf-8"),
            (b"X-Amz-Date", b"20150830T123600Z"),
            (
                b"Authorization",
                b"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
                b"SignedHeaders=content-type;host;x-amz-date, Signature=" + expected.encode(),
            ),
        ],
    )

    found = signature_of(head, sigv4.EMPTY_SHA256.encode(), "20150830T123600Z", SECRET, s3=False)

    assert found == expected
    key = sigv4.signing_key(SECRET, "20150830", "us-east-1", "iam")
    assert key.hex() == "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9"


# Paths as botocore's serialisers leave them: everything outside the unreserved set encoded, once.
PATHS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=20).map(
    lambda text: "/" + quote(text, safe="/~")
)
SEGMENTS = st.lists(st.sampled_from(["a", "..", ".", "", "%2F", "b%20c", "%C3%A9", "~", "%24x"])).map(
    lambda parts: "/" + "/".join(parts)
)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=12)
PARAMS = st.dictionaries(TEXTS.filter(bool), TEXTS, max_size=5)
FIELD_VALUES = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20)
FIELDS = st.dictionaries(st.from_regex(r"\Ax-(amz-)?[a-z]{3,8}\Z"), FIELD_VALUES, max_size=4)


@settings(deadline=None, max_examples=150)
@given(path=PATHS | SEGMENTS, params=PARAMS, fields=FIELDS, body=st.binary(max_size=40), s3=st.booleans())
def test_whatever_botocore_signs_in_the_header_we_compute_alike(
    path: str, params: dict[str, str], fields: dict[str, str], body: bytes, s3: bool
) -> None:
    made = request("POST", "http://example.test" + path, fields, body)
    made.params = params
    signer = (S3SigV4Auth if s3 else SigV4Auth)(credentials(), "s3" if s3 else "sqs", "us-east-1")

    head = sign(signer, made)

    claim, written = parse_authorization(head.headers.get(b"authorization") or b"")
    payload = head.headers.get(b"x-amz-content-sha256") or hashlib.sha256(body).hexdigest().encode()
    assert signature_of(head, payload, "20150830T123600Z", SECRET, s3=s3) == written
    assert claim.service == ("s3" if s3 else "sqs")


@settings(deadline=None, max_examples=100)
@given(path=PATHS | SEGMENTS, params=PARAMS, s3=st.booleans())
def test_whatever_botocore_presigns_we_compute_alike(path: str, params: dict[str, str], s3: bool) -> None:
    made = request("GET", "http://example.test" + path)
    made.params = params
    signer = (S3SigV4QueryAuth if s3 else SigV4QueryAuth)(credentials("tok/en=="), "s3", "us-east-1", expires=60)

    head = sign(signer, made)

    asked = parse_query(head.query)
    payload = b"UNSIGNED-PAYLOAD" if s3 else sigv4.EMPTY_SHA256.encode()
    canonical = sigv4.canonical_request(head, asked.claim, payload, asked.pairs, s3=s3)
    key = sigv4.signing_key(SECRET, "20150830", "us-east-1", "s3")
    assert sigv4.signature(key, sigv4.string_to_sign(asked.claim, asked.stamp, canonical)) == asked.signature
    assert (asked.token, asked.expires) == ("tok/en==", "60")


def test_a_key_is_derived_once_and_the_cache_is_bounded() -> None:
    keys = SigningKeys(size=2)

    first = keys.get("s", "20150830", "us-east-1", "sqs")
    assert keys.get("s", "20150830", "us-east-1", "sqs") is first
    keys.get("s", "20150831", "us-east-1", "sqs")
    keys.get("s", "20150901", "us-east-1", "sqs")

    assert keys.get("s", "20150830", "us-east-1", "sqs") is not first
    assert len(keys._keys) == 2


def test_a_claim_is_parsed_once_and_the_cache_is_bounded() -> None:
    claims = Claims(size=2)
    value = b"AWS4-HMAC-SHA256 Credential=%b/20150830/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=ab"

    first, _ = claims.read(value % b"A")
    again, signature = claims.read(value % b"A" + b"cd")
    claims.read(value % b"B")
    claims.read(value % b"C")

    assert again is first
    assert signature == "abcd"
    assert claims.read(value % b"A")[0] is not first


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (b"Bearer x", "bad-algorithm"),
        (b"AWS4-HMAC-SHA512 Credential=a", "bad-algorithm"),
        (b"AWS4-HMAC-SHA256", "missing-parts"),
        (b"AWS4-HMAC-SHA256 Credential", "malformed-pair"),
        (b"AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request, SignedHeaders=host", "missing-parts"),
        (b"AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=1", "bad-credential"),
        (b"AWS4-HMAC-SHA256 Credential=x/a/b/c/d/aws4_request, SignedHeaders=host, Signature=1", "bad-credential"),
        (b"AWS4-HMAC-SHA256 Credential=/a/b/c/aws4_request, SignedHeaders=host, Signature=1", "empty-key"),
        (b"AWS4-HMAC-SHA256 Credential=k/a/b/c/aws3, SignedHeaders=host, Signature=1", "scope-terminator"),
    ],
)
def test_a_malformed_authorization_field_names_its_problem(value: bytes, kind: str) -> None:
    with pytest.raises(SignatureProblem) as caught:
        Claims().read(value)

    assert caught.value.kind == kind


def test_comparison_is_false_for_anything_outside_ascii() -> None:
    assert sigv4.same("abc", "abc")
    assert not sigv4.same("abc", "abd")
    assert not sigv4.same("é", "é")
