"""What the tests of verification share: a clock with a history, services of every family, signed requests."""

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from tests.wire.signing.signers import AT, KEY, SECRET, credentials, request, sign

from orrery.gateway import refusals
from orrery.gateway.verify import Credential, Rules, Verifier
from orrery.kernel.call import root_of
from orrery.wire.fault import Fault
from orrery.wire.http import Head

WHO = root_of("111111111111")
ROOT = Credential(SECRET, WHO)
BODY = b'{"QueueName": "q"}'
SQS = Rules(refusals.QUERY, frozenset(("sqs",)))
S3 = Rules(refusals.S3, frozenset(("s3",)))
SERVICES = {
    "sqs": SQS,
    "dynamodb": Rules(refusals.JSON, frozenset(("dynamodb",))),
    "lambda": Rules(refusals.REST_JSON, frozenset(("lambda",))),
    "ec2": Rules(refusals.EC2, frozenset(("ec2",))),
    "s3": S3,
}
FAMILIES = tuple(SERVICES)


class StandingClock:
    """A clock that stands still until told; virtual time is ahead of the machine's by the offsets given."""

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
    """A verifier that knows at most one key pair."""
    keys = {KEY: credential} if credential is not None else {}
    return Verifier(keys.get, clock or StandingClock())


def header_signed(service: str, at: int = AT, region: str = "us-east-1", token: str | None = None) -> Head:
    """A POST of BODY as botocore signs it in the header."""
    signer = S3SigV4Auth if service == "s3" else SigV4Auth
    headers = {"Content-Type": "application/x-amz-json-1.0"}
    made = request("POST", f"http://{service}.us-east-1.amazonaws.com/", headers, BODY)
    return sign(signer(credentials(token), service, region), made, at)


def presigned(service: str, at: int = AT, expires: int = 3600, token: str | None = None) -> Head:
    """A GET as botocore presigns it."""
    signer = S3SigV4QueryAuth if service == "s3" else SigV4QueryAuth
    made = request("GET", f"http://{service}.us-east-1.amazonaws.com/thing?Action=Get%20it")
    return sign(signer(credentials(token), service, "us-east-1", expires=expires), made, at)


def refusal(head: Head, rules: Rules, body: bytes = BODY, by: Verifier | None = None) -> Fault:
    """The fault that a request is refused with."""
    with pytest.raises(Fault) as caught:
        (by or verifier()).verify(head, body, rules)
    return caught.value


def changed(head: Head, name: bytes, value: bytes | None) -> Head:
    """The same request with one field set, or left out."""
    fields = [field for field in head.headers.raw if field[0].lower() != name.lower()]
    if value is not None:
        fields.append((name, value))
    return Head(head.method, head.target, fields)
