import errno
import os
import socket
from pathlib import Path

import pytest

from orrery import running
from orrery.cli import occupied
from orrery.cli.trouble import Refused
from orrery.kernel.store.directory import DataDirectory
from orrery.settings import Settings


def test_a_data_directory_in_use_is_refused_with_its_clouds_endpoint(tmp_path: Path) -> None:
    opened = DataDirectory(tmp_path, "sqlite")
    running.announce(tmp_path, running.Running(os.getpid(), "http://127.0.0.1:4566", "0.1.0"))
    with pytest.raises(Refused, match=r"already runs.*http://127\.0\.0\.1:4566"):
        occupied.refuse(Settings(data_dir=str(tmp_path), port=0))
    opened.close()


def test_a_killed_cloud_whose_process_id_another_process_has_stands_in_nobodys_way(tmp_path: Path) -> None:
    DataDirectory(tmp_path, "sqlite").close()
    running.announce(tmp_path, running.Running(os.getpid(), "http://127.0.0.1:4566", "0.1.0"))
    occupied.refuse(Settings(data_dir=str(tmp_path), port=0))


def test_a_machine_without_ipv6_has_no_port_taken_there(monkeypatch: pytest.MonkeyPatch) -> None:
    made = socket.socket

    def without_ipv6(family: int, *rest: int) -> socket.socket:
        if family == socket.AF_INET6:
            raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")
        return made(family, *rest)

    with made() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port = listening.getsockname()[1]
        monkeypatch.setattr(socket, "socket", without_ipv6)
        assert not occupied.taken(port, ("::1", "::"))
        assert occupied.taken(port, ("127.0.0.1", "::"))


def test_a_listener_on_ipv4_takes_nothing_from_ipv6() -> None:
    with socket.socket() as listening:
        listening.bind(("0.0.0.0", 0))
        listening.listen()
        assert not occupied.taken(listening.getsockname()[1], ("::",))
