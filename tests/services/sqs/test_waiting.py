"""Long polls: who waits, what ends a wait, and for whom."""

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from tests.conftest import Clients
from tests.running import RunningCloud, TestClock
from tests.services.sqs.asking import Queue, fault_of, fill, waiting


@pytest.fixture
def jobs(aws: Clients) -> Queue:
    return Queue(aws, "jobs")


@pytest.mark.row("SQS-024")
def test_a_long_poll_ends_when_a_message_comes(
    cloud: RunningCloud, jobs: Queue, clock: TestClock, beside: ThreadPoolExecutor
) -> None:
    started = clock.now()
    poll = beside.submit(jobs.bodies, 1, WaitTimeSeconds=20)
    waiting(cloud, 1)
    clock.advance(3)
    assert not poll.done()

    jobs.send("here")

    assert poll.result(5) == ["here"]
    assert clock.now() - started == 3000


@pytest.mark.row("SQS-024")
def test_a_long_poll_without_a_message_ends_empty_when_its_time_is_over(
    cloud: RunningCloud, jobs: Queue, clock: TestClock, beside: ThreadPoolExecutor
) -> None:
    poll = beside.submit(jobs.sqs.receive_message, QueueUrl=jobs.url, WaitTimeSeconds=20)
    waiting(cloud, 1)

    clock.advance(19)
    assert not poll.done()
    clock.advance(1)
    assert "Messages" not in poll.result(5)


@pytest.mark.row("SQS-025")
def test_the_queues_wait_time_holds_for_receives_that_name_none(
    cloud: RunningCloud, aws: Clients, clock: TestClock, beside: ThreadPoolExecutor
) -> None:
    queue = Queue(aws, "jobs", ReceiveMessageWaitTimeSeconds=10)

    assert queue.bodies(WaitTimeSeconds=0) == []
    poll = beside.submit(queue.bodies)
    waiting(cloud, 1)
    clock.advance(9)
    assert not poll.done()
    queue.send("here")
    assert poll.result(5) == ["here"]


@pytest.mark.row("SQS-026")
def test_waiting_costs_fewer_calls_than_asking(
    cloud: RunningCloud, jobs: Queue, clock: TestClock, beside: ThreadPoolExecutor
) -> None:
    asked = 0
    for second in range(60):
        if second == 30:
            jobs.send("one")
        asked += 1
        jobs.bodies(VisibilityTimeout=900)
        clock.advance(1)
    waited = 0
    for second in range(0, 60, 20):
        poll = beside.submit(jobs.bodies, 1, WaitTimeSeconds=20, VisibilityTimeout=900)
        waiting(cloud, 1)
        waited += 1
        if second == 20:
            jobs.send("two")
        clock.advance(20)
        poll.result(5)

    assert (asked, waited) == (60, 3)


@pytest.mark.row("SQS-024")
def test_a_delay_that_ends_wakes_one_who_waits(
    cloud: RunningCloud, jobs: Queue, clock: TestClock, beside: ThreadPoolExecutor
) -> None:
    poll = beside.submit(jobs.bodies, 1, WaitTimeSeconds=20)
    waiting(cloud, 1)
    jobs.send("late", DelaySeconds=7)

    clock.advance(6.9)
    assert not poll.done()
    clock.advance(0.1)
    assert poll.result(5) == ["late"]


@pytest.mark.row("SQS-024")
def test_a_timeout_that_ends_wakes_one_who_waited_before_it_began(
    cloud: RunningCloud, jobs: Queue, clock: TestClock, beside: ThreadPoolExecutor
) -> None:
    jobs.send("taken")
    (taken,) = jobs.receive(VisibilityTimeout=100)
    polls = [beside.submit(jobs.bodies, 1, WaitTimeSeconds=20) for _ in range(2)]
    waiting(cloud, 2)
    jobs.hide(taken, 5)

    clock.advance(5)

    done = [poll for poll in polls if wait_done(poll)]
    assert [poll.result(5) for poll in done] == [["taken"]]
    clock.advance(15)
    assert sorted(poll.result(5) for poll in polls) == [[], ["taken"]]


@pytest.mark.row("SQS-024")
def test_a_message_given_back_wakes_one_who_waits(cloud: RunningCloud, jobs: Queue, beside: ThreadPoolExecutor) -> None:
    jobs.send("taken")
    (taken,) = jobs.receive()
    poll = beside.submit(jobs.bodies, 1, WaitTimeSeconds=20)
    waiting(cloud, 1)

    jobs.hide(taken, 0)

    assert poll.result(5) == ["taken"]


@pytest.mark.row("SQS-024")
def test_each_of_many_who_wait_gets_a_message_of_their_own(
    cloud: RunningCloud, aws: Clients, jobs: Queue, beside: ThreadPoolExecutor
) -> None:
    polls = [beside.submit(aws.client("sqs").receive_message, QueueUrl=jobs.url, WaitTimeSeconds=20) for _ in range(15)]
    waiting(cloud, 15)

    fill(jobs, 15)

    bodies = [message["Body"] for poll in polls for message in poll.result(10)["Messages"]]
    assert sorted(bodies, key=int) == [str(n) for n in range(15)]


@pytest.mark.row("SQS-024")
def test_a_queue_that_is_deleted_ends_the_waits_on_it(
    cloud: RunningCloud, jobs: Queue, beside: ThreadPoolExecutor
) -> None:
    polls = [beside.submit(fault_of, jobs.receive, WaitTimeSeconds=20) for _ in range(3)]
    waiting(cloud, 3)

    jobs.sqs.delete_queue(QueueUrl=jobs.url)

    assert {poll.result(5)[0] for poll in polls} == {"AWS.SimpleQueueService.NonExistentQueue"}


def wait_done(poll: "Future[Any]") -> bool:
    """Whether a call ends within a moment."""
    try:
        poll.result(0.5)
    except TimeoutError:
        return False
    return True


@pytest.mark.row("SQS-026")
def test_asking_an_empty_queue_writes_nothing(cloud: RunningCloud, jobs: Queue, clock: TestClock) -> None:
    jobs.send("once")
    jobs.delete(*jobs.receive())
    clock.advance(100)
    assert jobs.receive() == []

    for _ in range(3):
        clock.advance(100)
        before = cloud.cloud.kernel.committer.version
        assert jobs.receive() == []
        assert jobs.counts() == (0, 0, 0)
        assert cloud.cloud.kernel.committer.version == before
