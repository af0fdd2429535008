"""`kill -9` in the middle of everything: nothing acknowledged is lost, nothing half done is seen."""

import http.client
import random
import threading
from pathlib import Path

import pytest
from tests.crash.program import Client, Program

GONE = (OSError, http.client.HTTPException)
HIDDEN = 600
"""Seconds for which what a worker received is nobody else's, so that each delete is of the newest receipt."""


class Worker(threading.Thread):
    """Sends, receives and deletes until the program has gone, keeping count of what was acknowledged."""

    def __init__(self, port: int, url: str, seed: int) -> None:
        super().__init__()
        self._client = Client(port)
        self._url = url
        self._random = random.Random(seed)
        self.seed = seed
        self.sent: set[str] = set()
        self.deleted: set[str] = set()
        self.maybe_deleted: set[str] = set()
        self.busy = threading.Event()

    def run(self) -> None:
        count = 0
        try:
            while True:
                count += 1
                self._step(count)
                if count == 5:
                    self.busy.set()
        except GONE:
            self._client.close()

    def _step(self, count: int) -> None:
        if self._random.random() < 0.6:
            body = f"{self.seed}-{count}"
            self._client("SendMessage", QueueUrl=self._url, MessageBody=body)
            self.sent.add(body)
            return
        answer = self._client("ReceiveMessage", QueueUrl=self._url, MaxNumberOfMessages=3, VisibilityTimeout=HIDDEN)
        for message in answer.get("Messages", []):
            if self._random.random() < 0.3:
                self.maybe_deleted.add(message["Body"])
                self._client("DeleteMessage", QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
                self.deleted.add(message["Body"])


def drain(client: Client, url: str) -> list[str]:
    """Everything in the queue, deleted as it is read."""
    bodies: list[str] = []
    while messages := client("ReceiveMessage", QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        entries = [{"Id": str(n), "ReceiptHandle": m["ReceiptHandle"]} for n, m in enumerate(messages)]
        client("DeleteMessageBatch", QueueUrl=url, Entries=entries)
        bodies += [message["Body"] for message in messages]
    return bodies


@pytest.mark.parametrize("durability", ["crash", "power"])
@pytest.mark.parametrize("round_", range(5))
def test_nothing_acknowledged_is_lost_by_a_kill_under_load(tmp_path: Path, round_: int, durability: str) -> None:
    program = Program(tmp_path, "--durability", durability)
    setup = Client(program.port)
    url = setup("CreateQueue", QueueName="jobs")["QueueUrl"]
    workers = [Worker(program.port, url, seed=round_ * 10 + n) for n in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.busy.wait(30)
    program.kill()
    for worker in workers:
        worker.join(30)
    setup.close()
    sent = set().union(*(worker.sent for worker in workers))
    deleted = set().union(*(worker.deleted for worker in workers))
    maybe = set().union(*(worker.maybe_deleted for worker in workers))

    again = Program(tmp_path)
    again.advance(HIDDEN)
    client = Client(again.port)
    counted = client("GetQueueAttributes", QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    found = drain(client, url)
    client.close()
    again.kill()

    assert len(found) == len(set(found)) == int(counted["Attributes"]["ApproximateNumberOfMessages"])
    assert not deleted & set(found)
    assert sent - maybe <= set(found)


def test_a_stop_lets_requests_in_flight_finish_and_a_start_finds_everything(tmp_path: Path) -> None:
    program = Program(tmp_path)
    client = Client(program.port)
    url = client("CreateQueue", QueueName="jobs")["QueueUrl"]
    empty = client("CreateQueue", QueueName="empty")["QueueUrl"]
    poller = Client(program.port)
    poller("GetQueueUrl", QueueName="empty")  # its connection is accepted: what it sends next is read with the others'
    poller.ask("ReceiveMessage", QueueUrl=empty, WaitTimeSeconds=1)
    client("SendMessage", QueueUrl=url, MessageBody="kept")
    client.close()
    program.signal_stop()
    answer = poller.take("ReceiveMessage")
    poller.close()
    code = program.wait()

    again = Program(tmp_path)
    client = Client(again.port)
    seen = client("GetQueueAttributes", QueueUrl=url, AttributeNames=["All"])["Attributes"]
    client.close()
    again.kill()

    assert code == 0
    assert answer == {}
    assert int(seen["ApproximateNumberOfMessages"]) == 1


def test_a_second_program_on_the_same_directory_is_refused(tmp_path: Path) -> None:
    program = Program(tmp_path)

    with pytest.raises(RuntimeError, match="ended with 1"):
        Program(tmp_path)

    program.kill()
