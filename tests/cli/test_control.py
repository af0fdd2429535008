import json
from typing import Any

import pytest

from orrery.cli.main import main

from .conftest import Recorder

CLOCK = {"now": "2030-01-01T00:00:00.000Z", "mode": "real", "rate": 1.0, "offset_seconds": 86400.0}


@pytest.mark.parametrize(
    ("words", "sent"),
    [
        (["+45d"], {"advance": 3_888_000}),
        (["set", "2030-01-01T00:00:00Z"], {"set": "2030-01-01T00:00:00Z"}),
        (["rate", "60"], {"mode": "real", "rate": 60}),
        (["freeze"], {"mode": "manual"}),
        (["autojump"], {"mode": "autojump"}),
        (["real"], {"mode": "real"}),
    ],
)
def test_the_clock_is_turned(recorder: Recorder, words: list[str], sent: object) -> None:
    recorder.answers["POST /_orrery/clock"] = 200, CLOCK
    assert main(["clock", *words, "--endpoint", recorder.endpoint]) == 0
    assert recorder.asked == [("POST /_orrery/clock", sent)]


def test_the_clock_is_shown_without_turning_it(recorder: Recorder, capsys: pytest.CaptureFixture[str]) -> None:
    recorder.answers["GET /_orrery/clock"] = 200, CLOCK
    assert main(["clock", "--endpoint", recorder.endpoint]) == 0
    assert capsys.readouterr().out == "2030-01-01T00:00:00.000Z  real  1d ahead of the host\n"


@pytest.mark.parametrize("words", [["+1y"], ["sideways"], ["rate", "fast"], ["set"]])
def test_what_the_clock_does_not_understand_is_wrong_usage(
    recorder: Recorder, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["clock", *words, "--endpoint", recorder.endpoint]) == 2
    assert "orrery: clock: " in capsys.readouterr().err
    assert recorder.asked == []


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


def test_json_is_the_answer_itself(recorder: Recorder, capsys: pytest.CaptureFixture[str]) -> None:
    recorder.answers["GET /_orrery/clock"] = 200, CLOCK
    main(["clock", "--json", "--endpoint", recorder.endpoint])
    assert json.loads(capsys.readouterr().out) == CLOCK
