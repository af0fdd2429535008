import json

from orrery.gateway.ring import Entry, Ring

ENTRY = Entry(
    "r-1", 1_900_000_000_000, "sqs.CreateQueue", 200, 1400, "000000000000", "eu-west-3", "root", "", "", "", ""
)


def test_a_request_is_one_line_of_text_or_one_json_object() -> None:
    written: list[str] = []
    text = Ring(write=written.append)
    as_json = Ring(write=written.append, as_json=True, host=lambda: 1795428000000.0)
    text.add(ENTRY)
    as_json.add(ENTRY._replace(error="QueueDoesNotExist", status=400, started=2.5))
    text.flush()
    as_json.flush()
    assert written[0] == "sqs.CreateQueue 200 1.4 ms\n"
    assert json.loads(written[1]) == {
        "time": "2026-11-23T10:00:02.500Z",
        "level": "info",
        "event": "request",
        "virtual_time": "2030-03-17T17:46:40.000Z",
        "id": "r-1",
        "operation": "sqs.CreateQueue",
        "status": 400,
        "milliseconds": 1.4,
        "account": "000000000000",
        "region": "eu-west-3",
        "principal": "root",
        "received": 0,
        "sent": 0,
        "error": "QueueDoesNotExist",
    }


def test_the_oldest_request_is_forgotten_first_and_none_is_written_without_a_log() -> None:
    ring = Ring(size=2)
    for number in range(3):
        ring.add(ENTRY._replace(id=f"r-{number}"))
    assert [entry.id for entry in ring.last(9)] == ["r-1", "r-2"]
    assert ring.find("r-0") is None
    assert ring.total == 3
