import json

import pytest

from orrery.cli.main import main

from .conftest import Recorder

CLOCK = {"now": "2030-01-01T00:00:00.000Z", "mode": "real", "rate": 1.0, "offset_seconds": 86400.0}


@pytest.mark.parametrize(
    ("words", "sent"),
    [
        (["+45d"], {"advance": 3_888_000}),
        (["set", "2030-01-01T00:00:00Z"], {"set": "2030-01-01T00:00:00Z"}),
        (["set", "2030-01-01", "12:30"], {"set": "2030-01-01T12:30"}),
        (["rate", "60"], {"mode": "real", "rate": 60}),
        (["freeze"], {"mode": "manual"}),
        (["resume"], {"mode": "real"}),
        (["autojump"], {"mode": "autojump"}),
        (["real"], {"mode": "real"}),
    ],
)
def test_the_clock_is_turned(recorder: Recorder, words: list[str], sent: object) -> None:
    recorder.answers["POST /_orrery/clock"] = 200, CLOCK
    assert main(["clock", *words, "--endpoint", recorder.endpoint]) == 0
    assert recorder.asked == [("POST /_orrery/clock", sent)]


@pytest.mark.parametrize("words", [[], ["show"]])
def test_the_clock_is_shown_without_turning_it(
    recorder: Recorder, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    recorder.answers["GET /_orrery/clock"] = 200, CLOCK
    assert main(["clock", *words, "--endpoint", recorder.endpoint]) == 0
    assert capsys.readouterr().out == "2030-01-01T00:00:00.000Z  real  1d ahead of the host\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["+1y"], "no length of time"),
        (["frezee"], "did you mean freeze?"),
        (["rate", "fast"], "no rate"),
        (["rate", "-3"], "no rate"),
        (["set"], "not understood"),
        (["-1d"], "the clock never goes back"),
    ],
)
def test_what_the_clock_does_not_understand_is_wrong_usage(
    recorder: Recorder, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["clock", "--endpoint", recorder.endpoint, *words]) == 2
    problem = capsys.readouterr().err
    assert problem.startswith("orrery clock: ")
    assert said in problem
    assert problem.endswith("Try: orrery help clock\n")
    assert recorder.asked == []


def test_json_is_the_answer_itself(recorder: Recorder, capsys: pytest.CaptureFixture[str]) -> None:
    recorder.answers["GET /_orrery/clock"] = 200, CLOCK
    main(["clock", "--json", "--endpoint", recorder.endpoint])
    assert json.loads(capsys.readouterr().out) == CLOCK
