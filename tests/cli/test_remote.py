import os
import socket
from pathlib import Path

import pytest

from orrery import running
from orrery.cli.remote import Remote, locate
from orrery.cli.trouble import Refused
from orrery.settings import load


def remote(endpoint: str) -> Remote:
    return Remote(endpoint, "test", "test", "us-east-1")


def test_the_cloud_that_the_data_directory_names_is_found(tmp_path: Path) -> None:
    running.announce(tmp_path, running.Running(os.getpid(), "http://127.0.0.1:4777", "1"))
    found = locate(load({"data-dir": str(tmp_path)}, {}), None)
    assert (found.endpoint, found.pid) == ("http://127.0.0.1:4777", os.getpid())


def test_a_port_and_an_endpoint_win_over_the_data_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    running.announce(tmp_path, running.Running(os.getpid(), "http://127.0.0.1:4777", "1"))
    loaded = load({"data-dir": str(tmp_path), "port": "4888"}, {})
    assert locate(loaded, None).endpoint == "http://127.0.0.1:4888"
    assert locate(loaded, "cloud.test:80/").endpoint == "http://cloud.test:80"
    monkeypatch.setenv("ORRERY_ENDPOINT", "http://127.0.0.1:4999")
    assert locate(loaded, None).endpoint == "http://127.0.0.1:4999"


def test_without_a_running_cloud_the_settings_port_is_tried(tmp_path: Path) -> None:
    assert locate(load({}, {"ORRERY_DATA_DIR": str(tmp_path)}), None).endpoint == "http://127.0.0.1:4566"


@pytest.mark.parametrize(
    ("endpoint", "near"),
    [
        ("http://127.0.0.1:4566", True),
        ("http://[::1]:4566", True),
        ("http://localhost", True),
        ("http://orrery.localhost", True),
        ("http://10.0.0.7:4566", False),
        ("https://cloud.test", False),
    ],
)
def test_loopback_is_told_from_other_machines(endpoint: str, near: bool) -> None:
    assert remote(endpoint).loopback is near


def test_a_cloud_that_takes_longer_than_we_wait_is_not_taken_for_none() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        waiting = Remote(f"http://127.0.0.1:{silent.getsockname()[1]}", "test", "test", "us-east-1", patience=0.01)
        with pytest.raises(Refused, match=r"not answered within 0\.01 seconds"):
            waiting.get("/_orrery/clock")
