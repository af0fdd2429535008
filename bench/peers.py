"""The peers: other free emulators, each in an environment of its own under bench/peers/ (not checked in)."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.servers import Recipe, free_port

HOME = Path(__file__).parent / "peers"


class PeerError(Exception):
    """A peer could not be installed; the message is the installer's."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A peer on PyPI: what is installed, and how its documentation starts it on a port."""

    name: str
    requirement: str
    distribution: str
    recipe: Callable[[Path, str, int], Recipe]


def _ministack(binaries: Path, version: str, port: int) -> Recipe:
    command = (str(binaries / "ministack"),)
    remark = "its defaults: state in memory, signatures not verified"
    return Recipe("ministack", version, command, port, {"GATEWAY_PORT": str(port)}, remark=remark)


def _moto(binaries: Path, version: str, port: int) -> Recipe:
    command = (str(binaries / "moto_server"), "-H", "127.0.0.1", "-p", str(port))
    return Recipe(
        "moto", version, command, port, remark="its defaults: state in memory, signatures not verified"
    )


PEERS = (
    Peer("ministack", "ministack==1.5.33", "ministack", _ministack),
    Peer("moto", "moto[server]==5.2.5", "moto", _moto),
)


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode:
        raise PeerError((done.stderr or done.stdout).strip()[-1000:])
    return done.stdout


def prepare(peer: Peer) -> Recipe:
    """Make the peer's environment where it is missing or holds another version, and say how it is started."""
    home = HOME / peer.name
    python = home / "bin" / "python"
    stamp = home / "requirement.txt"
    if not stamp.exists() or stamp.read_text() != peer.requirement:
        shutil.rmtree(home, ignore_errors=True)
        _run(sys.executable, "-m", "venv", str(home))
        _run(str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", peer.requirement)
        stamp.write_text(peer.requirement)
    ask = f"import importlib.metadata as m; print(m.version({peer.distribution!r}))"
    return peer.recipe(home / "bin", _run(str(python), "-c", ask).strip(), free_port())
