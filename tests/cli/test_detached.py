import json
from pathlib import Path

import pytest

from orrery import running
from orrery.cli.main import main


def test_a_detached_cloud_is_ready_when_the_command_returns_and_is_stopped_by_its_data_directory(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    place = ["--data-dir", str(data)]
    assert main(["start", "--detach", "--json", "--port", "0", *place]) == 0
    started = json.loads(capsys.readouterr().out)
    try:
        found = running.find(data)
        assert found is not None
        assert (found.pid, found.endpoint) == (started["pid"], started["endpoint"])
        assert main(["status", *place]) == 0
        assert started["endpoint"] in capsys.readouterr().out
        assert main(["start", "--detach", "--port", "0", *place]) == 1
        assert "orrery stop" in capsys.readouterr().err
        port = started["endpoint"].rpartition(":")[2]
        assert main(["start", "--port", port, "--data-dir", str(tmp_path / "other")]) == 1
        assert f"port {port} is in use by a cloud of Orrery" in capsys.readouterr().err
        assert main(["logs", *place]) == 0
        assert "Ready." in capsys.readouterr().out.splitlines()
    finally:
        assert main(["stop", *place]) == 0
    assert running.find(data) is None


def test_a_cloud_that_cannot_start_is_told_of_with_the_end_of_its_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "format").write_text('{"format": 999, "store": "sqlite"}')
    assert main(["start", "--detach", "--port", "0", "--data-dir", str(data)]) == 1
    assert "newer Orrery" in capsys.readouterr().err


def test_a_file_in_place_of_the_data_directory_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert main(["start", "--detach", "--port", "0", "--data-dir", str(tmp_path / "file")]) == 1
    assert "is no directory" in capsys.readouterr().err
