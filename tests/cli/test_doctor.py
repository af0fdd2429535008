import json
import socket
from pathlib import Path

import pytest

from orrery.cli.main import main

from .conftest import Recorder


def test_doctor_tells_of_the_machine_when_no_cloud_runs(capsys: pytest.CaptureFixture[str]) -> None:
    main(["doctor", "--json", "--endpoint", "http://127.0.0.1:1"])
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
    assert "Nothing is wrong." in printed


def test_doctor_lists_what_is_wrong_with_code_1(recorder: Recorder, capsys: pytest.CaptureFixture[str]) -> None:
    parked = [{"name": "sqs.expire", "reason": "it failed nine times"}]
    recorder.answers["GET /_orrery/doctor"] = 200, {"disk_full": True, "parked_jobs": parked, "version": "0.0.1"}
    assert main(["doctor", "--json", "--endpoint", recorder.endpoint]) == 1
    [full, job, version] = json.loads(capsys.readouterr().out)["wrong"]
    assert "make room" in full
    assert "sqs.expire is parked: it failed nine times" in job
    assert "0.0.1" in version


def test_doctor_finds_the_port_taken_by_something_else(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        other.settimeout(0)
        port = str(other.getsockname()[1])
        assert main(["doctor", "--json", "--port", port, "--endpoint", "http://127.0.0.1:1"]) == 1
    assert "another program" in capsys.readouterr().out


def test_doctor_finds_a_file_where_the_data_directory_should_be(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("ORRERY_DATA_DIR", str(tmp_path / "file"))
    assert main(["doctor", "--json", "--endpoint", "http://127.0.0.1:1"]) == 1
    assert "is no directory" in " ".join(json.loads(capsys.readouterr().out)["wrong"])
