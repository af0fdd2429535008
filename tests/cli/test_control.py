from typing import Any

import pytest

from orrery.cli.main import main

from .conftest import Recorder


def test_limits_are_listed_set_and_reset(recorder: Recorder, capsys: pytest.CaptureFixture[str]) -> None:
    limits = {"limits": [{"name": "sqs.inflight", "value": 5, "doc": "x"}, {"name": "sts.x", "value": 1}]}
    recorder.answers |= {f"{method} /_orrery/limits": (200, limits) for method in ("GET", "POST", "DELETE")}
    reach = ["--endpoint", recorder.endpoint]
    main(["limits", "list", "sqs", *reach])
    listed = capsys.readouterr().out
    main(["limits", "set", "sqs.inflight", "120_000", "--account", "111122223333", *reach])
    main(["limits", "reset", "sqs.inflight", *reach])
    assert "sqs.inflight" in listed
    assert "sts.x" not in listed
    assert recorder.asked[1:] == [
        ("POST /_orrery/limits", {"name": "sqs.inflight", "value": 120000, "account": "111122223333"}),
        ("DELETE /_orrery/limits?name=sqs.inflight", None),
    ]


def test_a_limit_without_a_number_is_wrong_usage(recorder: Recorder) -> None:
    assert main(["limits", "set", "sqs.inflight", "many", "--endpoint", recorder.endpoint]) == 2
    assert main(["limits", "set", "sqs.inflight", "--endpoint", recorder.endpoint]) == 2
    assert recorder.asked == []


def test_the_era_is_chosen(recorder: Recorder) -> None:
    recorder.answers["POST /_orrery/era"] = 200, {"era": "notes2020"}
    assert main(["era", "notes2020", "--endpoint", recorder.endpoint]) == 0
    assert recorder.asked == [("POST /_orrery/era", {"era": "notes2020"})]


def test_a_failure_is_asked_for_with_its_rule(recorder: Recorder, capsys: pytest.CaptureFixture[str]) -> None:
    failures = [
        {"name": "sqs.duplicate", "rule": {"rate": 0.1}, "parameters": {"rate": 0.5}, "doc": "Twice."},
        {"name": "kernel.full-disk", "rule": {}, "parameters": {}, "doc": "Full."},
        {"name": "sqs.shuffle", "rule": None, "parameters": {"seed": 0}, "doc": "Mixed."},
    ]
    answer: dict[str, Any] = {"failures": failures}
    recorder.answers["POST /_orrery/failures"] = 200, answer
    words = ["fail", "set", "sqs.duplicate", "rate=0.1", "queue=orders", "--endpoint", recorder.endpoint]
    assert main(words) == 0
    rule = {"rate": 0.1, "queue": "orders"}
    assert recorder.asked == [("POST /_orrery/failures", {"name": "sqs.duplicate", "rule": rule})]
    assert [line.split() for line in capsys.readouterr().out.splitlines()[1:]] == [
        ["sqs.duplicate", "rate=0.1", "rate=0.5", "Twice."],
        ["kernel.full-disk", "yes", "Full."],
        ["sqs.shuffle", "-", "seed=0", "Mixed."],
    ]


def test_a_place_is_named_with_what_is_set(recorder: Recorder) -> None:
    recorder.answers |= {
        "POST /_orrery/era": (200, {"era": "today"}),
        "POST /_orrery/failures": (200, {"failures": []}),
    }
    reach = ["--account", "111122223333", "--endpoint", recorder.endpoint]
    assert main(["era", "today", *reach]) == 0
    assert main(["fail", "set", "sqs.duplicate", "--region", "eu-west-1", *reach]) == 0
    assert [sent for _, sent in recorder.asked] == [
        {"era": "today", "account": "111122223333"},
        {"name": "sqs.duplicate", "rule": {}, "account": "111122223333", "region": "eu-west-1"},
    ]


def test_a_limit_that_is_not_there_is_told_with_the_nearest(
    recorder: Recorder, capsys: pytest.CaptureFixture[str]
) -> None:
    recorder.answers["GET /_orrery/limits"] = 200, {"limits": [{"name": "sqs.message-size", "value": 1}]}
    assert main(["limits", "list", "sqs.mesage-size", "--endpoint", recorder.endpoint]) == 1
    assert "did you mean sqs.message-size?" in capsys.readouterr().err


def test_a_misspelt_action_is_told_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["limits", "rest"]) == 2
    assert "did you mean reset?" in capsys.readouterr().err
