"""Verification end to end: requests signed by botocore, accepted or refused in each family's own words."""

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from tests.wire.signing.signers import AT, KEY, SECRET, credentials, request, sign

from orrery.gateway import refusals
from orrery.gateway.verify import ANONYMOUS, Credential, Rules, Verified, Verifier
from orrery.kernel.call import root_of
from orrery.wire.fault import Fault
from orrery.wire.http import Head
from orrery.wire.instant import DAY, MINUTE, SECOND

WHO = root_of("111111111111")
ROOT = Credential(SECRET, WHO)
BODY = b'{"QueueName": "q"}'
SQS = Rules(refusals.QUERY, frozenset(("sqs",)))
DYNAMODB = Rules(refusals.JSON, frozenset(("dynamodb",)))
LAMBDA = Rules(refusals.REST_JSON, frozenset(("lambda",)))
EC2 = Rules(refusals.EC2, frozenset(("ec2",)))
S3 = Rules(refusals.S3, frozenset(("s3",)))
SERVICES = {"sqs": SQS, "dynamodb": DYNAMODB, "lambda": LAMBDA, "ec2": EC2, "s3": S3}
FAMILIES = tuple(SERVICES)


class StandingClock:
    """A clock whose virtual time is `offset` ahead of the machine's since `since` (host ms)."""

    def __init__(self, host: int = AT, offset: int = 0) -> None:
        self.host = host
        self.history = [(0, offset)]

    def advance(self, by: int) -> None:
        self.history.append((self.host, self.history[-1][1] + by))

    def now(self) -> int:
        return self.at_host(self.host)

    def host_now(self) -> int:
        return self.host

    def at_host(self, host: int, /) -> int:
        return host + next(offset for since, offset in reversed(self.history) if since <= host)


def verifier(clock: StandingClock | None = None, credential: Credential | None = ROOT) -> Verifier:
    keys = {KEY: credential} if credential is not None else {}
    return Verifier(keys.get, clock or StandingClock())


def header_signed(service: str, at: int = AT, region: str = "us-east-1", token: str | None = None) -> Head:
    signer = S3SigV4Auth if service == "s3" else SigV4Auth
    headers = {"Content-Type": "application/x-amz-json-1.0"}
    made = request("POST", f"http://{service}.us-east-1.amazonaws.com/", headers, BODY)
    return sign(signer(credentials(token), service, region), made, at)


def presigned(service: str, at: int = AT, expires: int = 3600, token: str | None = None) -> Head:
    signer = S3SigV4QueryAuth if service == "s3" else SigV4QueryAuth
    made = request("GET", f"http://{service}.us-east-1.amazonaws.com/thing?Action=Get%20it")
    return sign(signer(credentials(token), service, "us-east-1", expires=expires), made, at)


def refusal(head: Head, rules: Rules, body: bytes = BODY, by: Verifier | None = None) -> Fault:
    with pytest.raises(Fault) as caught:
        (by or verifier()).verify(head, body, rules)
    return caught.value


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
        ("ec2", "AuthFailure", 401),
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
