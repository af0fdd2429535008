"""Throttles asked for by `orrery fail`: the error of each protocol, counted down, and clients that get over it."""

from types import SimpleNamespace
from typing import Any

import botocore.endpoint
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from tests.conftest import Clients
from tests.running import RunningCloud

from orrery.gateway.throttling import throttled

FAMILIES = {
    ("sqs", "CreateQueue", "json"): ("RequestThrottled", None),
    ("sqs", "CreateQueue", "query"): ("RequestThrottled", None),
    ("sts", "GetCallerIdentity", "query"): ("Throttling", 400),
    ("ec2", "DescribeRegions", "ec2"): ("RequestLimitExceeded", 503),
    ("s3", "ListBuckets", "rest-xml"): ("SlowDown", 503),
    ("route53", "ListGeoLocations", "rest-xml"): ("Throttling", 400),
    ("dynamodb", "PutItem", "json"): ("ProvisionedThroughputExceededException", None),
    ("kinesis", "PutRecord", "json"): ("ProvisionedThroughputExceededException", None),
    ("lambda", "ListFunctions", "rest-json"): ("TooManyRequestsException", None),
    ("ecs", "ListClusters", "json"): ("ThrottlingException", 400),
}


def ask(cloud: RunningCloud, account: str = "", region: str = "", **rule: Any) -> None:
    keeper = cloud.cloud.keeper
    cloud.run(lambda: keeper.set_failure("kernel.throttle", rule, account, region))


def asked(cloud: RunningCloud) -> Any:
    return cloud.do(lambda: cloud.cloud.kernel.limits.rule("kernel.throttle"))


def code(call: Any, **arguments: object) -> str:
    """Code and status of a refusal, "" for success."""
    try:
        call(**arguments)
    except ClientError as error:
        return f"{error.response['Error']['Code']} {error.response['ResponseMetadata']['HTTPStatusCode']}"
    return ""


@pytest.mark.row("SDK-006")
@pytest.mark.parametrize(("of", "expected"), FAMILIES.items(), ids=lambda of: "-".join(map(str, of)))
def test_each_family_has_its_own_throttling_error(
    cloud: RunningCloud, of: tuple[str, str, str], expected: tuple[str, int | None]
) -> None:
    service, operation, protocol = of

    fault = throttled(cloud.cloud.pipeline.models(service).operation(operation), protocol)

    assert (fault.code, fault.status) == expected


@pytest.mark.row("SDK-006")
def test_throttles_are_answered_in_the_protocols_form_and_counted_down(cloud: RunningCloud, aws: Clients) -> None:
    ask(cloud, count=3)

    refused = [code(aws.sqs.list_queues), code(aws.sts.get_caller_identity), code(aws.sqs.create_queue, QueueName="a")]
    served = [code(aws.sqs.list_queues), code(aws.sts.get_caller_identity)]

    assert refused == ["RequestThrottled 403", "Throttling 400", "RequestThrottled 403"]
    assert served == ["", ""]
    assert "QueueUrls" not in aws.sqs.list_queues()
    assert asked(cloud) is None


def test_a_throttle_holds_for_the_service_operation_account_and_region_it_names(
    cloud: RunningCloud, aws: Clients
) -> None:
    aws.sqs.create_queue(QueueName="a")
    ask(cloud, account="000000000000", region="us-east-1", service="sqs", operation="CreateQueue")

    assert code(aws.sqs.create_queue, QueueName="b") == "RequestThrottled 403"
    assert code(aws.sqs.list_queues) == ""
    assert code(aws.sts.get_caller_identity) == ""
    assert code(aws.at(region="eu-west-1").sqs.create_queue, QueueName="b") == ""
    assert code(aws.at(account="111111111111").sqs.create_queue, QueueName="b") == ""
    assert asked(cloud) == {"service": "sqs", "operation": "CreateQueue"}


def test_a_rate_of_nothing_throttles_nobody(cloud: RunningCloud, aws: Clients) -> None:
    ask(cloud, rate=0.0, count=1)

    assert code(aws.sqs.list_queues) == ""
    assert asked(cloud) == {"rate": 0.0, "count": 1}


@pytest.mark.parametrize("rule", [{"count": 0}, {"count": "two"}, {"rate": "often"}, {"service": 5}, {"colour": 1}])
def test_a_rule_that_makes_no_sense_is_refused(cloud: RunningCloud, rule: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        ask(cloud, **rule)


@pytest.mark.row("SDK-007")
@pytest.mark.parametrize(("mode", "service"), [("standard", "sqs"), ("legacy", "sqs"), ("standard", "sts")])
def test_one_call_of_a_stock_client_gets_over_two_throttles(
    cloud: RunningCloud, aws: Clients, monkeypatch: pytest.MonkeyPatch, mode: Any, service: str
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=pauses.append))
    client = aws.client(service, config=Config(retries={"mode": mode}))
    ask(cloud, count=2)

    answer = client.list_queues() if service == "sqs" else client.get_caller_identity()

    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert answer["ResponseMetadata"]["RetryAttempts"] == 2
    assert len(pauses) == 2


@pytest.mark.row("SDK-007")
def test_a_client_that_is_throttled_for_good_gives_up_after_its_attempts(
    cloud: RunningCloud, aws: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=lambda _seconds: None))
    standard = aws.client("sqs", config=Config(retries={"mode": "standard"}))
    legacy = aws.client("sqs", config=Config(retries={"mode": "legacy"}))
    ask(cloud)

    before = cloud.cloud.ring.total
    first = code(standard.list_queues)
    between = cloud.cloud.ring.total
    second = code(legacy.list_queues)

    assert (first, second) == ("RequestThrottled 403", "RequestThrottled 403")
    assert (between - before, cloud.cloud.ring.total - between) == (3, 5)
