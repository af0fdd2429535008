"""What a Host names."""

import pytest

from orrery.wire import hosts
from orrery.wire.hosts import NOTHING, HostHint, read_host


@pytest.mark.parametrize(
    ("host", "hint"),
    [
        ("sqs.us-east-1.amazonaws.com", HostHint("sqs", "us-east-1")),
        ("SQS.eu-west-3.AMAZONAWS.com:443", HostHint("sqs", "eu-west-3")),
        ("sts.amazonaws.com", HostHint("sts")),
        ("us-west-2.queue.amazonaws.com", HostHint("queue", "us-west-2")),
        ("queue.amazonaws.com", HostHint("queue")),
        ("sqs.cn-north-1.amazonaws.com.cn", HostHint("sqs", "cn-north-1")),
        ("sqs.us-gov-west-1.amazonaws.com", HostHint("sqs", "us-gov-west-1")),
        ("sqs.us-east-1.localhost.localstack.cloud:4566", HostHint("sqs", "us-east-1", local=True)),
        ("dynamodb-fips.us-east-1.amazonaws.com", HostHint("dynamodb", "us-east-1")),
        ("data.iot.us-east-1.amazonaws.com", HostHint("iot", "us-east-1", None, "data")),
        ("s3.amazonaws.com", HostHint("s3")),
        ("s3-eu-west-1.amazonaws.com", HostHint("s3", "eu-west-1")),
        ("bucket.s3.amazonaws.com", HostHint("s3", None, "bucket")),
        ("a.dotted.bucket.s3.eu-west-1.amazonaws.com", HostHint("s3", "eu-west-1", "a.dotted.bucket")),
        ("bucket.s3.dualstack.us-east-2.amazonaws.com", HostHint("s3", "us-east-2", "bucket")),
        ("bucket.s3-accelerate.amazonaws.com", HostHint("s3", None, "bucket")),
        ("bucket.s3.localhost:4566", HostHint("s3", None, "bucket", local=True)),
        ("bucket.s3.us-west-2.localhost:4566", HostHint("s3", "us-west-2", "bucket", local=True)),
        ("bucket.s3.eu-west-1.localhost.localstack.cloud", HostHint("s3", "eu-west-1", "bucket", local=True)),
        ("my.bucket.localhost:4566", HostHint("bucket", None, None, "my", local=True)),
        ("bucket.orrery.localhost", HostHint("bucket", local=True)),
        ("orrery.localhost:4566", NOTHING),
        ("localhost:4566", NOTHING),
        ("127.0.0.1:4566", NOTHING),
        ("[::1]:4566", NOTHING),
        ("my.proxy.example", NOTHING),
        ("", NOTHING),
    ],
)
def test_a_host_names_service_region_and_bucket(host: str, hint: HostHint) -> None:
    assert read_host(host) == hint


@pytest.mark.parametrize(
    ("host", "hint"),
    [
        ("cloud.example.test:4566", NOTHING),
        ("Bucket.Cloud.Example.test", HostHint("bucket", local=True)),
        ("b.c.s3.cloud.example.test", HostHint("s3", None, "b.c", local=True)),
        ("sqs.eu-west-1.cloud.example.test", HostHint("sqs", "eu-west-1", local=True)),
        ("bucket.s3.wild.test", HostHint("s3", None, "bucket", local=True)),
        ("cloud.example.test.evil.example", NOTHING),
        ("evilcloud.example.test", NOTHING),
        ("s3.localhost", HostHint("s3", local=True)),
    ],
)
def test_names_of_the_settings_carry_services_and_buckets_too(host: str, hint: HostHint) -> None:
    assert read_host(host, ("cloud.example.test", "*.wild.test")) == hint


def test_what_stands_behind_s3_is_looked_at_once_however_often_the_host_says_s3(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked: list[str] = []

    class Regions:
        def match(self, label: str) -> None:
            looked.append(label)

    monkeypatch.setattr(hosts, "_REGION", Regions())
    read_host("s3." * 100 + "x.localhost")

    assert len(looked) <= 1 + 101  # once for the bucket's form, once a label for the others
