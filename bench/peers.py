"""The peers: other free emulators, each in an environment of its own under bench/peers/ (not checked in)."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.servers import Recipe, free_port

HOME = Path(__file__).parent / "peers"
WARMING = 20.0
DEFAULTS = "its defaults: state in memory, signatures not verified"

ELASTICMQ_POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
<modelVersion>4.0.0</modelVersion><groupId>bench</groupId><artifactId>elasticmq</artifactId><version>1</version>
<packaging>pom</packaging><dependencies><dependency><groupId>org.elasticmq</groupId>
<artifactId>elasticmq-server_2.13</artifactId><version>{version}</version></dependency></dependencies></project>
"""
ELASTICMQ_SETTINGS = """include classpath("application.conf")
node-address {{ protocol = http, host = 127.0.0.1, port = {port}, context-path = "" }}
rest-sqs {{ enabled = true, bind-port = {port}, bind-hostname = "127.0.0.1", sqs-limits = strict }}
rest-stats {{ enabled = false }}
"""


class PeerError(Exception):
    """A peer could not be installed; the message is the installer's."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A peer: its version, how it is installed into its directory, how its documentation starts it on a port."""

    name: str
    version: str
    install: Callable[[Path, str], None]
    recipe: Callable[[Path, str, int], Recipe]


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode:
        raise PeerError((done.stderr or done.stdout).strip()[-1000:])


def _pip(requirement: str) -> Callable[[Path, str], None]:
    def install(home: Path, version: str) -> None:
        _run(sys.executable, "-m", "venv", str(home))
        pip = (str(home / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        _run(*pip, f"{requirement}=={version}")

    return install


def _ministack(home: Path, version: str, port: int) -> Recipe:
    command = (str(home / "bin" / "ministack"),)
    return Recipe("ministack", version, command, port, {"GATEWAY_PORT": str(port)}, remark=DEFAULTS)


def _moto(home: Path, version: str, port: int) -> Recipe:
    command = (str(home / "bin" / "moto_server"), "-H", "127.0.0.1", "-p", str(port))
    return Recipe("moto", version, command, port, remark=DEFAULTS)


def _maven(home: Path, version: str) -> None:
    """The server's jars from Maven Central. Raises PeerError where Java or Maven is missing."""
    if not (shutil.which("java") and shutil.which("mvn")):
        raise PeerError("left out: it needs java and mvn")
    home.mkdir(parents=True)
    (home / "pom.xml").write_text(ELASTICMQ_POM.format(version=version))
    goal = ("dependency:copy-dependencies", f"-DoutputDirectory={home / 'jars'}")
    _run("mvn", "-q", "-B", "-f", str(home / "pom.xml"), *goal)


def _elasticmq(home: Path, version: str, port: int) -> Recipe:
    settings = home / "elasticmq.conf"
    settings.write_text(ELASTICMQ_SETTINGS.format(port=port))
    head = ("java", f"-Dconfig.file={settings}", "-cp", f"{home / 'jars'}/*")
    command = (*head, "org.elasticmq.server.Main")
    remark = "the specialised server (SQS only, on the JVM: warmed up), queues in memory, signatures not verified"
    first = "AmazonSQS.ListQueues"
    return Recipe("elasticmq", version, command, port, first=first, identity=False, warming=WARMING, remark=remark)


PEERS = (
    Peer("ministack", "1.5.33", _pip("ministack"), _ministack),
    Peer("moto", "5.2.5", _pip("moto[server]"), _moto),
    Peer("elasticmq", "1.7.1", _maven, _elasticmq),
)


def prepare(peer: Peer) -> Recipe:
    """Install the peer where it is missing or of another version, and say how it is started."""
    home = HOME / peer.name
    stamp = home / "version.txt"
    if not stamp.exists() or stamp.read_text() != peer.version:
        shutil.rmtree(home, ignore_errors=True)
        peer.install(home, peer.version)
        stamp.write_text(peer.version)
    return peer.recipe(home, peer.version, free_port())
