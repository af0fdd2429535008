"""STS: who am I, temporary credentials, whose key is this."""

import pytest
from botocore.exceptions import ClientError
from tests.conftest import Clients
from tests.running import TestClock


def session_of(aws: Clients, **options: int) -> tuple[Clients, dict[str, str]]:
    credentials = aws.sts.get_session_token(**options)["Credentials"]
    keys = {
        "aws_access_key_id": credentials["AccessKeyId"],
        "aws_secret_access_key": credentials["SecretAccessKey"],
        "aws_session_token": credentials["SessionToken"],
    }
    return aws.client("sts", **keys), keys


def test_the_caller_is_the_root_of_the_account_whose_key_signed(aws: Clients) -> None:
    who = aws.at(account="123456789012").sts.get_caller_identity()

    assert (who["Account"], who["UserId"]) == ("123456789012", "123456789012")
    assert who["Arn"] == "arn:aws:iam::123456789012:root"
    assert aws.sts.get_caller_identity()["Account"] == "000000000000"


def test_a_session_acts_for_the_root_that_asked_for_it_and_names_its_account_in_its_key(aws: Clients) -> None:
    session, keys = session_of(aws.at(account="123456789012"))

    assert session.get_caller_identity()["Arn"] == "arn:aws:iam::123456789012:root"
    assert keys["aws_access_key_id"].startswith("ASIA")
    assert aws.sts.get_access_key_info(AccessKeyId=keys["aws_access_key_id"])["Account"] == "123456789012"


def test_a_roots_session_ends_after_an_hour_whatever_it_asked_for(aws: Clients, clock: TestClock) -> None:
    session, _ = session_of(aws, DurationSeconds=129_600)

    clock.advance(3599)
    session.get_caller_identity()
    clock.advance(2)
    with pytest.raises(ClientError) as raised:
        session.get_caller_identity()

    assert raised.value.response["Error"]["Code"] == "ExpiredToken"


def test_a_session_of_fifteen_minutes_is_over_after_them(aws: Clients, clock: TestClock) -> None:
    session, _ = session_of(aws, DurationSeconds=900)

    clock.advance(901)
    with pytest.raises(ClientError) as raised:
        session.get_caller_identity()

    assert raised.value.response["Error"]["Code"] == "ExpiredToken"


def test_a_session_cannot_ask_for_another_session(aws: Clients) -> None:
    session, _ = session_of(aws)

    with pytest.raises(ClientError) as raised:
        session.get_session_token()

    assert raised.value.response["Error"]["Code"] == "AccessDenied"
    assert raised.value.response["Error"]["Message"] == "Cannot call GetSessionToken with session credentials"


def test_a_session_key_without_its_token_or_with_another_is_refused(aws: Clients) -> None:
    _, keys = session_of(aws)

    for token in (None, "c29tZXRoaW5nIGVsc2U="):
        with pytest.raises(ClientError) as raised:
            aws.client("sts", **{**keys, "aws_session_token": token}).get_caller_identity()
        assert raised.value.response["Error"]["Code"] == "InvalidClientTokenId"


def test_an_mfa_code_nobody_can_check_is_refused(aws: Clients) -> None:
    with pytest.raises(ClientError) as raised:
        aws.sts.get_session_token(SerialNumber="arn:aws:iam::000000000000:mfa/phone", TokenCode="123456")

    assert raised.value.response["Error"]["Code"] == "AccessDenied"


def test_an_operation_that_is_not_built_says_so(aws: Clients) -> None:
    with pytest.raises(ClientError) as raised:
        aws.sts.assume_role(RoleArn="arn:aws:iam::000000000000:role/a-role", RoleSessionName="me")

    error = raised.value.response
    assert (error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"]) == ("NotImplemented", 501)


def test_a_text_that_is_no_access_key_id_is_refused(aws: Clients) -> None:
    with pytest.raises(ClientError) as raised:
        aws.sts.get_access_key_info(AccessKeyId="AKIA000000000000")

    assert raised.value.response["Error"]["Code"] == "ValidationError"


def test_a_token_is_as_long_as_was_asked_for(aws: Clients) -> None:
    credentials = aws.sts.get_session_token(MinimumSessionTokenSize=4096)["Credentials"]

    assert len(credentials["SessionToken"]) >= 4096
