"""Random lives of queues: after every step the kept counts are what counting everything gives."""

from collections import Counter
from random import Random
from typing import Any

import pytest
from tests.conftest import Clients
from tests.running import RunningCloud, TestClock
from tests.services.sqs.asking import ACCOUNT, Queue

from orrery.kernel.transaction import Transaction
from orrery.services.sqs.counting import queue_counts
from orrery.services.sqs.levels import Tally
from orrery.services.sqs.records import Due, Flight, Group, Lane, Level, Message
from orrery.services.sqs.records import Queue as Row


class Life:
    """One queue under a stream of random requests."""

    def __init__(self, queue: Queue, clock: TestClock, random: Random, groups: tuple[str | None, ...]) -> None:
        self.queue = queue
        self.clock = clock
        self.random = random
        self.groups = groups
        self.held: list[dict[str, Any]] = []
        self.sent: Counter[str] = Counter()
        self.deleted: set[str] = set()
        self.fifo = queue.name.endswith(".fifo")

    def step(self) -> None:
        """Do one thing."""
        moves = [self.send, self.send, self.receive, self.receive, self.delete, self.hide, self.wait]
        self.random.choice(moves)()

    def send(self) -> None:
        entries: list[dict[str, Any]] = []
        for place in range(self.random.randint(1, 6)):
            group = self.random.choice(self.groups)
            entry: dict[str, Any] = {"Id": str(place), "MessageBody": str(self.random.random())}
            if group is not None:
                entry["MessageGroupId"] = group
            if not self.fifo:
                entry["DelaySeconds"] = self.random.choice((0, 0, 3, 20))
            entries.append(entry)
        self.queue.sqs.send_message_batch(QueueUrl=self.queue.url, Entries=entries)

    def receive(self) -> None:
        timeout = self.random.choice((0, 1, 5, 30))
        self.held += self.queue.receive(self.random.randint(1, 10), VisibilityTimeout=timeout)

    def delete(self) -> None:
        for message in self.random.sample(self.held, min(len(self.held), 3)):
            entries = [{"Id": "a", "ReceiptHandle": message["ReceiptHandle"]}]
            self.queue.sqs.delete_message_batch(QueueUrl=self.queue.url, Entries=entries)
            self.held.remove(message)

    def hide(self) -> None:
        for message in self.random.sample(self.held, min(len(self.held), 2)):
            timeout = self.random.choice((0, 2, 40))
            entries = [{"Id": "a", "ReceiptHandle": message["ReceiptHandle"], "VisibilityTimeout": timeout}]
            self.queue.sqs.change_message_visibility_batch(QueueUrl=self.queue.url, Entries=entries)

    def wait(self) -> None:
        self.clock.advance(self.random.choice((0.001, 0.5, 1, 3.3, 20, 70)))


def check(tx: Transaction, name: str) -> None:
    """Compare what is kept with what is there."""
    queue = tx.one(Row, name)
    space, now = queue.space, tx.now
    tally = Tally(tx, space)
    messages = {row.seq: row for row in tx.list(Message, space)}
    flights = {row.seq: row for row in tx.list(Flight, space)}
    lanes: Counter[str] = Counter(row.group for row in tx.list(Lane, space))
    groups: dict[str, Group] = {row.id: row for row in tx.list(Group, space)}
    hidden = {seq: row for seq, row in flights.items() if row.visible is not None and row.visible > now}
    delayed = sum(row.delayed for row in hidden.values())
    if queue.fifo:
        delayed = sum(row.sent + queue.delay > now for row in messages.values())
        in_flight = len(hidden)
    else:
        in_flight = len(hidden) - delayed
    counts = queue_counts(tx, queue, tally)

    assert (counts.visible, counts.in_flight, counts.delayed) == (
        len(messages) - in_flight - delayed,
        in_flight,
        delayed,
    )
    assert set(flights) <= set(messages)
    assert tally.total == len(messages)
    assert tally.fresh == sum(row.fresh and seq >= tally.cursor for seq, row in messages.items())
    waiting = [row.visible for row in flights.values() if row.visible is not None]
    assert all(tally.due <= max(visible, now) for visible in waiting)
    unsettled = [row for row in flights.values() if row.visible is not None and row.visible // 1000 >= tally.settled]
    assert tally.flight + tally.delayed == len(unsettled)
    assert tally.flight + tally.delayed == sum(row.flight + row.delayed for row in tx.list(Due, space))
    assert {group: row.size for group, row in groups.items() if row.size} == dict(lanes)
    busy: Counter[str] = Counter(
        row.group for row in flights.values() if row.group is not None and row.visible is not None and not row.delayed
    )
    assert {group: row.flight for group, row in groups.items() if row.flight} == dict(busy)
    assert tally.groups == sum(row.head is not None for row in groups.values())
    for group, row in groups.items():
        locked = queue.fifo and row.flight
        first = tx.list(Lane, space, group, limit=1)
        assert row.head == (None if locked or not first else first[0].seq)


@pytest.mark.row("SQS-027", "SQS-038")
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(
    ("name", "groups", "attributes"),
    [
        ("plain", (None,), {}),
        ("grouped", (None, "a", "b", "c"), {}),
        ("dying", (None, "a"), {"dead": True}),
        ("old", (None, "a"), {"MessageRetentionPeriod": 60}),
        ("ordered.fifo", ("a", "b", "c"), {"ContentBasedDeduplication": True}),
        ("late.fifo", ("a", "b"), {"ContentBasedDeduplication": True, "DelaySeconds": 5}),
        ("dying.fifo", ("a", "b"), {"ContentBasedDeduplication": True, "dead": True}),
        ("old.fifo", ("a", "b"), {"ContentBasedDeduplication": True, "MessageRetentionPeriod": 60}),
    ],
)
def test_counts_hold_through_a_random_life(
    cloud: RunningCloud,
    aws: Clients,
    clock: TestClock,
    name: str,
    groups: tuple[str | None, ...],
    attributes: dict[str, Any],
    seed: int,
) -> None:
    names = [name]
    attributes = dict(attributes)
    if attributes.pop("dead", False):
        dead = Queue(aws, f"dead-{name}", **attributes)
        names.append(dead.name)
        attributes["RedrivePolicy"] = {"deadLetterTargetArn": dead.arn, "maxReceiveCount": 2}
    life = Life(Queue(aws, name, **attributes), clock, Random(seed), groups)
    kernel = cloud.cloud.kernel

    for _ in range(80):
        life.step()
        for each in names:
            cloud.do(lambda each=each: check(kernel.read(kernel.place(ACCOUNT, "us-east-1")), each))  # type: ignore[misc]
    clock.advance(100)
    while messages := life.queue.receive(10):
        life.queue.delete(*messages)
    if name.endswith(".fifo") or name != "old":
        cloud.do(lambda: check(kernel.read(kernel.place(ACCOUNT, "us-east-1")), name))

    assert life.queue.counts() == (0, 0, 0)
    tx = kernel.read(kernel.place(ACCOUNT, "us-east-1"))
    space = cloud.do(lambda: tx.one(Row, name)).space
    assert cloud.do(lambda: [tx.list(record, space) for record in (Message, Flight, Lane, Group)]) == [[]] * 4
    level = cloud.do(lambda: tx.get(Level, space))
    assert level is None or (level.total, level.fresh, level.groups) == (0, 0, 0)
