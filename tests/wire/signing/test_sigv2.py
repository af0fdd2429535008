"""Signature Version 2 against AWS's published examples and botocore's signers."""

from unittest.mock import patch
from urllib.parse import parse_qsl

import pytest
from botocore.auth import HmacV1Auth, HmacV1QueryAuth
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.wire.signing.signers import AT, KEY, SECRET, credentials, request, sent

from orrery.wire.http import Head
from orrery.wire.signing import sigv2
from orrery.wire.signing.problem import SignatureProblem

PUBLISHED = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


@pytest.mark.parametrize(
    ("method", "target", "fields", "bucket", "expected"),
    [
        (
            "GET",
            b"/photos/puppy.jpg",
            {"Date": "Tue, 27 Mar 2007 19:36:42 +0000"},
            "johnsmith",
            "bWq2s1WEIj+Ydj0vQ697zp+IXMU=",
        ),
        (
            "PUT",
            b"/photos/puppy.jpg",
            {"Content-Type": "image/jpeg", "Date": "Tue, 27 Mar 2007 21:15:45 +0000"},
            "johnsmith",
            "MyyxeRY7whkBe+bq8fHCL/2kKUg=",
        ),
        (
            "GET",
            b"/?prefix=photos&max-keys=50&marker=puppy",
            {"Date": "Tue, 27 Mar 2007 19:42:41 +0000"},
            "johnsmith",
            "htDYFYduRNen8P9ZfE/s9SuKy0U=",
        ),
        (
            "GET",
            b"/?acl",
            {"Date": "Tue, 27 Mar 2007 19:44:46 +0000"},
            "johnsmith",
            "c2WLPFtWHVgbEmeEG93a4cG37dM=",
        ),
        (
            "PUT",
            b"/db-backup.dat.gz",
            {
                "Date": "Tue, 27 Mar 2007 21:06:08 +0000",
                "x-amz-acl": "public-read",
                "Content-Type": "application/x-download",
                "Content-MD5": "4gJE4saaMU4BqNR0kLY+lw==",
                "X-Amz-Meta-ReviewedBy": "joe@johnsmith.net,jane@johnsmith.net",
                "X-Amz-Meta-FileChecksum": "0x02661779",
                "X-Amz-Meta-ChecksumAlgorithm": "crc32",
            },
            "static.johnsmith.net",
            "ilyl83RwaSoYIEdixDQcA4OnAnc=",
        ),
        ("GET", b"/", {"Date": "Wed, 28 Mar 2007 01:29:59 +0000"}, None, "qGdzdERIC03wnaRNKh6OqZehG9s="),
        (
            "GET",
            b"/dictionary/fran%C3%A7ais/pr%c3%a9f%c3%a8re",
            {"Date": "Wed, 28 Mar 2007 01:49:49 +0000"},
            None,
            "DNEZGsoieTZ92F3bUfSPQcbGmlM=",
        ),
    ],
)
def test_the_published_examples_give_their_published_signatures(
    method: str, target: bytes, fields: dict[str, str], bucket: str | None, expected: str
) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html"""
    head = Head(method, target, [(name.encode(), value.encode()) for name, value in fields.items()])

    assert sigv2.signature(PUBLISHED, sigv2.string_to_sign(head, bucket)) == expected


def test_the_published_url_gives_its_published_signature() -> None:
    head = Head(
        "GET",
        b"/photos/puppy.jpg?AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D"
        b"&Expires=1175139620",
    )
    claim = sigv2.parse_query(head.query)

    assert claim == sigv2.Claim2("AKIAIOSFODNN7EXAMPLE", "NpgCjnDzrM+WFzoENXmpNDUsSn8=", "1175139620")
    text = sigv2.string_to_sign(head, "johnsmith", claim.expires)
    assert sigv2.signature(PUBLISHED, text) == claim.signature


VALUES = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=12)
FIELDS = st.dictionaries(st.from_regex(r"\Ax-amz-[a-z]{3,8}\Z"), VALUES, max_size=3)
PARTS = st.lists(
    st.sampled_from(["acl", "versionId=3", "uploads", "prefix=x", "uploadId=a%2Fb", "response-expires=a%20b"]),
    unique=True,
).map("&".join)


@settings(deadline=None)
@given(fields=FIELDS, query=PARTS, token=st.sampled_from([None, "to/ken="]))
def test_whatever_botocore_signs_in_the_header_we_compute_alike(
    fields: dict[str, str], query: str, token: str | None
) -> None:
    made = request("PUT", f"http://s3.amazonaws.com/bucket/a%20b?{query}", {"Content-Type": "text/plain", **fields})
    HmacV1Auth(credentials(token)).add_auth(made)

    head = sent(made)

    claim = sigv2.parse_authorization(head.headers.get(b"authorization") or b"")
    assert claim.access_key == KEY
    assert sigv2.signature(SECRET, sigv2.string_to_sign(head, None)) == claim.signature


@settings(deadline=None)
@given(fields=FIELDS, query=PARTS, token=st.sampled_from([None, "to/ken="]))
def test_whatever_botocore_presigns_we_compute_alike(fields: dict[str, str], query: str, token: str | None) -> None:
    made = request("GET", f"http://s3.amazonaws.com/bucket/a%20b?{query}", fields)
    with patch("botocore.auth.time.time", lambda: AT / 1000):
        HmacV1QueryAuth(credentials(token), expires=60).add_auth(made)
    head = sent(made)
    head = Head("GET", head.target, [(b"Host", b"s3.amazonaws.com")])

    claim = sigv2.parse_query(head.query)

    assert (claim.expires, claim.token) == (str(AT // 1000 + 60), token)
    assert ("Signature", claim.signature) in parse_qsl(head.query.decode())
    assert sigv2.signature(SECRET, sigv2.string_to_sign(head, None, claim.expires)) == claim.signature


@pytest.mark.parametrize("value", [b"AWS", b"AWS ", b"AWS key", b"AWS :sig", b"AWS key:"])
def test_a_malformed_authorization_field_is_refused(value: bytes) -> None:
    with pytest.raises(SignatureProblem, match="malformed-v2"):
        sigv2.parse_authorization(value)


@pytest.mark.parametrize("query", [b"AWSAccessKeyId=a&Signature=b", b"AWSAccessKeyId=a&Expires=1", b"Signature=b"])
def test_a_url_that_lacks_one_of_three_parameters_is_refused(query: bytes) -> None:
    with pytest.raises(SignatureProblem, match="query-missing-v2"):
        sigv2.parse_query(query)
