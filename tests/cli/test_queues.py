import pytest

from orrery.cli.main import main

from .conftest import Recorder


def test_sqs_why_asks_for_the_queue(recorder: Recorder, capsys: pytest.CaptureFixture[str]) -> None:
    hidden = {"id": "m-1", "why": "in flight", "until": "2030-01-01T00:00:30.000Z"}
    recorder.answers["GET /_orrery/sqs/why"] = 200, {"queue": "orders", "messages": [hidden]}
    assert main(["sqs", "why", "orders", "--region", "eu-west-3", "--endpoint", recorder.endpoint]) == 0
    assert recorder.asked == [("GET /_orrery/sqs/why?queue=orders&region=eu-west-3&account=000000000000", None)]
    assert "in flight" in capsys.readouterr().out
