"""What the policy of a form allows, and who may sign it."""

from typing import Any

import pytest
from tests.conftest import Clients
from tests.services.s3.forms import VERSIONS, bucket, form, http, send, signing

__all__ = ["bucket", "http", "send"]


# --- policies ---


@pytest.mark.row("S3-056")
@VERSIONS
def test_a_file_must_be_as_large_as_the_policy_says(aws: Clients, bucket: str, send: Any, version: str) -> None:
    made = form(signing(aws, version), conditions=[["content-length-range", 5, 10]])

    large = send(made["url"], made["fields"], ("f", b"a" * 12))
    small = send(made["url"], made["fields"], ("f", b"a"))
    fit = send(made["url"], made["fields"], ("f", b"a" * 10))

    assert (large.status, large.members["Code"], large.members["Message"]) == (
        400,
        "EntityTooLarge",
        "Your proposed upload exceeds the maximum allowed size",
    )
    assert (large.members["ProposedSize"], large.members["MaxSizeAllowed"]) == ("12", "10")
    assert (small.status, small.members["Code"], small.members["Message"]) == (
        400,
        "EntityTooSmall",
        "Your proposed upload is smaller than the minimum allowed size",
    )
    assert (small.members["ProposedSize"], small.members["MinSizeAllowed"]) == ("1", "5")
    assert fit.status == 204
    assert aws.s3.head_object(Bucket=bucket, Key="key")["ContentLength"] == 10


def test_a_file_that_is_refused_leaves_what_was_there(aws: Clients, bucket: str, send: Any) -> None:
    aws.s3.put_object(Bucket=bucket, Key="key", Body=b"before")
    made = form(aws.s3, conditions=[["content-length-range", 0, 100]])

    assert send(made["url"], made["fields"], ("f", b"a" * 300_000)).status == 400

    assert aws.s3.get_object(Bucket=bucket, Key="key")["Body"].read() == b"before"


@pytest.mark.row("S3-056")
@pytest.mark.parametrize(
    ("condition", "failed"),
    [
        (["eq", "$success_action_redirect", "http://a/b"], '["eq", "$success_action_redirect", "http://a/b"]'),
        (["eq", "success_action_redirect", "http://a/"], '["eq", "success_action_redirect", "http://a/"]'),
        (["eq", "$success_action_redirect", "HTTP://a/"], '["eq", "$success_action_redirect", "HTTP://a/"]'),
        (["starts-with", "$success_action_redirect", "https"], '["starts-with", "$success_action_redirect", "https"]'),
        (["content-length-range", "test", "10"], '["content-length-range", "test", "10"]'),
    ],
)
@VERSIONS
def test_a_condition_that_fails_is_told(
    aws: Clients, bucket: str, send: Any, version: str, condition: Any, failed: str
) -> None:
    fields = {"success_action_redirect": "http://a/"}
    made = form(signing(aws, version), fields=fields, conditions=[*({k: v} for k, v in fields.items()), condition])

    answer = send(made["url"], made["fields"])

    assert (answer.status, answer.members["Code"]) == (403, "AccessDenied")
    assert answer.members["Message"] == f"Invalid according to Policy: Policy Condition failed: {failed}"


@pytest.mark.row("S3-056")
def test_a_form_reaches_only_the_keys_and_bucket_it_was_signed_for(aws: Clients, bucket: str, send: Any) -> None:
    aws.s3.create_bucket(Bucket="other")
    made = form(signing(aws, "s3v4"), "user/${filename}")

    other_key = send(made["url"], {**made["fields"], "key": "root"})
    other_bucket = send(made["url"].replace("/bucket", "/other"), made["fields"])
    pretended = send(made["url"].replace("/bucket", "/other"), {**made["fields"], "bucket": "bucket"})

    assert other_key.members["Message"] == (
        'Invalid according to Policy: Policy Condition failed: ["starts-with", "$key", "user/"]'
    )
    assert other_bucket.members["Message"] == (
        'Invalid according to Policy: Policy Condition failed: ["eq", "$bucket", "bucket"]'
    )
    assert pretended.status == 403
    assert "Contents" not in aws.s3.list_objects_v2(Bucket="other")


def test_a_field_without_a_condition_is_refused(aws: Clients, bucket: str, send: Any) -> None:
    made = form(aws.s3)

    answer = send(made["url"], {**made["fields"], "Content-Type": "text/html", "x-ignore-this": "1"})

    assert answer.members["Message"] == "Invalid according to Policy: Extra input fields: content-type"


@VERSIONS
def test_a_policy_that_is_no_policy_is_refused(aws: Clients, bucket: str, send: Any, version: str) -> None:
    made = form(signing(aws, version), conditions=[{"acl": "private", "key": "key"}])

    answer = send(made["url"], made["fields"])

    assert (answer.status, answer.members["Code"], answer.members["Message"]) == (
        400,
        "InvalidPolicyDocument",
        "Invalid Policy: Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.",
    )


@VERSIONS
def test_a_policy_that_was_changed_does_not_match(aws: Clients, bucket: str, send: Any, version: str) -> None:
    made = form(signing(aws, version))

    answer = send(made["url"], {**made["fields"], "policy": "invalid"})

    assert (answer.status, answer.members["Code"]) == (403, "SignatureDoesNotMatch")
    assert answer.members["StringToSign"] == "invalid"
    assert {"AWSAccessKeyId", "SignatureProvided", "StringToSignBytes"} <= answer.members.keys()
    assert "CanonicalRequest" not in answer.members


@pytest.mark.row("S3-056")
@VERSIONS
def test_a_form_lives_until_its_policy_expires(aws: Clients, bucket: str, clock: Any, send: Any, version: str) -> None:
    made = form(signing(aws, version), ExpiresIn=600)

    first = send(made["url"], made["fields"])
    clock.advance(599)
    last = send(made["url"], made["fields"])
    clock.advance(2)
    dead = send(made["url"], made["fields"])

    assert (first.status, last.status) == (204, 204)
    assert (dead.status, dead.members["Message"]) == (403, "Invalid according to Policy: Policy expired.")


# --- who signs ---


@pytest.mark.row("S3-056")
@pytest.mark.parametrize(("version", "missing"), [("s3", "AWSAccessKeyId"), ("s3v4", "X-Amz-Algorithm")])
def test_a_form_that_lacks_a_signing_field_is_told_which(
    aws: Clients, bucket: str, send: Any, version: str, missing: str
) -> None:
    made = form(signing(aws, version))
    fields = {name: value for name, value in made["fields"].items() if name.lower() != missing.lower()}

    answer = send(made["url"], fields)

    assert (answer.status, answer.members["Code"]) == (400, "InvalidArgument")
    assert answer.members["Message"] == (
        f"Bucket POST must contain a field named '{missing}'.  If it is specified, please check the order of the "
        "fields."
    )
    assert (answer.members["ArgumentName"], answer.members["ArgumentValue"]) == (missing, None)


@pytest.mark.parametrize("kept", [{"key"}, {"key", "policy"}])
@VERSIONS
def test_a_form_that_nobody_signed_is_refused(
    aws: Clients, bucket: str, send: Any, version: str, kept: set[str]
) -> None:
    made = form(signing(aws, version))

    answer = send(made["url"], {name: value for name, value in made["fields"].items() if name in kept})

    assert (answer.status, answer.members["Code"], answer.members["Message"]) == (403, "AccessDenied", "Access Denied")


def test_a_signature_without_a_policy_is_told(aws: Clients, bucket: str, send: Any) -> None:
    made = form(signing(aws, "s3v4"))
    fields = {name: value for name, value in made["fields"].items() if name != "policy"}

    assert send(made["url"], fields).members["ArgumentName"] == "policy"


def test_a_stranger_cannot_post_into_the_bucket(aws: Clients, bucket: str, send: Any) -> None:
    made = form(aws.at(account="111122223333").s3)

    answer = send(made["url"], made["fields"])

    assert (answer.status, answer.members["Code"]) == (403, "AccessDenied")


@pytest.mark.row("S3-125")
def test_a_new_region_takes_no_forms_of_version_2(aws: Clients, send: Any) -> None:
    place = aws.at(region="eu-central-1")
    place.s3.create_bucket(Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    old, new = (form(signing(place, version)) for version in ("s3", "s3v4"))

    answer = send(old["url"], old["fields"])

    assert (answer.status, answer.members["Code"], answer.members["Message"]) == (
        400,
        "InvalidRequest",
        "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
    )
    assert send(new["url"], new["fields"]).status == 204


def test_a_page_of_another_origin_cannot_post_with_test_keys(aws: Clients, bucket: str, send: Any) -> None:
    made = form(aws.s3)

    assert send(made["url"], made["fields"], origin="http://evil.example").status == 403
    assert send(made["url"], made["fields"], origin="http://localhost:3000").status == 204
