import json
import subprocess
import sys
from pathlib import Path

import pytest

from orrery import running
from orrery.cli import lifecycle
from orrery.cli.main import main
from orrery.cli.remote import Remote

from .conftest import Recorder


def test_status_shows_endpoint_and_services(recorder: Recorder, capsys: pytest.CaptureFixture[str]) -> None:
    recorder.answers["GET /_orrery/health"] = 200, {"status": "running", "services": ["sqs", "sts"]}
    assert main(["status", "--endpoint", recorder.endpoint]) == 0
    printed = capsys.readouterr().out
    assert recorder.endpoint in printed
    assert "sqs sts" in printed


def test_status_waits_for_a_cloud_that_is_yet_to_come(
    recorder: Recorder, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder.answers["GET /_orrery/health"] = 200, {"status": "running"}
    nowhere = Remote("http://127.0.0.1:1", "test", "test", "us-east-1")
    places = [nowhere, nowhere, Remote(recorder.endpoint, "test", "test", "us-east-1")]
    monkeypatch.setattr(lifecycle, "locate", lambda loaded, endpoint: places.pop(0))
    monkeypatch.setattr(lifecycle, "PAUSE", 0)
    assert main(["status", "--wait", "60"]) == 0
    assert recorder.endpoint in capsys.readouterr().out
    assert main(["status", "--wait", "soon"]) == 2


def test_stop_asks_the_cloud_and_is_done_when_its_process_has_gone(
    recorder: Recorder, capsys: pytest.CaptureFixture[str]
) -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    recorder.answers["POST /_orrery/stop"] = 200, {"stopping": True, "pid": child.pid}
    assert main(["stop", "--json", "--endpoint", recorder.endpoint]) == 0
    assert json.loads(capsys.readouterr().out) == {"stopped": True, "pid": child.pid}


def test_stop_without_a_cloud_says_so() -> None:
    assert main(["stop", "--endpoint", "http://127.0.0.1:1"]) == 3


HOLDER = """
import fcntl, sys, time
lock = open(sys.argv[1] + "/lock", "w")
fcntl.flock(lock, fcntl.LOCK_EX)
print("held", flush=True)
time.sleep(60)
"""


def test_a_cloud_that_no_longer_answers_is_ended_by_signal(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as silent:
        assert silent.stdout is not None
        assert silent.stdout.readline() == b"held\n"
        running.announce(tmp_path, running.Running(silent.pid, "http://127.0.0.1:1", "0.1.0"))
        assert main(["stop", "--data-dir", str(tmp_path)]) == 0
        assert not running.alive(silent.pid)


def test_a_process_that_only_bears_the_id_of_a_dead_cloud_is_left_alone(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        running.announce(tmp_path, running.Running(other.pid, "http://127.0.0.1:1", "0.1.0"))
        assert main(["stop", "--data-dir", str(tmp_path)]) == 3
        assert other.poll() is None
        assert other.stdin is not None
        other.stdin.write(b"\n")
