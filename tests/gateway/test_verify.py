"""Verification end to end: requests signed by botocore, accepted or refused in each family's own words."""

import hashlib

import pytest
from botocore.auth import S3ExpressAuth, SigV4Auth
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.gateway.verifying import (
    BODY,
    FAMILIES,
    ROOT,
    S3,
    SERVICES,
    SQS,
    WHO,
    StandingClock,
    changed,
    header_signed,
    presigned,
    refusal,
    verifier,
)
from tests.wire.signing.signers import AT, KEY, SECRET, credentials, request, sign

from orrery.gateway.verify import ANONYMOUS, Credential, Verified
from orrery.wire.http import Head
from orrery.wire.instant import DAY, HOUR, MINUTE, SECOND


@pytest.mark.row("SDK-005")
@pytest.mark.parametrize("service", FAMILIES)
def test_a_header_signed_by_botocore_tells_who_sent_it(service: str) -> None:
    who = verifier().verify(header_signed(service), BODY, SERVICES[service])

    assert isinstance(who, Verified)
    assert (who.principal, who.access_key, who.signed_at, who.form) == (WHO, KEY, AT, "header")
    assert (who.region, who.service) == ("us-east-1", service)


@pytest.mark.row("SDK-005")
@pytest.mark.parametrize("service", FAMILIES)
def test_a_url_presigned_by_botocore_tells_who_made_it(service: str) -> None:
    who = verifier().verify(presigned(service), b"", SERVICES[service])

    assert isinstance(who, Verified)
    assert (who.principal, who.form, who.signed_at) == (WHO, "query", AT)


@pytest.mark.row("SDK-005")
@pytest.mark.parametrize(
    ("service", "code", "status"),
    [
        ("sqs", "InvalidClientTokenId", 403),
        ("dynamodb", "UnrecognizedClientException", 400),
        ("lambda", "UnrecognizedClientException", 403),
        ("ec2", "AuthFailure", 401),
        ("s3", "InvalidAccessKeyId", 403),
    ],
)
@pytest.mark.parametrize("known", [None, ROOT._replace(active=False)], ids=["unknown", "inactive"])
def test_a_key_unknown_or_inactive_is_refused(service: str, code: str, status: int, known: Credential | None) -> None:
    fault = refusal(header_signed(service), SERVICES[service], by=verifier(credential=known))

    assert (fault.code, fault.status) == (code, status)


@pytest.mark.row("SDK-005")
@pytest.mark.parametrize(
    ("service", "code", "status"),
    [
        ("sqs", "SignatureDoesNotMatch", 403),
        ("dynamodb", "InvalidSignatureException", 400),
        ("lambda", "InvalidSignatureException", 403),
        ("ec2", "AuthFailure", 401),
        ("s3", "SignatureDoesNotMatch", 403),
    ],
)
def test_a_wrong_secret_is_refused(service: str, code: str, status: int) -> None:
    other = verifier(credential=Credential("other", WHO))

    fault = refusal(header_signed(service), SERVICES[service], by=other)

    assert (fault.code, fault.status) == (code, status)


@pytest.mark.row("SDK-005")
@pytest.mark.parametrize(
    ("service", "code", "status"),
    [
        ("sqs", "MissingAuthenticationToken", 403),
        ("dynamodb", "MissingAuthenticationTokenException", 400),
        ("lambda", "MissingAuthenticationTokenException", 403),
        ("ec2", "MissingParameter", 400),
        ("s3", "AccessDenied", 403),
    ],
)
def test_an_unsigned_request_is_refused_unless_anyone_may_come(service: str, code: str, status: int) -> None:
    head = Head("POST", b"/", [(b"Host", b"localhost")])

    fault = refusal(head, SERVICES[service])
    who = verifier().verify(head, BODY, SERVICES[service]._replace(anonymous=True))

    assert (fault.code, fault.status) == (code, status)
    assert who is ANONYMOUS


@pytest.mark.row("CLK-003")
@pytest.mark.parametrize(
    ("service", "code", "message"),
    [
        (
            "sqs",
            "SignatureDoesNotMatch",
            "Signature expired: 20150830T123600Z is now earlier than 20150830T124100Z (20150830T125600Z - 15 min.)",
        ),
        (
            "dynamodb",
            "InvalidSignatureException",
            "Signature expired: 20150830T123600Z is now earlier than 20150830T124100Z (20150830T125600Z - 15 min.)",
        ),
        ("ec2", "RequestExpired", "Request has expired."),
        (
            "s3",
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
        ),
    ],
)
def test_a_request_signed_twenty_minutes_ago_is_refused(service: str, code: str, message: str) -> None:
    fault = refusal(header_signed(service), SERVICES[service], by=verifier(StandingClock(AT + 20 * MINUTE)))

    assert (fault.code, fault.message) == (code, message)


@pytest.mark.row("CLK-003")
def test_a_request_from_the_future_is_not_yet_current() -> None:
    fault = refusal(header_signed("sqs"), SQS, by=verifier(StandingClock(AT - 20 * MINUTE)))

    assert fault.message == (
        "Signature not yet current: 20150830T123600Z is still later than 20150830T123100Z (20150830T121600Z + 15 min.)"
    )


@pytest.mark.row("CLK-003")
@pytest.mark.parametrize("service", FAMILIES)
def test_after_the_clock_was_advanced_both_host_time_and_virtual_time_are_accepted(service: str) -> None:
    by = verifier(StandingClock(AT, offset=365 * DAY))

    signed_by_host = by.verify(header_signed(service), BODY, SERVICES[service])
    signed_by_virtual = by.verify(header_signed(service, AT + 365 * DAY), BODY, SERVICES[service])

    assert isinstance(signed_by_host, Verified)
    assert isinstance(signed_by_virtual, Verified)


@pytest.mark.row("CLK-003")
def test_the_same_signed_request_is_served_twice() -> None:
    by, head = verifier(), header_signed("sqs")

    assert by.verify(head, BODY, SQS) == by.verify(head, BODY, SQS)


@pytest.mark.row("CLK-004")
@pytest.mark.parametrize("service", FAMILIES)
def test_a_presigned_url_made_after_an_advance_lives_its_lifetime_of_virtual_time(service: str) -> None:
    clock = StandingClock()
    clock.advance(30 * DAY)
    by, head = verifier(clock), presigned(service)
    assert isinstance(by.verify(head, b"", SERVICES[service]), Verified)

    clock.host += SECOND
    clock.advance(3601 * SECOND)
    fault = refusal(head, SERVICES[service], b"", by)

    assert fault.status in (400, 403)
    assert fault.code in (
        "SignatureDoesNotMatch",
        "InvalidSignatureException",
        "RequestExpired",
        "AccessDenied",
    )


@pytest.mark.row("CLK-004")
def test_a_presigned_url_made_before_an_advance_ages_with_it() -> None:
    clock = StandingClock()
    by, head = verifier(clock), presigned("sqs")

    clock.host += SECOND
    clock.advance(HOUR - SECOND)
    assert isinstance(by.verify(head, b"", SQS), Verified)
    clock.advance(SECOND)

    assert refusal(head, SQS, b"", by).message == (
        "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z (20150830T133601Z - 60 min.)"
    )


@pytest.mark.row("CLK-004")
def test_a_url_presigned_in_virtual_time_lives_as_long() -> None:
    clock = StandingClock(offset=30 * DAY)
    by, head = verifier(clock), presigned("s3", AT + 30 * DAY)
    assert isinstance(by.verify(head, b"", S3), Verified)

    clock.advance(3601 * SECOND)
    fault = refusal(head, S3, b"", by)

    assert (fault.code, fault.message, fault.status) == ("AccessDenied", "Request has expired", 403)
    assert fault.members["X-Amz-Expires"] == "3600"


@pytest.mark.row("CLK-004")
def test_a_kubernetes_token_holds_for_a_quarter_of_an_hour_whatever_it_says() -> None:
    clock = StandingClock()
    rules = SQS._replace(services=frozenset(("sts",)))
    by, head = verifier(clock), presigned("sts", expires=60)

    clock.host += SECOND
    clock.advance(15 * MINUTE - SECOND)
    assert isinstance(by.verify(head, b"", rules), Verified)
    clock.advance(SECOND)

    assert refusal(head, rules, b"", by).code == "SignatureDoesNotMatch"


@pytest.mark.row("CLK-004")
def test_a_url_presigned_in_the_second_of_an_advance_counts_as_made_after_it() -> None:
    clock = StandingClock(AT + 300)
    clock.advance(30 * DAY)
    clock.host = AT + 700

    assert isinstance(verifier(clock).verify(presigned("s3"), b"", S3), Verified)


@pytest.mark.row("CLK-004")
def test_a_url_used_before_an_advance_in_its_own_second_does_not_count_as_made_after_it() -> None:
    clock = StandingClock(AT + 300)
    by, head = verifier(clock), presigned("s3")
    assert isinstance(by.verify(head, b"", S3), Verified)

    clock.host = AT + 500
    clock.advance(3601 * SECOND)
    clock.host = AT + 700

    assert refusal(head, S3, b"", by).message == "Request has expired"


def test_a_url_from_the_future_is_not_valid_yet() -> None:
    fault = refusal(presigned("s3"), S3, b"", verifier(StandingClock(AT - HOUR)))

    assert (fault.code, fault.message) == ("AccessDenied", "Request is not valid yet")


TEMPORARY = Credential(SECRET, WHO, session_token="to/ken==", expires=AT + HOUR)


@pytest.mark.row("SDK-005")
@pytest.mark.parametrize("service", FAMILIES)
def test_a_temporary_key_with_its_token_is_accepted_in_header_and_query(service: str) -> None:
    by = verifier(credential=TEMPORARY)

    assert isinstance(by.verify(header_signed(service, token="to/ken=="), BODY, SERVICES[service]), Verified)
    assert isinstance(by.verify(presigned(service, token="to/ken=="), b"", SERVICES[service]), Verified)


@pytest.mark.row("SDK-005")
@pytest.mark.parametrize(
    ("service", "missing", "wrong", "expired"),
    [
        ("sqs", ("InvalidClientTokenId", 403), ("InvalidClientTokenId", 403), ("ExpiredToken", 403)),
        (
            "dynamodb",
            ("UnrecognizedClientException", 400),
            ("UnrecognizedClientException", 400),
            ("ExpiredTokenException", 400),
        ),
        (
            "lambda",
            ("UnrecognizedClientException", 403),
            ("UnrecognizedClientException", 403),
            ("ExpiredTokenException", 403),
        ),
        ("ec2", ("AuthFailure", 401), ("AuthFailure", 401), ("RequestExpired", 400)),
        ("s3", ("InvalidAccessKeyId", 403), ("InvalidToken", 400), ("ExpiredToken", 400)),
    ],
)
def test_a_token_missing_wrong_or_expired_is_refused(
    service: str, missing: tuple[str, int], wrong: tuple[str, int], expired: tuple[str, int]
) -> None:
    rules, late = SERVICES[service], StandingClock()
    late.advance(HOUR)
    requests = {
        missing: (header_signed(service), verifier(credential=TEMPORARY)),
        wrong: (header_signed(service, token="other"), verifier(credential=TEMPORARY)),
        expired: (header_signed(service, token="to/ken=="), verifier(late, TEMPORARY)),
    }

    found = {expected: refusal(head, rules, by=by) for expected, (head, by) in requests.items()}

    assert {expected: (fault.code, fault.status) for expected, fault in found.items()} == {
        expected: expected for expected in requests
    }


def test_a_permanent_key_with_a_token_is_refused() -> None:
    assert refusal(header_signed("s3", token="any"), S3).code == "InvalidToken"
    assert refusal(header_signed("sqs", token="any"), SQS).code == "InvalidClientTokenId"


def test_a_directory_buckets_session_token_counts_as_a_token() -> None:
    made = request("PUT", "http://b.s3express-use1-az4.us-east-1.amazonaws.com/k", {}, BODY)
    head = sign(S3ExpressAuth(credentials("to/ken=="), "s3express", "us-east-1", identity_cache=None), made)

    who = verifier(credential=TEMPORARY).verify(head, BODY, S3._replace(services=frozenset(("s3", "s3express"))))

    assert isinstance(who, Verified)


@settings(deadline=None, max_examples=150)
@given(at=st.integers(0), change=st.integers(1, 255), where=st.sampled_from(["body", "path", "query", "header"]))
def test_a_change_to_any_signed_byte_is_refused(at: int, change: int, where: str) -> None:
    headers = {"X-Amz-Target": "AmazonSQS.SendMessage", "Content-Type": "application/x-amz-json-1.0"}
    made = request("POST", "http://sqs.us-east-1.amazonaws.com/some/path?with=query", headers, BODY)
    head, body = sign(SigV4Auth(credentials(), "sqs", "us-east-1"), made), BODY
    path, query = bytearray(b"/some/path"), bytearray(b"with=query")
    fields = [(name, bytearray(value)) for name, value in head.headers.raw]
    signed = [value for name, value in fields if name.lower() in (b"host", b"content-type", b"x-amz-target")]
    if where == "body":
        flipped = bytearray(BODY)
        flipped[at % len(BODY)] ^= change
        body = bytes(flipped)
    else:
        target = {"path": path, "query": query, "header": signed[at % len(signed)]}[where]
        target[at % len(target)] ^= change
    altered = Head("POST", bytes(path) + b"?" + bytes(query), [(name, bytes(value)) for name, value in fields])

    assert refusal(altered, SQS, body).code in ("SignatureDoesNotMatch", "IncompleteSignature")


def test_a_body_that_the_model_leaves_unsigned_may_be_signed_or_not() -> None:
    rules = SQS._replace(unsigned_body=True)
    made = request("POST", "https://sqs.us-east-1.amazonaws.com/", {}, BODY)
    made.context["payload_signing_enabled"] = False
    unsigned = sign(SigV4Auth(credentials(), "sqs", "us-east-1"), made)

    assert isinstance(verifier().verify(header_signed("sqs"), BODY, rules), Verified)
    assert isinstance(verifier().verify(unsigned, BODY, rules), Verified)
    assert refusal(unsigned, SQS).code == "SignatureDoesNotMatch"
    assert refusal(unsigned, rules, by=verifier(credential=Credential("other", WHO))).code == "SignatureDoesNotMatch"


def test_the_hash_of_a_body_kept_elsewhere_will_do() -> None:
    digest = hashlib.sha256(BODY).hexdigest()

    assert isinstance(verifier().verify(header_signed("sqs"), digest, SQS), Verified)
    assert isinstance(verifier().verify(header_signed("s3"), digest, S3), Verified)


def test_a_date_field_will_do_when_there_is_no_x_amz_date() -> None:
    made = request("POST", "http://sqs.us-east-1.amazonaws.com/", {"Date": "any"}, BODY)
    head = sign(SigV4Auth(credentials(), "sqs", "us-east-1"), made)

    who = verifier().verify(head, BODY, SQS)

    assert head.headers.get(b"x-amz-date") is None
    assert isinstance(who, Verified)
    assert who.signed_at == AT


def test_a_refused_signature_shows_what_should_have_been_signed() -> None:
    head = changed(header_signed("sqs"), b"Content-Type", b"text/plain")

    message = refusal(head, SQS).message

    assert message.startswith("The request signature we calculated does not match the signature you provided.")
    assert "The Canonical String for this request should have been\n'POST\n/\n\ncontent-type:text/pl" in message
    assert "The String-to-Sign should have been\n'AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1" in message
