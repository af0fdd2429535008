"""The program behind `orrery start`: opens the data directory, runs one cloud until it is told to stop."""

import asyncio
import gc
import os
import signal
import sys
import traceback
from pathlib import Path

from orrery import __version__, running
from orrery.cloud import Cloud, declaration
from orrery.gateway.limits import Limits
from orrery.gateway.secure import secured
from orrery.gateway.server import Front, Server, new_event_loop
from orrery.gateway.tls import Certificates, TlsFilesDamaged, below
from orrery.kernel.kernel import SlowOperation
from orrery.kernel.states.seeding import seed
from orrery.kernel.states.trouble import StateFailed, UnusableState
from orrery.kernel.store.directory import UnusableDirectory
from orrery.kernel.store.opening import Data, open_directory, open_memory
from orrery.settings import Settings
from orrery.wire.http import Head
from orrery.workers.team import GatewayDied, Team

COLLECT = (20_000, 20, 20)
"""Thresholds of the garbage collector: requests leave no cycles behind, so looking often finds nothing."""


def main(settings: Settings) -> int:
    """Run a cloud in the foreground until SIGINT, SIGTERM or `orrery stop`; the process's exit code."""
    try:
        data = _open(settings)
    except (UnusableDirectory, UnusableState, StateFailed) as problem:
        sys.stderr.write(f"orrery: {problem}\n")
        return 1
    loop = new_event_loop()
    try:
        return loop.run_until_complete(_serve(settings, data, loop))
    finally:
        data.close()
        loop.close()


def _open(settings: Settings) -> Data:
    """The state, which in a new cloud may begin with a saved one."""
    data = _open_own(settings)
    try:
        if settings.state:
            seed(data, Path(settings.state), declaration)
    except BaseException:
        data.close()
        raise
    return data


def _open_own(settings: Settings) -> Data:
    if settings.in_memory:
        return open_memory()
    return open_directory(
        Path(settings.data_dir),
        adapter=settings.store,  # type: ignore[arg-type]
        durability=settings.durability,  # type: ignore[arg-type]
    )


async def _serve(settings: Settings, data: Data, loop: asyncio.AbstractEventLoop) -> int:
    """Serve until told to stop, then let requests in flight finish."""
    write = _write if settings.log_level in ("info", "debug") else None
    cloud = Cloud(settings, loop, data, write=write, report=_report, cache=_cache())
    limits = Limits(
        head=settings.max_head_size,
        connections=settings.max_connections,
        head_seconds=settings.head_timeout,
        idle_seconds=settings.idle_timeout,
    )
    tls = None if settings.in_memory else Path(settings.data_dir) / "tls"
    try:
        certificates = Certificates(tls, cloud.clock.host_now, (*below(settings.host_names), *settings.host))
    except (TlsFilesDamaged, OSError) as problem:
        sys.stderr.write(f"orrery: {problem}\n")
        return 1
    cloud.keeper.authority_pem = certificates.authority_pem.decode()
    front: Front
    if settings.workers:
        front = Team(cloud, certificates.pair)
    else:
        server = Server(cloud, now=cloud.clock.now, report=_report_request, limits=limits, tls=secured(certificates))
        cloud.keeper.connections = lambda: len(server.hub.members)
        front = server
    stop = asyncio.Event()
    cloud.keeper.stopping = stop.set
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        bound = await front.listen_all(settings.host, settings.port)
    except OSError as problem:
        sys.stderr.write(f"orrery: cannot listen on port {settings.port}: {problem.strerror or problem}\n")
        return 1
    except GatewayDied as problem:
        sys.stderr.write(f"orrery: {problem}\n")
        return 1
    _announce(settings, bound[0][1])
    _banner(cloud, bound[0][1])
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT)
    await stop.wait()
    cloud.kernel.stop_waiting()
    await front.drain(settings.drain_timeout)
    if not settings.in_memory:
        running.withdraw(Path(settings.data_dir))
    cloud.close()
    return 0


def _write(lines: str) -> None:
    sys.stdout.write(lines)
    sys.stdout.flush()


def _announce(settings: Settings, port: int) -> None:
    """Leave word in the data directory, so that the command line finds this cloud."""
    if not settings.in_memory:
        here = running.Running(os.getpid(), f"http://127.0.0.1:{port}", __version__)
        running.announce(Path(settings.data_dir), here)


def _banner(cloud: Cloud, port: int) -> None:
    settings = cloud.settings
    where = "nothing is kept" if settings.in_memory else settings.data_dir
    sys.stdout.write(
        f"Orrery on http://127.0.0.1:{port}\n"
        f"  credentials      test / test (account 000000000000); ACCOUNT-ID / test is the root of any other account\n"
        f"  data directory   {where}\n"
    )
    if cloud.root_key is not None:
        key = cloud.root_key
        sys.stdout.write(f"  from elsewhere   {key.access_key} / {key.secret} (account {key.account})\n")
    sys.stdout.write("Ready.\n")
    sys.stdout.flush()


def _cache() -> Path:
    """Where compiled models are kept between starts; they can be made again at any time."""
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(home) / "orrery"


def _report(what: str, problem: BaseException) -> None:
    if isinstance(problem, SlowOperation | GatewayDied):
        sys.stderr.write(f"{what} {problem}\n")
        return
    sys.stderr.write(f"{what} failed:\n{''.join(traceback.format_exception(problem))}")


def _report_request(head: Head | None, problem: BaseException) -> None:
    _report("a request" if head is None else f"{head.method} {head.path.decode('latin-1')}", problem)
