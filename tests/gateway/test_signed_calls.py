"""Signatures through the whole gateway: stock clients of every family, by socket."""

from http.client import HTTPConnection
from typing import Any

import pytest
from botocore import UNSIGNED
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from tests.running import RunningCloud, TestClock
from tests.wire.signing.signers import at_time

DAY = 86_400

# Per client: an operation, and what it answers to an unknown key, a wrong secret and no signature; None where nothing
# but the signature tells, on this host name, which service is meant.
FAMILIES: dict[str, tuple[str, str, str, str | None]] = {
    "sqs": ("list_queues", "InvalidClientTokenId 403", "SignatureDoesNotMatch 403", "MissingAuthenticationToken 403"),
    "sts": (
        "get_caller_identity",
        "InvalidClientTokenId 403",
        "SignatureDoesNotMatch 403",
        "MissingAuthenticationToken 403",
    ),
    "dynamodb": (
        "list_tables",
        "UnrecognizedClientException 400",
        "InvalidSignatureException 400",
        "MissingAuthenticationTokenException 400",
    ),
    "lambda": (
        "list_functions",
        "UnrecognizedClientException 403",
        "InvalidSignatureException 403",
        None,
    ),
    "ec2": ("describe_regions", "AuthFailure 401", "AuthFailure 401", "MissingParameter 400"),
    "route53": (
        "list_hosted_zones",
        "InvalidClientTokenId 403",
        "SignatureDoesNotMatch 403",
        None,
    ),
}


def refusal(client: Any, function: str) -> str:
    """Code and status that a call is refused with."""
    with pytest.raises(ClientError) as caught:
        getattr(client, function)()
    answer = caught.value.response
    return f"{answer['Error']['Code']} {answer['ResponseMetadata']['HTTPStatusCode']}"


@pytest.mark.row("SDK-005")
@pytest.mark.parametrize("service", FAMILIES)
def test_every_family_refuses_strangers_forgers_and_the_unsigned_in_its_own_words(aws: Any, service: str) -> None:
    function, unknown, wrong, unsigned = FAMILIES[service]
    no_retries = {"retries": {"max_attempts": 0}}

    stranger = aws.client(service, aws_access_key_id="AKIAIOSFODNN7EXAMPLE")
    forger = aws.client(service, aws_secret_access_key="wrong")
    nobody = aws.client(service, config=Config(signature_version=UNSIGNED, **no_retries))

    assert refusal(stranger, function) == unknown
    assert refusal(forger, function) == wrong
    if unsigned is not None:
        assert refusal(nobody, function) == unsigned


@pytest.mark.row("SDK-005")
@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_s3_refuses_strangers_and_forgers_in_both_versions(aws: Any, version: str) -> None:
    config = Config(signature_version=version, retries={"max_attempts": 0})

    stranger = aws.client("s3", aws_access_key_id="AKIAIOSFODNN7EXAMPLE", config=config)
    forger = aws.client("s3", aws_secret_access_key="wrong", config=config)

    assert refusal(stranger, "list_buckets") == "InvalidAccessKeyId 403"
    assert refusal(forger, "list_buckets") == "SignatureDoesNotMatch 403"


@pytest.mark.row("CLK-003")
def test_a_stock_client_is_served_after_the_clock_was_advanced_by_a_year(aws: Any, clock: TestClock) -> None:
    clock.advance(365 * DAY)

    assert aws.sts.get_caller_identity()["Account"] == "000000000000"
    assert aws.sqs.list_queues()["ResponseMetadata"]["HTTPStatusCode"] == 200


def by_hand(cloud: RunningCloud, signer: SigV4Auth, at: int) -> AWSRequest:
    """GetCallerIdentity signed at `at` (ms)."""
    made = AWSRequest("GET", f"{cloud.url}/?Action=GetCallerIdentity&Version=2011-06-15")
    with at_time(at):
        signer.add_auth(made)
    return made


def answer(cloud: RunningCloud, made: AWSRequest) -> tuple[int, str]:
    """Status and body of the answer to a request."""
    prepared = made.prepare()
    connection = HTTPConnection("127.0.0.1", cloud.port, timeout=30)
    connection.request("GET", prepared.url.removeprefix(cloud.url), headers=dict(prepared.headers.items()))
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return response.status, text


@pytest.mark.row("CLK-003")
def test_a_request_signed_twenty_minutes_ago_is_refused_and_a_fresh_one_served_twice(cloud: RunningCloud) -> None:
    now = cloud.cloud.clock.host_now()
    signer = SigV4Auth(Credentials("test", "test"), "sts", "us-east-1")

    stale = answer(cloud, by_hand(cloud, signer, now - 20 * 60_000))
    fresh = by_hand(cloud, signer, now)

    assert stale[0] == 403
    assert "<Code>SignatureDoesNotMatch</Code>" in stale[1]
    assert "Signature expired: " in stale[1]
    assert [answer(cloud, fresh)[0], answer(cloud, fresh)[0]] == [200, 200]


@pytest.mark.row("CLK-004")
def test_a_presigned_url_made_after_an_advance_lives_its_hour_of_virtual_time(
    cloud: RunningCloud, clock: TestClock
) -> None:
    clock.advance(30 * DAY)
    signer = SigV4QueryAuth(Credentials("test", "test"), "sts", "us-east-1", expires=3600)
    url = by_hand(cloud, signer, cloud.cloud.clock.host_now())

    first = answer(cloud, url)
    clock.advance(3602)
    second = answer(cloud, url)

    assert first[0] == 200
    assert second[0] == 403
    assert "Signature expired: " in second[1]


@pytest.mark.row("SDK-005")
def test_a_session_needs_its_own_token_and_ends(aws: Any, clock: TestClock) -> None:
    credentials = aws.sts.get_session_token()["Credentials"]
    keys = {"aws_access_key_id": credentials["AccessKeyId"], "aws_secret_access_key": credentials["SecretAccessKey"]}
    session = aws.client("sqs", aws_session_token=credentials["SessionToken"], **keys)

    assert session.list_queues()["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert refusal(aws.client("sqs", **keys), "list_queues") == "InvalidClientTokenId 403"
    assert refusal(aws.client("sqs", aws_session_token="x", **keys), "list_queues") == "InvalidClientTokenId 403"

    clock.advance(DAY)
    assert refusal(session, "list_queues") == "ExpiredToken 403"
