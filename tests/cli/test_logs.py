import json
import subprocess
import sys
from pathlib import Path

import pytest

from orrery.cli.logfile import Stamped, default_path, prepare
from orrery.cli.main import main

from .conftest import Recorder

LOG = """\
2030-01-01T00:00:00.000Z info Orrery on http://127.0.0.1:4566
Ready.
2030-01-01T00:00:01.000Z info sqs.CreateQueue 200 1.4 ms
2030-01-01T00:00:02.000Z warning a job took long
2030-01-01T00:00:03.000Z error a request failed:
Traceback (most recent call last):
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log"
    path.write_text(LOG)
    return path


def printed(capsys: pytest.CaptureFixture[str], log: Path, *words: str) -> list[str]:
    assert main(["logs", "--log-file", str(log), *words]) == 0
    return capsys.readouterr().out.splitlines()


def test_the_log_is_printed_whole_or_its_end(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, log) == LOG.splitlines()
    assert printed(capsys, log, "-n", "2") == LOG.splitlines()[-2:]
    assert printed(capsys, log, "-n", "0") == []


def test_lines_are_chosen_by_level_and_time_with_what_belongs_to_them(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert printed(capsys, log, "--level", "warning") == LOG.splitlines()[3:]
    assert printed(capsys, log, "--since", "2030-01-01T00:00:03Z") == LOG.splitlines()[4:]
    assert len(printed(capsys, log, "--since", "10m")) == 6  # the log is of the future
    assert main(["logs", "--log-file", str(log), "--since", "yesterday"]) == 2


def test_as_json_each_line_is_an_object(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = json.loads(printed(capsys, log, "--json")[0])
    assert first == {
        "time": "2030-01-01T00:00:00.000Z",
        "level": "info",
        "message": "Orrery on http://127.0.0.1:4566",
    }


def test_the_running_cloud_tells_where_its_log_is(
    log: Path, recorder: Recorder, capsys: pytest.CaptureFixture[str]
) -> None:
    recorder.answers["GET /_orrery/health"] = 200, {"log_file": str(log)}
    assert main(["logs", "-n", "1", "--endpoint", recorder.endpoint]) == 0
    assert capsys.readouterr().out == LOG.splitlines()[-1] + "\n"


def test_a_cloud_that_writes_to_its_terminal_says_so(
    recorder: Recorder, capsys: pytest.CaptureFixture[str], log: Path
) -> None:
    recorder.answers["GET /_orrery/health"] = 200, {"pid": 1}
    assert main(["logs", "--endpoint", recorder.endpoint]) == 1
    assert "where it was started" in capsys.readouterr().err


def test_the_log_of_a_cloud_that_has_ended_is_in_its_data_directory(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["logs", "-n", "1", "--data-dir", str(log.parent)]) == 0
    assert capsys.readouterr().out == LOG.splitlines()[-1] + "\n"


def test_without_a_log_the_way_to_one_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["logs", "--data-dir", str(tmp_path / "none")]) == 1
    assert "--detach" in capsys.readouterr().err


def test_following_prints_what_is_written_later(log: Path) -> None:
    command = [sys.executable, "-m", "orrery.cli.main", "logs", "-f", "-n", "1", "--log-file", str(log)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as following:
        assert following.stdout is not None
        assert following.stdout.readline() == LOG.splitlines()[-1] + "\n"
        with log.open("a") as more:
            more.write("2030-01-01T00:00:09.000Z info later\n")
        assert following.stdout.readline() == "2030-01-01T00:00:09.000Z info later\n"
        following.terminate()


def test_every_line_gets_a_time_and_a_level_but_ready(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with path.open("w") as opened:
        stream = Stamped(opened.fileno(), "info", as_json=False)
        stream.write("half a ")
        stream.write("line\nReady.\n")
        Stamped(opened.fileno(), "warning", as_json=False).write("x failed:\nTraceback (most recent call last):\n a\n")
    lines = path.read_text().splitlines()
    assert [line.partition("Z ")[2] or line for line in lines] == [
        "info half a line",
        "Ready.",
        "error x failed:",
        "Traceback (most recent call last):",
        " a",
    ]


def test_a_json_log_holds_json_only(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with path.open("w") as opened:
        Stamped(opened.fileno(), "info", as_json=True).write('{"id": "r-1"}\nReady.\n')
    first, second = map(json.loads, path.read_text().splitlines())
    assert first == {"id": "r-1"}
    assert (second["level"], second["message"]) == ("info", "Ready.")


def test_a_large_log_is_set_aside_and_a_log_is_its_owners(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orrery.cli.logfile.ROTATE", 4)
    path = tmp_path / "deep/log"
    assert prepare(path) == 0
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_text("old lines")
    assert prepare(path) == 0
    assert path.with_name("log.1").read_text() == "old lines"


def test_a_cloud_in_memory_has_its_log_by_its_port(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert default_path(None, 4600) == tmp_path / "orrery/4600.log"
