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
NGINX = "nginx"
SYSTEM_PATH = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin"
NGINX_SETTINGS = """daemon off; master_process off; worker_processes 1; pid {home}/pid; error_log stderr;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000; default_type application/octet-stream;
  client_body_temp_path {home}/body; proxy_temp_path {home}/proxy; fastcgi_temp_path {home}/fastcgi;
  uwsgi_temp_path {home}/uwsgi; scgi_temp_path {home}/scgi;
  server {{ listen 127.0.0.1:{port}; root {root}; }}
}}
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


def _run(*command: str, directory: Path | None = None) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False, cwd=directory)
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


def _debian(home: Path, version: str) -> None:
    """Debian's package, unpacked but not installed. Raises PeerError where there is neither nginx nor apt."""
    if shutil.which(NGINX, path=SYSTEM_PATH):
        home.mkdir(parents=True)
        return
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise PeerError("left out: it needs nginx, or apt-get and dpkg-deb")
    home.mkdir(parents=True)
    _run("apt-get", "-qq", "-o", f"Dir::Cache={home}", "download", NGINX, directory=home)
    for package in home.glob("*.deb"):
        _run("dpkg-deb", "-x", str(package), str(home / "package"))


def _nginx(home: Path, version: str, port: int) -> Recipe:
    program = shutil.which(NGINX, path=SYSTEM_PATH) or str(home / "package/usr/sbin/nginx")
    settings, root = home / "nginx.conf", home / "root"
    root.mkdir(exist_ok=True)
    (root / "index.html").write_text("here\n")
    settings.write_text(NGINX_SETTINGS.format(port=port, home=home, root=root))
    told = subprocess.run([program, "-v"], capture_output=True, text=True, timeout=10, check=False).stderr
    command = (program, "-p", str(home), "-c", str(settings))
    remark = "one process, static files by sendfile, without signatures or access log"
    return Recipe(NGINX, told.rpartition("/")[2].strip(), command, port, first="rest", identity=False, remark=remark)


PEERS = (
    Peer("ministack", "1.5.33", _pip("ministack"), _ministack),
    Peer("moto", "5.2.5", _pip("moto[server]"), _moto),
    Peer("elasticmq", "1.7.1", _maven, _elasticmq),
)
OBJECT_PEERS = (*PEERS[:2],)
STATIC = Peer(NGINX, "Debian's", _debian, _nginx)
"""Of objects, what serves the same bytes as files."""


def prepare(peer: Peer) -> Recipe:
    """Install the peer where it is missing or of another version, and say how it is started."""
    home = HOME / peer.name
    stamp = home / "version.txt"
    if not stamp.exists() or stamp.read_text() != peer.version:
        shutil.rmtree(home, ignore_errors=True)
        peer.install(home, peer.version)
        stamp.write_text(peer.version)
    return peer.recipe(home, peer.version, free_port())
