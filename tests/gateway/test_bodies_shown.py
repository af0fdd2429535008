"""What the log shows of bodies, and what it never does."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any
from urllib.request import urlopen

import pytest
from tests.conftest import Clients
from tests.running import RunningCloud

from orrery.gateway.bodies_shown import LOOKED_AT, BodiesShown, fields
from orrery.gateway.secrets import OUT, is_secret, target_without_secrets, text_without_secrets
from orrery.testing.thread import cloud_thread

SECRETS = [
    "SecretAccessKey", "secret_key", "Authorization", "X-Amz-Security-Token", "SessionToken", "MasterUserPassword",
    "password", "X-Amz-Signature", "Signature", "PrivateKey", "x-amz-server-side-encryption-customer-key",
    "SecretString", "Plaintext", "ClientSecret", "Set-Cookie", "Token",
]  # fmt: skip
OPEN = [
    "NextToken", "ContinuationToken", "ClientToken", "SecretId", "SecretArn", "SecretVersionId", "AccessKeyId", "Key",
    "PasswordLength", "SignatureVersion", "MessageBody", "X-Amz-SignedHeaders", "x-amz-date",
    "x-amz-server-side-encryption-customer-key-MD5",
]  # fmt: skip


@pytest.mark.parametrize("name", SECRETS)
def test_names_of_secrets_are_known(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize("name", [name for name in OPEN if name != "PasswordLength"])
def test_other_names_are_not_taken_for_secrets(name: str) -> None:
    assert not is_secret(name)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{"User": {"Password": "hush"}, "Keys": [{"SecretAccessKey": "hush"}]}',
         '{"User":{"Password":"[left out]"},"Keys":[{"SecretAccessKey":"[left out]"}]}'),
        ('{"MessageBody": "{\\"token\\": \\"hush\\"}"}', '{"MessageBody":"{\\"token\\":\\"[left out]\\"}"}'),
        ("<R><Credentials><SessionToken>hush</SessionToken><Id>1</Id></Credentials></R>",
         "<R><Credentials><SessionToken>[left out]</SessionToken><Id>1</Id></Credentials></R>"),
        ("Action=X&Tags.1.Password=hush&Name=a+b", "Action=X&Tags.1.Password=[left out]&Name=a+b"),
        ("5;chunk-signature=0123abcd\r\nhello\r\n", "5;chunk-signature=[left out]\r\nhello\r\n"),
        ("hello", "hello"),
        ('{"broken', '{"broken'),
    ],
)  # fmt: skip
def test_secrets_are_left_out_of_every_form_of_body(text: str, shown: str) -> None:
    assert text_without_secrets(text) == shown


def test_a_presigned_target_is_shown_without_what_signs_it() -> None:
    shown = target_without_secrets(b"/b/k?X-Amz-Date=1&X-Amz-Signature=00ff&X-Amz-Security-Token=abc&acl=")
    assert shown == f"/b/k?X-Amz-Date=1&X-Amz-Signature={OUT}&X-Amz-Security-Token={OUT}&acl="


def test_fields_that_sign_are_left_out() -> None:
    raw = [(b"Host", b"x"), (b"Authorization", b"AWS4-HMAC-SHA256 hush"), (b"X-Amz-Security-Token", b"hush")]
    assert fields(raw) == {"host": "x", "authorization": OUT, "x-amz-security-token": OUT}


def test_binary_is_told_by_length_and_hash_and_long_text_is_cut() -> None:
    show = BodiesShown(4)
    assert show.body(b"\x00\xff", 2) == f"[2 bytes, sha256 {hashlib.sha256(bytes((0, 255))).hexdigest()}]"
    assert show.body(b"hello", 5) == "hell… [5 bytes]"
    assert show.body(b"", 9) == "[9 bytes, streamed]"
    assert show.body(b"x" * (LOOKED_AT + 1), 0) == f"[{LOOKED_AT + 1} bytes]"
    assert show.body(b"", 0) == ""


@pytest.fixture
def telling() -> Iterator[RunningCloud]:
    """A cloud that shows bodies."""
    cloud = RunningCloud(cloud_thread(), {"log_bodies": "1K"})
    yield cloud
    cloud.stop()


def explained(cloud: RunningCloud, answer: dict[str, Any]) -> dict[str, Any]:
    """What is known of the request that was answered so."""
    with urlopen(f"{cloud.url}/_orrery/requests/{answer['ResponseMetadata']['RequestId']}", timeout=10) as found:
        told: dict[str, Any] = json.load(found)
    return told


def test_a_cloud_told_to_shows_bodies_without_signatures(telling: RunningCloud) -> None:
    aws = Clients(telling)
    told = explained(telling, aws.sqs.create_queue(QueueName="one", tags={"password": "hush"}))
    assert told["request"] == "POST /"
    assert json.loads(told["request_body"]) == {"QueueName": "one", "tags": {"password": OUT}}
    assert json.loads(told["response_body"])["QueueUrl"].endswith("/one")
    assert told["request_headers"]["authorization"] == OUT
    assert "hush" not in json.dumps(told)


def test_objects_are_shown_as_they_came_and_streamed_ones_by_length(telling: RunningCloud) -> None:
    aws = Clients(telling)
    aws.s3.create_bucket(Bucket="some-bucket")
    told = explained(telling, aws.s3.put_object(Bucket="some-bucket", Key="k", Body=b"hello"))
    assert told["request_body"] == "hello"
    long = explained(telling, aws.s3.put_object(Bucket="some-bucket", Key="l", Body=b"x" * 400_000))
    assert long["request_body"] == f"[{long['received']} bytes, streamed]"
    told = explained(telling, aws.s3.get_object(Bucket="some-bucket", Key="k"))
    assert told["response_body"] == "hello"
    told = explained(telling, aws.s3.get_object(Bucket="some-bucket", Key="l"))
    assert told["response_body"] == "[400000 bytes, streamed]"


def test_nothing_is_shown_where_nobody_asked(cloud: RunningCloud, aws: Clients) -> None:
    assert "request_body" not in explained(cloud, aws.sqs.create_queue(QueueName="one"))
