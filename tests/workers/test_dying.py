"""The program with gateways, killed and stopped: nothing acknowledged is lost, nobody is left behind."""

import os
import select
import signal
from pathlib import Path

import pytest
from tests.crash.program import Client, Program
from tests.crash.test_kill import HIDDEN, Worker, drain

WORKERS = ("--workers", "2")


def children_of(pid: int) -> list[int]:
    """The processes that a process has started."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(word) for task in tasks for word in task.read_text().split()]


def test_nothing_acknowledged_is_lost_when_all_processes_are_killed_under_load(tmp_path: Path) -> None:
    program = Program(tmp_path, *WORKERS)
    gateways = children_of(program.pid)
    setup = Client(program.port)
    url = setup("CreateQueue", QueueName="jobs")["QueueUrl"]
    workers = [Worker(program.port, url, seed=number) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.busy.wait(30)
    for pid in gateways:
        os.kill(pid, signal.SIGKILL)
    program.kill()
    for worker in workers:
        worker.join(30)
    setup.close()

    again = Program(tmp_path)
    again.advance(HIDDEN)
    client = Client(again.port)
    found = drain(client, url)
    client.close()
    again.kill()

    deleted = set().union(*(worker.deleted for worker in workers))
    maybe = set().union(*(worker.maybe_deleted for worker in workers))
    sent = set().union(*(worker.sent for worker in workers))
    assert len(gateways) == 2
    assert len(found) == len(set(found))
    assert not deleted & set(found)
    assert sent - maybe <= set(found)


def test_the_gateways_end_with_the_kernels_process(tmp_path: Path) -> None:
    program = Program(tmp_path, *WORKERS)
    ends = [os.pidfd_open(pid) for pid in children_of(program.pid)]

    program.kill()

    poll = select.poll()
    for end in ends:
        poll.register(end, select.POLLIN)
    gone: set[int] = set()
    while len(gone) < len(ends):
        found = poll.poll(30_000)
        assert found
        for end, _ in found:
            gone.add(end)
            poll.unregister(end)
    for end in ends:
        os.close(end)
    assert len(gone) == 2


def test_a_stop_lets_every_gateway_finish_what_it_has_begun(tmp_path: Path) -> None:
    program = Program(tmp_path, *WORKERS)
    client = Client(program.port)
    empty = client("CreateQueue", QueueName="empty")["QueueUrl"]
    pollers = [Client(program.port) for _ in range(4)]
    for poller in pollers:
        poller("GetQueueUrl", QueueName="empty")
        poller.ask("ReceiveMessage", QueueUrl=empty, WaitTimeSeconds=20)
    program.until_waiting(4)

    program.signal_stop()

    assert [poller.take("ReceiveMessage") for poller in pollers] == [{}] * 4
    for each in (*pollers, client):
        each.close()
    assert program.wait() == 0


def test_a_port_that_is_taken_is_told_of(tmp_path: Path) -> None:
    program = Program(tmp_path / "one", *WORKERS)

    with pytest.raises(RuntimeError, match="ended with 1"):
        Program(tmp_path / "two", *WORKERS, "--port", str(program.port))

    program.kill()
