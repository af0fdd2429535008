"""What stands in the way of a start: a cloud that runs already, or another program at the port."""

import errno
import http.client
import json
import socket
from pathlib import Path

from orrery import running
from orrery.cli.trouble import Refused
from orrery.settings import Settings

PATIENCE = 2.0
"""Seconds to wait for whoever holds the port to say who it is."""


def refuse(settings: Settings) -> None:
    """Raise Refused, saying what to do, when the data directory or the port is taken, or the directory is none."""
    if not settings.in_memory:
        path = Path(settings.data_dir)
        found = running.find(path)
        if found is not None and running.held(path):
            raise Refused(
                f"a cloud already runs with the data directory {path}, at {found.endpoint} (process {found.pid}).\n"
                "Stop it with: orrery stop. Or start another with: --data-dir DIRECTORY --port PORT"
            )
        if path.exists() and not path.is_dir():
            raise Refused(f"the data directory {path} is no directory. Choose another with --data-dir")
    if settings.port and taken(settings.port, settings.host):
        raise Refused(
            f"port {settings.port} is in use {holder(settings.port)}.\n"
            "Choose another with --port PORT, or --port 0 for a free one"
        )


def taken(port: int, hosts: tuple[str, ...] = ("127.0.0.1",)) -> bool:
    """True when something else listens at the port of one of these addresses."""
    for host in hosts:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            with socket.socket(family) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if family == socket.AF_INET6:
                    probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                probe.bind((host, port))
        except OSError as problem:  # no such address or family here: whoever is to listen there says so
            if problem.errno == errno.EADDRINUSE:
                return True
    return False


def holder(port: int) -> str:
    """Who listens there, as far as it tells: `by a cloud of Orrery (process 17, data directory …)`."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", "/_orrery/health")
        answer = connection.getresponse()
        facts = json.loads(answer.read(1 << 20))
        if answer.status == 200 and isinstance(facts, dict) and "data_directory" in facts:
            where = facts["data_directory"]
            return f"by a cloud of Orrery (process {facts.get('pid')}, data directory {where})"
        return "by another program, which speaks HTTP"
    except (OSError, http.client.HTTPException, ValueError):
        return "by another program"
    finally:
        connection.close()
