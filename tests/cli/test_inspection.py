import json

import pytest

from orrery.cli.main import main

from .conftest import Recorder


def test_doctor_tells_of_the_machine_when_no_cloud_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--json", "--endpoint", "http://127.0.0.1:1"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["cloud"]["running"].startswith("no: ")
    assert found["parts"]["msgspec"]
    assert found["data directory"]["writable"] == "yes"


def test_doctor_shows_where_settings_came_from(
    recorder: Recorder, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder.answers["GET /_orrery/doctor"] = 200, {"store": "sqlite 3.40"}
    monkeypatch.setenv("ORRERY_STRICT", "on")
    assert main(["doctor", "--endpoint", recorder.endpoint]) == 0
    printed = capsys.readouterr().out
    assert "ORRERY_STRICT" in printed
    assert "sqlite 3.40" in printed


def test_requests_are_listed_with_their_time_taken(recorder: Recorder, capsys: pytest.CaptureFixture[str]) -> None:
    entry = {"id": "r-1", "operation": "sqs.CreateQueue", "status": 200, "milliseconds": 1.4, "time": "t"}
    recorder.answers["GET /_orrery/requests"] = 200, {"requests": [entry]}
    assert main(["requests", "--limit", "5", "--endpoint", recorder.endpoint]) == 0
    assert capsys.readouterr().out.split() == ["t", "sqs.CreateQueue", "200", "1.4", "ms", "r-1"]
    assert recorder.asked == [("GET /_orrery/requests?limit=5", None)]


def test_a_request_is_explained(recorder: Recorder, capsys: pytest.CaptureFixture[str]) -> None:
    recorder.answers["GET /_orrery/requests/r%2F1"] = 200, {"id": "r/1", "error": "AccessDenied"}
    assert main(["explain", "r/1", "--endpoint", recorder.endpoint]) == 0
    assert "AccessDenied" in capsys.readouterr().out


def test_sqs_why_asks_for_the_queue(recorder: Recorder, capsys: pytest.CaptureFixture[str]) -> None:
    hidden = {"id": "m-1", "why": "in flight", "until": "2030-01-01T00:00:30.000Z"}
    recorder.answers["GET /_orrery/sqs/why"] = 200, {"queue": "orders", "messages": [hidden]}
    assert main(["sqs", "why", "orders", "--region", "eu-west-3", "--endpoint", recorder.endpoint]) == 0
    assert recorder.asked == [("GET /_orrery/sqs/why?queue=orders&region=eu-west-3&account=000000000000", None)]
    assert "in flight" in capsys.readouterr().out
