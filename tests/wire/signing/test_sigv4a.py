"""Signature Version 4A against AWS's common runtime."""

import pytest
from awscrt.auth import (
    AwsCredentialsProvider,
    AwsSignatureType,
    AwsSigningAlgorithm,
    AwsSigningConfig,
    aws_sign_request,
)
from awscrt.http import HttpHeaders, HttpRequest
from tests.wire.signing.signers import KEY, SECRET

from orrery.wire.http import Head
from orrery.wire.signing import sigv4, sigv4a
from orrery.wire.signing.sigv4 import parse_authorization, parse_query


def signed(*, query: bool, s3: bool = False, region_set: str = "us-east-1,eu-*", path: str = "/a%20b?x=1") -> Head:
    made = HttpRequest("GET", path, HttpHeaders([("Host", "example.test")]))
    config = AwsSigningConfig(
        algorithm=AwsSigningAlgorithm.V4_ASYMMETRIC,
        signature_type=AwsSignatureType.HTTP_REQUEST_QUERY_PARAMS if query else AwsSignatureType.HTTP_REQUEST_HEADERS,
        credentials_provider=AwsCredentialsProvider.new_static(KEY, SECRET),
        region=region_set,
        service="s3",
        use_double_uri_encode=not s3,
        should_normalize_uri_path=not s3,
        expiration_in_seconds=60 if query else None,
    )
    aws_sign_request(made, config).result()
    fields = [(name.encode(), value.encode()) for name, value in made.headers]
    return Head("GET", made.path.encode(), fields)


@pytest.mark.parametrize("s3", [False, True])
def test_a_header_signed_by_the_common_runtime_is_right(s3: bool) -> None:
    head = signed(query=False, s3=s3)
    claim, given = parse_authorization(head.headers.get(b"authorization") or b"")
    stamp = head.headers.text(b"x-amz-date") or ""

    text = sigv4.string_to_sign(claim, stamp, sigv4.canonical_request(head, claim, sigv4.EMPTY_SHA256.encode(), s3=s3))

    key = sigv4a.PublicKeys().get(KEY, SECRET)
    assert sigv4a.holds(key, text, given)
    assert not sigv4a.holds(key, text + b"x", given)
    assert not sigv4a.holds(sigv4a.PublicKeys().get(KEY, "other"), text, given)
    assert claim.region == ""


def test_a_url_presigned_by_the_common_runtime_is_right() -> None:
    head = signed(query=True)
    asked = parse_query(head.query)

    canonical = sigv4.canonical_request(head, asked.claim, sigv4.EMPTY_SHA256.encode(), asked.pairs)
    text = sigv4.string_to_sign(asked.claim, asked.stamp, canonical)

    assert sigv4a.holds(sigv4a.PublicKeys().get(KEY, SECRET), text, asked.signature)
    assert asked.region_set == "us-east-1,eu-*"


@pytest.mark.parametrize("given", ["", "zz", "00", "é"])
def test_what_is_no_signature_is_not_right(given: str) -> None:
    assert not sigv4a.holds(sigv4a.PublicKeys().get(KEY, SECRET), b"text", given)


@pytest.mark.parametrize(
    ("region_set", "region", "covered"),
    [
        ("us-east-1", "us-east-1", True),
        ("us-east-1", "us-east-2", False),
        ("*", "eu-west-1", True),
        ("us-*, eu-west-1", "us-west-2", True),
        ("us-*,eu-west-1", "eu-west-1", True),
        ("us-*,eu-west-1", "eu-west-2", False),
        ("", "us-east-1", False),
    ],
)
def test_a_region_set_covers_the_regions_it_names(region_set: str, region: str, covered: bool) -> None:
    assert sigv4a.covers(region_set, region) is covered


def test_a_public_key_is_derived_once_and_the_cache_is_bounded() -> None:
    keys = sigv4a.PublicKeys(size=1)

    first = keys.get(KEY, SECRET)
    assert keys.get(KEY, SECRET) is first
    keys.get(KEY, "other")

    assert keys.get(KEY, SECRET) is not first
