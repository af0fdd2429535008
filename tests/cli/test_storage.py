import json

import pytest

from orrery.cli.main import main

from .conftest import Recorder


def test_scrub_goes_through_every_stretch_and_ends_with_1_when_something_is_damaged(
    recorder: Recorder, capsys: pytest.CaptureFixture[str]
) -> None:
    damaged = {"name": "papers/report.pdf", "problem": "its MD5 is another"}
    recorder.scripts["GET /_orrery/s3/scrub"] = [
        {"verified": 2, "bytes": 10, "damaged": [], "next": "b"},
        {"verified": 1, "bytes": 5, "damaged": [damaged], "next": None},
    ]
    assert main(["s3", "scrub", "--json", "--endpoint", recorder.endpoint]) == 1
    assert json.loads(capsys.readouterr().out) == {"verified": 3, "bytes": 15, "damaged": [damaged]}
    assert [asked for asked, _ in recorder.asked] == ["GET /_orrery/s3/scrub", "GET /_orrery/s3/scrub?after=b"]
