import os
from pathlib import Path

from orrery import running
from orrery.kernel.store.directory import DataDirectory
from orrery.running import Running


def test_a_running_cloud_is_announced_found_and_withdrawn(tmp_path: Path) -> None:
    here = Running(os.getpid(), "http://127.0.0.1:4566", "0.1.0")
    running.announce(tmp_path, here)
    assert running.find(tmp_path) == here
    assert [path.name for path in tmp_path.iterdir()] == [running.NAME]
    running.withdraw(tmp_path)
    running.withdraw(tmp_path)
    assert running.find(tmp_path) is None


def test_what_a_killed_cloud_left_behind_counts_as_nothing(tmp_path: Path) -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    running.announce(tmp_path, Running(child, "http://127.0.0.1:4566", "0.1.0"))
    uncollected = running.find(tmp_path)
    os.waitpid(child, 0)
    assert uncollected is None
    assert running.find(tmp_path) is None


def test_a_damaged_file_counts_as_nothing(tmp_path: Path) -> None:
    (tmp_path / running.NAME).write_text('{"pid": ')
    assert running.find(tmp_path) is None


def test_a_data_directory_is_held_while_a_process_has_it_open_and_no_longer(tmp_path: Path) -> None:
    assert not running.held(tmp_path)
    opened = DataDirectory(tmp_path, "sqlite")
    assert running.held(tmp_path)
    opened.close()
    assert not running.held(tmp_path)
