import pytest
from tests.gateway.test_operator import Figure, ask, head

from orrery.gateway.operator_peers import PEER_ROUTES


@pytest.fixture
def cloud() -> Figure:
    return Figure()


def test_kill_by_the_health_path_stops_the_cloud_and_restart_says_what_to_do_instead(cloud: Figure) -> None:
    assert ask(cloud, head("POST", "/_localstack/health"), {"action": "restart"})[0] == 501
    assert ask(cloud, head("POST", "/_localstack/health"), {"action": "nap"})[0] == 400
    assert cloud.told == []
    assert ask(cloud, head("POST", "/_localstack/health"), {"action": "kill"}) == (200, {"status": "ok"})
    assert cloud.told == [("stop",)]


def test_diagnose_gathers_what_is_told_elsewhere(cloud: Figure) -> None:
    _, shown = ask(cloud, head("GET", "/_localstack/diagnose"))
    assert shown["services"] == {"sqs": True, "sts": False}
    assert shown["orrery"]["doctor"] == {"store": "sqlite"}


def test_a_seed_of_moto_seeds_ids(cloud: Figure) -> None:
    assert ask(cloud, head("POST", "/moto-api/seed?a=42")) == (200, {"status": "ok"})
    assert cloud.told == [("seed", 42)]


@pytest.mark.parametrize("query", ["", "?a=", "?a=x", "?a=--1", f"?a={'9' * 30}"])
def test_a_seed_that_is_no_number_is_refused(cloud: Figure, query: str) -> None:
    assert ask(cloud, head("POST", f"/moto-api/seed{query}"))[0] == 400
    assert cloud.told == []


@pytest.mark.parametrize(
    ("path", "instead"),
    [
        ("/moto-api/data.json", "orrery state export"),
        ("/moto-api/config", "orrery doctor"),
        ("/moto-api/state-manager/set-transition", "/_orrery/clock"),
        ("/moto-api/state-manager/get-transition", "/_orrery/clock"),
        ("/moto-api/recorder/start-recording", "orrery requests"),
        ("/moto-api/reset-auth", "auth"),
        ("/_localstack/plugins", "plugins"),
        ("/_localstack/pods/mine", "orrery state"),
        ("/_localstack/state/save", "orrery state"),
        ("/_localstack/chaos/faults", "orrery fail"),
    ],
)
def test_what_is_not_offered_says_so_by_name_and_what_there_is_instead(cloud: Figure, path: str, instead: str) -> None:
    for method in ("GET", "POST"):
        status, shown = ask(cloud, head(method, path))
        assert status == 501
        assert path in shown["message"]
        assert instead in shown["message"]


@pytest.mark.parametrize("path", [path.replace("*", "x") for path in PEER_ROUTES])
def test_every_such_path_is_guarded_as_the_operator_interface_is(cloud: Figure, path: str) -> None:
    open_to_probes = path == "/_localstack/health"
    for method in ("POST",) if open_to_probes else ("GET", "POST"):
        page = head(method, path, origin="http://evil.example")
        assert ask(cloud, page)[0] == 403
        assert ask(cloud, head(method, path, peer="10.0.0.7"))[0] == 403
    assert cloud.told == []
