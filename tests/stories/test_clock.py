"""The virtual clock as stock clients see it: stamps, dates, order, waits and a restart."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from tests.clients.raw import JSON, exchange, raw, signed
from tests.conftest import Clients
from tests.running import RunningCloud, TestClock

DAY = 86_400


def created(sqs: Any, url: str) -> int:
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["CreatedTimestamp"])["Attributes"]
    return int(attributes["CreatedTimestamp"])


def dated(answer: Any) -> float:
    """The Date of an answer, in seconds since 1970."""
    return parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"]).timestamp()


@pytest.mark.row("CLK-001")
def test_the_clock_begins_with_the_hosts_and_stamps_and_dates_move_with_it(
    cloud: RunningCloud, aws: Clients, clock: TestClock
) -> None:
    host = cloud.cloud.clock.host_now() / 1000
    first = aws.sqs.create_queue(QueueName="first")
    clock.advance(DAY)
    second = aws.sqs.create_queue(QueueName="second")
    sent = aws.sqs.send_message(QueueUrl=second["QueueUrl"], MessageBody="hello")
    message = aws.sqs.receive_message(QueueUrl=second["QueueUrl"], AttributeNames=["All"])["Messages"][0]
    session = aws.sts.get_session_token(DurationSeconds=900)["Credentials"]

    assert abs(dated(first) - host) < 60
    assert created(aws.sqs, second["QueueUrl"]) - created(aws.sqs, first["QueueUrl"]) in (DAY, DAY + 1)
    assert dated(sent) - dated(first) in (DAY, DAY + 1)
    assert int(message["Attributes"]["SentTimestamp"]) // 1000 - int(dated(first)) in (DAY, DAY + 1)
    assert abs(session["Expiration"].timestamp() - clock.now() / 1000 - 900) <= 1


@pytest.mark.row("CLK-002")
def test_one_advance_lets_everything_due_happen_in_order_and_once(aws: Clients, clock: TestClock) -> None:
    url = aws.sqs.create_queue(QueueName="jobs", Attributes={"VisibilityTimeout": "2000"})["QueueUrl"]
    for delay in (900, 5, 10):
        aws.sqs.send_message(QueueUrl=url, MessageBody=str(delay), DelaySeconds=delay)
    clock.advance(1000)

    got = [aws.sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] for _ in range(3)]
    more = aws.sqs.receive_message(QueueUrl=url)

    assert sorted(got, key=int) == ["5", "10", "900"]
    assert "Messages" not in more


@pytest.mark.row("CLK-002")
def test_the_advance_over_http_answers_when_all_has_settled(cloud: RunningCloud, aws: Clients) -> None:
    url = aws.sqs.create_queue(QueueName="jobs")["QueueUrl"]
    aws.sqs.send_message(QueueUrl=url, MessageBody="later", DelaySeconds=300)

    body = json.dumps({"advance": 301}).encode()
    asked = Request(f"{cloud.url}/_orrery/clock", body, {"Content-Type": "application/json"})
    with urlopen(asked, timeout=30) as answer:
        state = json.load(answer)

    assert state["offset_seconds"] == pytest.approx(301, abs=60)
    assert aws.sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "later"


@pytest.mark.row("CLK-003")
def test_the_same_signed_request_is_served_twice_and_by_virtual_date_too(
    cloud: RunningCloud, aws: Clients, clock: TestClock
) -> None:
    aws.sqs.create_queue(QueueName="jobs")
    clock.advance(365 * DAY)
    body = b'{"QueueName": "jobs"}'
    fields = {"X-Amz-Target": "AmazonSQS.GetQueueUrl", "Content-Type": JSON}
    by_host = raw(cloud, signed(cloud, body, fields), body)
    by_date = raw(cloud, signed(cloud, body, fields, at=clock.now()), body)  # as the JavaScript SDK corrects itself

    assert [exchange(cloud, request).status for request in (by_host, by_host, by_date)] == [200, 200, 200]


@pytest.mark.row("CLK-005")
def test_a_clock_that_stands_still_stamps_all_alike_and_a_wait_ends_at_its_virtual_end(
    aws: Clients, clock: TestClock, cloud: RunningCloud
) -> None:
    url = aws.sqs.create_queue(QueueName="jobs")["QueueUrl"]
    stamps = {
        message["Attributes"]["SentTimestamp"]
        for body in "abc"
        if aws.sqs.send_message(QueueUrl=url, MessageBody=body)
        for message in aws.sqs.receive_message(QueueUrl=url, AttributeNames=["SentTimestamp"])["Messages"]
    }
    with ThreadPoolExecutor(1) as beside:
        poll = beside.submit(aws.sqs.receive_message, QueueUrl=url, WaitTimeSeconds=20)
        eventually(cloud, lambda: len(cloud.cloud.kernel.waiters) == 1)
        clock.advance(20)

        assert "Messages" not in poll.result(10)
    assert len(stamps) == 1


def eventually(cloud: RunningCloud, holds: Callable[[], bool]) -> None:
    """Look, turn by turn of the cloud's loop, until `holds`."""
    for _ in range(100_000):
        if cloud.do(holds):
            return
    raise AssertionError("it never came")


@pytest.mark.row("CLK-006")
def test_a_cloud_started_again_goes_on_at_its_own_time_and_serves_those_who_sign_with_the_hosts(
    harness: Any, tmp_path: Path
) -> None:
    first = harness.start(data_dir=str(tmp_path))
    url = Clients(first).sqs.create_queue(QueueName="jobs")["QueueUrl"]
    first.clock.advance(30 * DAY)
    Clients(first).sqs.send_message(QueueUrl=url, MessageBody="later", DelaySeconds=60)
    saved = first.clock.now()
    first.stop()

    again = harness.start(data_dir=str(tmp_path))
    aws = Clients(again)
    early = aws.sqs.receive_message(QueueUrl=url)
    began = again.clock.now()
    again.clock.advance(61)
    late = aws.sqs.receive_message(QueueUrl=url)
    again.stop()

    assert saved <= began < saved + DAY * 1000
    assert abs(dated(early) * 1000 - began) < 2000
    assert "Messages" not in early
    assert [message["Body"] for message in late["Messages"]] == ["later"]
