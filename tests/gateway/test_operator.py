import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest

from orrery.gateway import operator
from orrery.gateway.metrics import Family, one
from orrery.gateway.operated import Kept, Operated
from orrery.gateway.selection import Selection
from orrery.wire.http import Answer, Head

DAY = 86_400_000
NOON = 1_900_000_000_000


class Figure:
    """A cloud of plain values: it keeps what the operator interface told it."""

    host_names: tuple[str, ...] = ("cloud.test",)
    states: Any = None

    def __init__(self) -> None:
        self.now = NOON
        self.mode, self.rate = "real", 1.0
        self.told: list[tuple[object, ...]] = []
        self.root = False

    def signed_by_root(self, head: Head, body: bytes | None) -> bool:
        return self.root

    def health(self) -> Mapping[str, Any]:
        return {"pid": 4711, "uptime_seconds": 3.5}

    def services(self) -> Mapping[str, bool]:
        return {"sqs": True, "sts": False}

    def clock(self) -> Mapping[str, Any]:
        return {"now": self.now, "host": NOON, "mode": self.mode, "rate": self.rate}

    async def advance(self, length: int) -> int:
        self.now += length
        return 3

    async def turn_to(self, instant: int) -> int:
        self.now = instant
        return 2

    def set_clock(self, mode: str, rate: float) -> None:
        if rate <= 0:
            raise ValueError("the rate must be above 0")
        self.mode, self.rate = mode, rate

    def limits(self, account: str, region: str) -> list[dict[str, Any]]:
        return [{"name": "sqs.message-size", "value": 1024, "account": account}]

    async def set_limit(self, name: str, value: int, account: str, region: str) -> None:
        if name != "sqs.message-size":
            raise LookupError(f"no limit is called {name}")
        self.told.append((name, value, account, region))

    async def reset_limits(self, name: str | None, account: str, region: str) -> None:
        self.told.append(("reset", name, account, region))

    def era(self, account: str) -> str:
        return "today"

    async def set_era(self, era: str, account: str) -> None:
        self.told.append(("era", era, account))

    def failures(self) -> list[dict[str, Any]]:
        return [{"name": "sqs.duplicate", "rule": None}]

    async def set_failure(self, name: str, rule: Mapping[str, Any], account: str, region: str) -> None:
        self.told.append((name, dict(rule), account, region))

    async def clear_failures(self, name: str | None) -> None:
        self.told.append(("clear", name))

    def requests(self, limit: int, wanted: Selection) -> list[dict[str, Any]]:
        self.told.append(("requests", limit, wanted))
        entries: list[dict[str, Any]] = [{"id": "r-1"}, {"id": "r-2", "time": NOON}]
        return entries[-limit:]

    def request(self, request_id: str) -> Mapping[str, Any] | None:
        return {"id": request_id} if request_id == "r-1" else None

    form_token = "t0ken"
    open_metrics = False

    def tables(self, service: str, account: str, region: str, limit: int) -> list[Kept]:
        return []

    def measures(self) -> list[Family]:
        return [one("orrery_waiters", "gauge", "Operations that wait.", 3)]

    def doctor(self) -> Mapping[str, Any]:
        return {"store": "sqlite"}

    def authority(self) -> str | None:
        return "-----BEGIN CERTIFICATE-----\n"

    def prepared(self) -> Mapping[str, Any]:
        return {
            "completed": {"BOOT": True, "START": True, "READY": True, "SHUTDOWN": False},
            "scripts": [{"stage": "READY", "name": "queues.sh", "state": "ERROR"}],
        }

    def seed(self, number: int) -> None:
        self.told.append(("seed", number))

    def stop(self) -> None:
        self.told.append(("stop",))

    async def reset(self, service: str | None) -> None:
        self.told.append(("reset", service))

    async def look(self, path: str, query: Mapping[str, str], head: Head) -> Answer | None:
        return Answer(200, [], b'"looked"') if path == "/_orrery/sqs/why" else None


def head(method: str, target: str, *, peer: str = "127.0.0.1", **fields: str) -> Head:
    given = {"host": "localhost:4566"} | {name.replace("_", "-"): value for name, value in fields.items()}
    return Head(method, target.encode(), [(k.encode(), v.encode()) for k, v in given.items()], peer=peer)


def ask(cloud: Operated, request: Head, values: object = None) -> tuple[int, Any]:
    body = b"" if values is None else json.dumps(values).encode()
    answer = asyncio.run(operator.handle(cloud, request, body))
    assert isinstance(answer, Answer)
    return answer.status, json.loads(answer.body)


@pytest.fixture
def cloud() -> Figure:
    return Figure()


def test_operator_paths_are_claimed_and_others_are_not() -> None:
    claimed = ["/_orrery/health", "/_localstack/health", "/moto-api/reset", "/_aws/sqs/messages?QueueUrl=x"]
    assert [operator.claims(head("GET", path)) for path in claimed] == [True] * 4
    assert [operator.claims(head("GET", path)) for path in ("/", "/bucket/_orrery/x", "/_other")] == [False] * 3


def test_a_bucket_with_its_own_host_name_keeps_operator_paths_as_keys() -> None:
    request = head("GET", "/_orrery/health", host="photos.s3.us-east-1.localhost.localstack.cloud")
    assert not operator.claims(request)


def test_health_names_version_clock_and_services(cloud: Figure) -> None:
    status, shown = ask(cloud, head("GET", "/_orrery/health"))
    assert status == 200
    assert shown["status"] == "running"
    assert shown["pid"] == 4711
    assert shown["services"] == ["sqs", "sts"]
    assert shown["clock"]["now"] == "2030-03-17T17:46:40.000Z"


def test_localstack_health_tells_used_services_from_available_ones(cloud: Figure) -> None:
    _, shown = ask(cloud, head("GET", "/_localstack/health"))
    assert shown["services"] == {"sqs": "running", "sts": "available"}


def test_localstack_init_tells_every_stage_or_one(cloud: Figure) -> None:
    assert ask(cloud, head("GET", "/_localstack/init"))[1]["completed"]["READY"] is True
    assert ask(cloud, head("GET", "/_localstack/init/shutdown"))[1] == {"completed": False, "scripts": []}
    failed = [{"stage": "READY", "name": "queues.sh", "state": "ERROR"}]
    assert ask(cloud, head("GET", "/_localstack/init/ready"))[1] == {"completed": True, "scripts": failed}
    assert ask(cloud, head("GET", "/_localstack/init/lunch"))[0] == 404


def test_localstack_info_shows_virtual_time(cloud: Figure) -> None:
    assert ask(cloud, head("GET", "/_localstack/info"))[1]["server_time_utc"] == "2030-03-17T17:46:40"


@pytest.mark.parametrize("path", ["/moto-api/reset", "/_localstack/state/reset", "/_orrery/reset"])
def test_each_resets_everything_by_post_only(cloud: Figure, path: str) -> None:
    assert ask(cloud, head("GET", path))[0] == 405
    assert cloud.told == []
    assert ask(cloud, head("POST", path)) == (200, {"status": "ok"})
    assert cloud.told == [("reset", None)]


def test_one_service_is_reset_alone_and_an_unknown_one_is_refused(cloud: Figure) -> None:
    ask(cloud, head("POST", "/_localstack/state/sqs/reset"))
    assert cloud.told == [("reset", "sqs")]
    assert ask(cloud, head("POST", "/_localstack/state/nothing/reset"))[0] == 404


def test_advancing_answers_when_settled_with_the_new_time(cloud: Figure) -> None:
    status, shown = ask(cloud, head("POST", "/_orrery/clock"), {"advance": 86400})
    assert (status, cloud.now) == (200, NOON + DAY)
    assert (shown["now"], shown["offset_seconds"], shown["fired"]) == ("2030-03-18T17:46:40.000Z", 86400, 3)


def test_the_clock_is_set_to_an_instant(cloud: Figure) -> None:
    ask(cloud, head("POST", "/_orrery/clock"), {"set": "2031-01-01T00:00:00+01:00"})
    assert cloud.now == 1_924_988_400_000


def test_mode_and_rate_change_together(cloud: Figure) -> None:
    ask(cloud, head("POST", "/_orrery/clock"), {"rate": 60})
    assert (cloud.mode, cloud.rate) == ("real", 60)
    ask(cloud, head("POST", "/_orrery/clock"), {"mode": "manual"})
    assert (cloud.mode, cloud.rate) == ("manual", 1)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"advance": -1},
        {"advance": "1"},
        {"advance": True},
        {"advance": 1e18},
        {"set": "2000-01-01T00:00:00Z"},
        {"set": "soon"},
        {"mode": "sideways"},
        {"rate": 0},
        {"forward": 5},
    ],
)
def test_what_the_clock_cannot_do_is_refused_and_nothing_changes(cloud: Figure, values: object) -> None:
    status, shown = ask(cloud, head("POST", "/_orrery/clock"), values)
    assert status == 400
    assert shown["message"]
    assert (cloud.now, cloud.mode, cloud.rate) == (NOON, "real", 1)


def test_a_body_that_is_no_object_is_refused(cloud: Figure) -> None:
    assert ask(cloud, head("POST", "/_orrery/clock"), [1])[0] == 400


def test_limits_are_listed_set_and_reset(cloud: Figure) -> None:
    _, listed = ask(cloud, head("GET", "/_orrery/limits?account=111122223333"))
    ask(
        cloud,
        head("POST", "/_orrery/limits"),
        {"name": "sqs.message-size", "value": 7, "account": "111122223333"},
    )
    ask(cloud, head("DELETE", "/_orrery/limits?name=sqs.message-size"))
    assert listed["limits"][0]["account"] == "111122223333"
    assert cloud.told == [("sqs.message-size", 7, "111122223333", ""), ("reset", "sqs.message-size", "", "")]


def test_an_unknown_limit_is_not_found_with_the_reason(cloud: Figure) -> None:
    assert ask(cloud, head("POST", "/_orrery/limits"), {"name": "x", "value": 1}) == (
        404,
        {"message": "no limit is called x"},
    )


def test_the_era_is_shown_and_chosen(cloud: Figure) -> None:
    assert ask(cloud, head("GET", "/_orrery/era"))[1] == {"era": "today"}
    ask(cloud, head("POST", "/_orrery/era"), {"era": "notes2020"})
    assert cloud.told == [("era", "notes2020", "")]


def test_failures_are_asked_for_and_taken_back(cloud: Figure) -> None:
    ask(cloud, head("POST", "/_orrery/failures"), {"name": "sqs.duplicate", "rule": {"rate": 0.1}})
    ask(cloud, head("DELETE", "/_orrery/failures"))
    assert cloud.told == [("sqs.duplicate", {"rate": 0.1}, "", ""), ("clear", None)]


def test_requests_are_listed_and_one_is_looked_up(cloud: Figure) -> None:
    assert ask(cloud, head("GET", "/_orrery/requests?limit=1"))[1] == {
        "requests": [{"id": "r-2", "time": "2030-03-17T17:46:40.000Z"}]
    }
    ask(cloud, head("GET", "/_orrery/requests?service=sqs&since=10m&after=r-1"))
    assert cloud.told[-1] == ("requests", 100, Selection(service=("sqs",), since=NOON - 600_000, after="r-1"))
    assert ask(cloud, head("GET", "/_orrery/requests?status=late"))[0] == 400
    assert ask(cloud, head("GET", "/_orrery/requests/r-1"))[1] == {"id": "r-1"}
    assert ask(cloud, head("GET", "/_orrery/requests/r-9"))[0] == 404


def test_the_certificate_authority_is_plain_pem(cloud: Figure) -> None:
    answer = asyncio.run(operator.handle(cloud, head("GET", "/_orrery/ca"), b""))
    assert isinstance(answer, Answer)
    assert answer.body.startswith(b"-----BEGIN CERTIFICATE-----")


def test_stop_names_the_process_to_wait_for(cloud: Figure) -> None:
    assert ask(cloud, head("POST", "/_orrery/stop")) == (200, {"stopping": True, "pid": 4711})
    assert cloud.told == [("stop",)]


def test_a_service_shows_its_own_paths_and_unknown_ones_are_not_found(cloud: Figure) -> None:
    assert ask(cloud, head("GET", "/_orrery/sqs/why?queue=q")) == (200, "looked")
    assert ask(cloud, head("GET", "/_orrery/nothing"))[0] == 404


REFUSED = [
    {"peer": "192.168.1.9"},
    {"host": "evil.example"},
    {"host": "evil.example:4566"},
    {"host": ""},
    {"host": "localhost.evil.example"},
    {"host": "localhost@evil.example"},
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": "http://localhost:3000"},
    {"sec_fetch_site": "cross-site"},
    {"x_forwarded_for": "192.168.1.9"},
]


@pytest.mark.parametrize("fields", REFUSED)
def test_strangers_are_refused_without_effect_unless_root_signed(cloud: Figure, fields: dict[str, str]) -> None:
    status, shown = ask(cloud, head("POST", "/moto-api/reset", **fields))
    assert status == 403
    assert "Refused because" in shown["message"]
    assert cloud.told == []
    cloud.root = True
    assert ask(cloud, head("POST", "/moto-api/reset", **fields))[0] == 200


@pytest.mark.parametrize(
    "fields",
    [
        {"host": "127.0.0.1:4566"},
        {"host": "[::1]:4566", "peer": "::1"},
        {"peer": "::ffff:127.0.0.1"},
        {"host": "localhost.localstack.cloud:4566"},
        {"host": "cloud.test"},
        {"origin": "http://localhost:4566", "sec_fetch_site": "same-origin"},
    ],
)
def test_this_machines_user_is_served(cloud: Figure, fields: dict[str, str]) -> None:
    assert ask(cloud, head("GET", "/_orrery/health", **fields))[0] == 200


@pytest.mark.parametrize("fields", [{"peer": "10.1.0.1", "host": "10.1.0.7:4566"}, {"origin": "https://evil.example"}])
def test_strangers_learn_that_the_cloud_runs_and_nothing_of_its_machine(cloud: Figure, fields: dict[str, str]) -> None:
    status, shown = ask(cloud, head("GET", "/_orrery/health", **fields))
    assert (status, set(shown)) == (200, {"status", "version", "services"})
    status, shown = ask(cloud, head("GET", "/_localstack/health", **fields))
    assert (status, shown["services"]) == (200, {"sqs": "available", "sts": "available"})
    assert ask(cloud, head("POST", "/_orrery/health", **fields))[0] == 403
    assert ask(cloud, head("GET", "/_orrery/requests", **fields))[0] == 403


def test_root_by_signature_sees_the_whole_health_from_elsewhere(cloud: Figure) -> None:
    cloud.root = True
    assert ask(cloud, head("GET", "/_orrery/health", peer="10.1.0.1"))[1]["pid"] == 4711


def test_other_machines_see_the_metrics_only_where_that_was_asked_for(cloud: Figure) -> None:
    elsewhere = head("GET", "/_orrery/metrics", peer="10.0.0.7", host="orrery:4566")
    assert ask(cloud, elsewhere)[0] == 403
    cloud.open_metrics = True
    answer = asyncio.run(operator.handle(cloud, elsewhere, b""))
    assert isinstance(answer, Answer)
    assert answer.status == 200
    assert b"orrery_waiters 3\n" in answer.body
    assert ask(cloud, head("GET", "/_orrery/requests", peer="10.0.0.7"))[0] == 403
    assert ask(cloud, head("POST", "/_orrery/metrics", peer="10.0.0.7"))[0] == 403
