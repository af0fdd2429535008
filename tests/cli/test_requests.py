import json
from typing import Any

import pytest

from orrery.cli import requests
from orrery.cli.main import main

from .conftest import Recorder


def entry(id: str, **facts: Any) -> dict[str, Any]:
    return {"id": id, "operation": "sqs.CreateQueue", "status": 200, "milliseconds": 1.4, "time": "t", **facts}


def test_requests_are_listed_with_their_time_taken(recorder: Recorder, capsys: pytest.CaptureFixture[str]) -> None:
    recorder.answers["GET /_orrery/requests"] = 200, {"requests": [entry("r-1")]}
    assert main(["requests", "--limit", "5", "--endpoint", recorder.endpoint]) == 0
    assert capsys.readouterr().out.split() == ["t", "sqs.CreateQueue", "200", "1.4", "ms", "r-1"]
    assert recorder.asked == [("GET /_orrery/requests?limit=5", None)]


def test_the_filters_are_the_clouds(recorder: Recorder) -> None:
    recorder.answers["GET /_orrery/requests"] = 200, {"requests": []}
    words = "--service sqs --operation Send* --status 4xx --error --account 111122223333 --since 10m"
    assert main(["requests", *words.split(), "--endpoint", recorder.endpoint]) == 0
    [(asked, _)] = recorder.asked
    assert asked == (
        "GET /_orrery/requests?limit=50&service=sqs&operation=Send%2A&status=4xx&error=%2A"
        "&account=111122223333&since=10m"
    )


def test_following_prints_what_comes_after_the_last_one_seen_until_the_cloud_ends(
    recorder: Recorder, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "PAUSE", 0)
    recorder.scripts["GET /_orrery/requests"] = [
        {"requests": [entry("r-1")]},
        {"requests": []},
        {"requests": [entry("r-2"), entry("r-3")]},
        {"requests": []},
    ]
    recorder.answers["GET /_orrery/requests"] = 500, {"message": "the cloud ends"}
    assert main(["requests", "-f", "--json", "--endpoint", recorder.endpoint]) == 1
    assert [json.loads(line)["id"] for line in capsys.readouterr().out.splitlines()] == ["r-1", "r-2", "r-3"]
    assert [asked.partition("after=")[2] for asked, _ in recorder.asked] == ["", "r-1", "r-1", "r-3", "r-3"]


def test_a_request_is_explained(recorder: Recorder, capsys: pytest.CaptureFixture[str]) -> None:
    stages = {"stages": {"verify": 0.2, "handle": 1.1}}
    recorder.answers["GET /_orrery/requests/r%2F1"] = 200, {"id": "r/1", "error": "AccessDenied", **stages}
    assert main(["explain", "r/1", "--endpoint", recorder.endpoint]) == 0
    printed = capsys.readouterr().out
    assert "AccessDenied" in printed
    assert "  verify      0.200  ▇▇▇▇▇\n  handle      1.100  ▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇\n" in printed


def test_without_an_id_the_last_that_failed_is_explained(
    recorder: Recorder, capsys: pytest.CaptureFixture[str]
) -> None:
    recorder.answers["GET /_orrery/requests"] = 200, {"requests": [entry("r-7")]}
    recorder.answers["GET /_orrery/requests/r-7"] = 200, {"id": "r-7"}
    assert main(["explain", "--endpoint", recorder.endpoint]) == 0
    assert recorder.asked[0] == ("GET /_orrery/requests?limit=1&error=%2A", None)
    assert "r-7" in capsys.readouterr().out


def test_a_limit_that_is_no_number_is_wrong_usage(recorder: Recorder) -> None:
    assert main(["requests", "--limit", "many", "--endpoint", recorder.endpoint]) == 2
    assert recorder.asked == []
