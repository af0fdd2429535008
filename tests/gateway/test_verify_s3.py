"""The forms of signature that only S3 takes, and what S3 asks of Version 4 beyond the others."""

import json
from base64 import b64encode
from collections.abc import Mapping
from email.utils import formatdate
from typing import Any
from unittest.mock import patch

import pytest
from botocore.auth import HmacV1Auth, HmacV1PostAuth, HmacV1QueryAuth, S3SigV4Auth, S3SigV4PostAuth
from tests.gateway.verifying import (
    BODY,
    S3,
    WHO,
    StandingClock,
    changed,
    header_signed,
    presigned,
    refusal,
    verifier,
)
from tests.wire.signing.signers import AT, KEY, SECRET, at_time, credentials, request, sent, sign

from orrery.gateway.verify import ANONYMOUS, Credential, Verified, Verifier
from orrery.wire.fault import Fault
from orrery.wire.http import Head
from orrery.wire.instant import DAY, HOUR, MINUTE, SECOND

MALFORMED_SHA256 = "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, "


def v2_signed(at: int = AT, token: str | None = None, url: str = "http://s3.amazonaws.com/b/k?acl") -> Head:
    made = request("GET", url, {"x-amz-meta-a": "1"})
    with patch("botocore.auth.formatdate", lambda usegmt: http_date(at)):
        HmacV1Auth(credentials(token)).add_auth(made)
    return sent(made)


def http_date(at: int) -> str:
    return formatdate(at // 1000, usegmt=True)


def v2_presigned(at: int = AT, token: str | None = None) -> Head:
    made = request("GET", "http://s3.amazonaws.com/b/k?versionId=7")
    with patch("botocore.auth.time.time", lambda: at / 1000):
        HmacV1QueryAuth(credentials(token), expires=3600).add_auth(made)
    head = sent(made)
    return Head("GET", head.target, [(b"Host", b"s3.amazonaws.com")])


@pytest.mark.row("SDK-005")
def test_a_version_2_header_is_its_owners() -> None:
    who = verifier().verify(v2_signed(), b"", S3)

    assert isinstance(who, Verified)
    assert (who.principal, who.access_key, who.form, who.signed_at) == (WHO, KEY, "v2-header", AT)


@pytest.mark.row("SDK-005")
def test_a_version_2_url_is_its_makers() -> None:
    who = verifier().verify(v2_presigned(), b"", S3)

    assert isinstance(who, Verified)
    assert (who.principal, who.form) == (WHO, "v2-query")


@pytest.mark.row("S3-125")
@pytest.mark.parametrize("signed", ["/b", "/b/"])
def test_a_version_2_request_for_a_bucket_is_signed_with_or_without_a_slash_at_the_end(signed: str) -> None:
    made = request("GET", "http://s3.amazonaws.com/b?acl")
    made.auth_path = signed
    with patch("botocore.auth.formatdate", lambda usegmt: http_date(AT)):
        HmacV1Auth(credentials()).add_auth(made)

    assert isinstance(verifier().verify(sent(made), b"", S3), Verified)


def test_a_version_2_request_to_a_buckets_own_host_signs_the_bucket() -> None:
    made = request("GET", "http://b.s3.amazonaws.com/k")
    made.auth_path = "/b/k"
    with patch("botocore.auth.formatdate", lambda usegmt: http_date(AT)):
        HmacV1Auth(credentials()).add_auth(made)

    assert isinstance(verifier().verify(sent(made), b"", S3, bucket="b"), Verified)
    with pytest.raises(Fault):
        verifier().verify(sent(made), b"", S3, bucket="c")


@pytest.mark.row("SDK-005")
def test_a_temporary_key_signs_in_version_2_too() -> None:
    by = verifier(credential=Credential(SECRET, WHO, session_token="to/ken=="))

    assert isinstance(by.verify(v2_signed(token="to/ken=="), b"", S3), Verified)
    assert isinstance(by.verify(v2_presigned(token="to/ken=="), b"", S3), Verified)
    assert refusal(v2_signed(), S3, by=by).code == "InvalidAccessKeyId"


@pytest.mark.row("SDK-005")
@pytest.mark.parametrize(
    ("head", "by", "code", "status"),
    [
        (changed(v2_signed(), b"x-amz-meta-a", b"2"), verifier(), "SignatureDoesNotMatch", 403),
        (v2_signed(), verifier(credential=None), "InvalidAccessKeyId", 403),
        (v2_presigned(), verifier(credential=Credential("other", WHO)), "SignatureDoesNotMatch", 403),
        (changed(v2_signed(), b"authorization", b"AWS nonsense"), verifier(), "InvalidArgument", 400),
        (changed(v2_signed(), b"date", None), verifier(), "AccessDenied", 403),
        (changed(v2_signed(), b"date", b"whenever"), verifier(), "AccessDenied", 403),
        (v2_signed(AT - 20 * MINUTE), verifier(), "RequestTimeTooSkewed", 403),
        (Head("GET", b"/b/k?AWSAccessKeyId=a&Signature=b"), verifier(), "AccessDenied", 403),
        (Head("GET", b"/b/k?AWSAccessKeyId=a&Signature=b&Expires=soon"), verifier(), "AccessDenied", 403),
        (changed(v2_presigned(), b"Authorization", b"AWS a:b"), verifier(), "InvalidArgument", 400),
    ],
)
def test_a_version_2_signature_that_is_not_right_is_refused(head: Head, by: Verifier, code: str, status: int) -> None:
    fault = refusal(head, S3, b"", by)

    assert (fault.code, fault.status) == (code, status)


def test_a_version_2_mismatch_shows_what_should_have_been_signed() -> None:
    fault = refusal(changed(v2_signed(), b"x-amz-meta-a", b"2"), S3)

    assert fault.members["StringToSign"] == f"GET\n\n\n{http_date(AT)}\nx-amz-meta-a:2\n/b/k?acl"
    assert fault.members["StringToSignBytes"].startswith("47 45 54 0a")
    assert fault.members["AWSAccessKeyId"] == KEY
    assert "CanonicalRequest" not in fault.members


@pytest.mark.row("CLK-004")
def test_a_version_2_url_that_was_used_dies_with_the_clock() -> None:
    clock = StandingClock()
    clock.advance(30 * DAY)
    by, head = verifier(clock), v2_presigned()
    assert isinstance(by.verify(head, b"", S3), Verified)

    clock.host += SECOND
    clock.advance(3601 * SECOND)
    fault = refusal(head, S3, b"", by)

    assert (fault.code, fault.message) == ("AccessDenied", "Request has expired")


@pytest.mark.row("CLK-004")
def test_a_version_2_url_made_after_an_advance_is_valid() -> None:
    clock = StandingClock()
    clock.advance(30 * DAY)
    clock.host += SECOND
    clock.advance(3601 * SECOND)

    assert isinstance(verifier(clock).verify(v2_presigned(clock.host), b"", S3), Verified)


@pytest.mark.row("CLK-004")
def test_a_version_2_url_never_used_dies_by_the_machines_clock() -> None:
    fault = refusal(v2_presigned(), S3, b"", verifier(StandingClock(AT + HOUR + SECOND)))

    assert fault.message == "Request has expired"


def test_the_errors_members_are_those_s3_gives() -> None:
    fault = refusal(changed(header_signed("s3"), b"Content-Type", b"x"), S3)

    assert set(fault.members) == {
        "AWSAccessKeyId",
        "StringToSign",
        "SignatureProvided",
        "StringToSignBytes",
        "CanonicalRequest",
        "CanonicalRequestBytes",
    }
    canonical = fault.members["CanonicalRequest"]
    assert canonical.startswith("POST\n/\n\ncontent-type:x\nhost:s3.us-east-1.amazonaws.com\n")
    assert bytes.fromhex(fault.members["CanonicalRequestBytes"]).decode() == canonical


@pytest.mark.row("CLK-003")
def test_a_skewed_requests_members_are_those_s3_gives() -> None:
    fault = refusal(header_signed("s3"), S3, by=verifier(StandingClock(AT + 20 * MINUTE)))

    assert fault.members == {
        "RequestTime": "20150830T123600Z",
        "ServerTime": "2015-08-30T12:56:00Z",
        "MaxAllowedSkewMilliseconds": "900000",
    }


def test_an_amz_header_that_is_not_signed_is_refused_in_header_and_query() -> None:
    for head in (header_signed("s3"), presigned("s3")):
        fault = refusal(changed(head, b"x-amz-acl", b"public-read"), S3)

        assert (fault.code, fault.status) == ("AccessDenied", 403)
        assert fault.message == "There were headers present in the request which were not signed"
        assert fault.members == {"HeadersNotSigned": "x-amz-acl"}


def payload_signed(value: str | None, body: bytes = BODY) -> Head:
    """A PUT whose x-amz-content-sha256 is signed as given."""
    made = request("PUT", "http://s3.amazonaws.com/b/k", {}, body)
    signer = S3SigV4Auth(credentials(), "s3", "us-east-1")
    if value is not None:
        signer.payload = lambda request: value
    return sign(signer, made)


def test_a_body_is_held_against_the_hash_that_was_signed() -> None:
    fault = refusal(payload_signed(None), S3, b"other")

    assert (fault.code, fault.status) == ("XAmzContentSHA256Mismatch", 400)
    assert set(fault.members) == {"ClientComputedContentSHA256", "S3ComputedContentSHA256"}


@pytest.mark.parametrize("value", ["UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"])
def test_a_payload_that_is_not_signed_says_so(value: str) -> None:
    who = verifier().verify(payload_signed(value), None, S3)

    assert isinstance(who, Verified)
    assert who.payload == value.encode()


def test_the_hash_must_be_there_and_well_formed() -> None:
    missing = refusal(changed(payload_signed(None), b"x-amz-content-sha256", None), S3)
    malformed = refusal(payload_signed("nonsense"), S3)

    assert (missing.code, missing.message) == (
        "InvalidRequest",
        "Missing required header for this request: x-amz-content-sha256",
    )
    assert (malformed.code, malformed.status) == ("InvalidArgument", 400)
    assert malformed.message.startswith(MALFORMED_SHA256)


def form(
    version: int, policy: Mapping[str, Any] | None = None, token: str | None = None, **more: str
) -> dict[str, str]:
    """A browser's form as botocore signs it, the names in lower case."""
    made = request("POST", "http://s3.amazonaws.com/b")
    conditions: list[Any] = [{"bucket": "b"}, ["starts-with", "$key", "up/"], ["content-length-range", 1, 100]]
    made.context["s3-presign-post-fields"] = {"key": "up/x", **more}
    made.context["s3-presign-post-policy"] = {
        "expiration": "2015-08-30T13:36:00Z",
        "conditions": conditions,
        **(policy or {}),
    }
    signer = S3SigV4PostAuth if version == 4 else HmacV1PostAuth
    with at_time(AT):
        signer(credentials(token), "s3", "us-east-1").add_auth(made)
    return {name.lower(): value for name, value in made.context["s3-presign-post-fields"].items()}


def form_refusal(fields: Mapping[str, str], by: Verifier | None = None, bucket: str = "b") -> Fault:
    with pytest.raises(Fault) as caught:
        (by or verifier()).verify_form(fields, S3, bucket)
    return caught.value


@pytest.mark.row("SDK-005")
@pytest.mark.parametrize("version", [2, 4])
def test_a_signed_form_is_its_makers_and_tells_which_sizes_it_takes(version: int) -> None:
    who, policy = verifier().verify_form(form(version), S3, "b")

    assert isinstance(who, Verified)
    assert (who.principal, who.access_key, who.form) == (WHO, KEY, "post")
    assert policy is not None
    assert (policy.smallest, policy.largest) == (1, 100)


@pytest.mark.parametrize("version", [2, 4])
def test_a_form_signed_with_a_temporary_key_needs_its_token(version: int) -> None:
    by = verifier(credential=Credential(SECRET, WHO, session_token="to/ken=="))

    assert isinstance(by.verify_form(form(version, token="to/ken=="), S3, "b")[0], Verified)
    assert form_refusal(form(version), by).code == "InvalidAccessKeyId"


@pytest.mark.parametrize("version", [2, 4])
def test_a_form_that_breaks_its_policy_is_refused(version: int) -> None:
    extra = form_refusal(form(version, acl="private"))
    failed = form_refusal({**form(version), "key": "down/x"})
    elsewhere = form_refusal(form(version), bucket="c")

    assert extra.message == "Invalid according to Policy: Extra input fields: acl"
    assert failed.message == 'Invalid according to Policy: Policy Condition failed: ["starts-with", "$key", "up/"]'
    assert elsewhere.message == 'Invalid according to Policy: Policy Condition failed: ["eq", "$bucket", "b"]'
    assert {fault.code for fault in (extra, failed, elsewhere)} == {"AccessDenied"}


@pytest.mark.parametrize("version", [2, 4])
def test_a_form_whose_policy_was_changed_is_refused(version: int) -> None:
    fields = form(version)
    policy = {"expiration": "2030-01-01T00:00:00Z", "conditions": [["starts-with", "$key", ""]]}
    fields["policy"] = b64encode(json.dumps(policy).encode()).decode()

    fault = form_refusal(fields)

    assert (fault.code, fault.members["StringToSign"]) == ("SignatureDoesNotMatch", fields["policy"])


@pytest.mark.row("CLK-004")
@pytest.mark.parametrize("version", [2, 4])
def test_a_form_lives_until_its_expiration_in_virtual_time(version: int) -> None:
    clock = StandingClock()
    clock.advance(30 * DAY)
    by, fields = verifier(clock), form(version)
    by.verify_form(fields, S3, "b")

    clock.host += SECOND
    clock.advance(3601 * SECOND)
    fault = form_refusal(fields, by)

    assert fault.message == "Invalid according to Policy: Policy expired."


@pytest.mark.parametrize(
    ("version", "name", "code", "argument"),
    [
        (4, "x-amz-signature", "InvalidArgument", "X-Amz-Signature"),
        (4, "x-amz-credential", "InvalidArgument", "X-Amz-Credential"),
        (4, "x-amz-date", "InvalidArgument", "X-Amz-Date"),
        (2, "signature", "InvalidArgument", "signature"),
        (2, "awsaccesskeyid", "InvalidArgument", "AWSAccessKeyId"),
    ],
)
def test_a_form_that_lacks_a_field_is_refused(version: int, name: str, code: str, argument: str) -> None:
    fields = form(version)
    del fields[name]

    fault = form_refusal(fields)

    assert (fault.code, fault.members["ArgumentName"]) == (code, argument)
    assert fault.message == (
        f"Bucket POST must contain a field named '{argument}'.  "
        "If it is specified, please check the order of the fields."
    )


def test_a_form_without_a_policy_is_nobodys() -> None:
    who = verifier().verify_form({"key": "x"}, S3._replace(anonymous=True), "b")

    assert who == (ANONYMOUS, None)
    assert form_refusal({"key": "x"}).code == "AccessDenied"


def test_a_policy_that_is_no_policy_is_refused() -> None:
    assert form_refusal(form(4, {"expiration": "soon"})).message == "Invalid Policy: Invalid 'expiration' value: 'soon'"
    assert form_refusal(form(2, {"conditions": ["x"]})).code == "InvalidPolicyDocument"
