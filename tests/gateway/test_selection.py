import pytest

from orrery.gateway.ring import Entry
from orrery.gateway.selection import ALL, read_selection

NOON = 1_900_000_000_000


def entry(id: str, operation: str, status: int = 200, error: str = "", account: str = "000000000000") -> Entry:
    at = NOON + int(id) * 1000
    return Entry(id, at, operation, status, 1400, account, "eu-west-3", "root", "", error, "", "")


ENTRIES = [
    entry("1", "sqs.CreateQueue"),
    entry("2", "sqs.SendMessage", 400, "QueueDoesNotExist"),
    entry("3", "s3.GetObject", 404, "NoSuchKey", "111122223333"),
    entry("4", "sts.GetCallerIdentity", 503, "ServiceUnavailable"),
    entry("5", "s3.PutObject"),
]


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({}, "12345"),
        ({"service": "sqs"}, "12"),
        ({"service": "SQS, sts"}, "124"),
        ({"operation": "getobject"}, "3"),
        ({"operation": "s3.Put*"}, "5"),
        ({"operation": "*Object"}, "35"),
        ({"status": "200"}, "15"),
        ({"status": "4xx,503"}, "234"),
        ({"error": "*"}, "234"),
        ({"error": "NoSuch*"}, "3"),
        ({"account": "111122223333"}, "3"),
        ({"since": "2s"}, "345"),
        ({"since": "2030-03-17T17:46:44Z"}, "45"),
        ({"after": "3"}, "45"),
        ({"after": "gone"}, "12345"),
        ({"after": "2", "service": "s3", "error": "*"}, "3"),
    ],
)
def test_the_query_chooses(query: dict[str, str], ids: str) -> None:
    wanted = read_selection(query, NOON + 5000)
    assert "".join(each.id for each in wanted.of(ENTRIES, 100)) == ids


def test_of_many_the_newest_are_shown() -> None:
    assert [each.id for each in ALL.of(ENTRIES, 2)] == ["4", "5"]
    assert ALL.of(ENTRIES, 0) == []


@pytest.mark.parametrize("query", [{"status": "late"}, {"status": "600"}, {"since": "yesterday"}, {"since": "5"}])
def test_what_cannot_be_meant_is_refused(query: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="give"):
        read_selection(query, NOON)
