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
from orrery.gateway.callers import is_loopback
from orrery.gateway.limits import Limits
from orrery.gateway.outward import own_names
from orrery.gateway.secure import secured
from orrery.gateway.server import Front, Server, new_event_loop
from orrery.gateway.tls import EVERYWHERE, Certificates, TlsFilesDamaged, below
from orrery.init_scripts import InitScripts, directory_of, environment
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
    scripts = InitScripts(directory_of(settings.init_dir), _say)
    if settings.init_dir and not Path(settings.init_dir).is_dir():
        sys.stderr.write(f"orrery: init-dir: there is no directory {settings.init_dir}\n")
        return 1
    loop = new_event_loop()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    data = None
    try:
        if not loop.run_until_complete(_prepare(settings, scripts, "boot", stop)):
            return 1
        if stop.is_set():
            return 0
        data = open_data(settings)
        return loop.run_until_complete(_serve(settings, data, loop, scripts, stop))
    except (UnusableDirectory, UnusableState, StateFailed) as problem:
        sys.stderr.write(f"orrery: {problem}\n")
        return 1
    finally:
        scripts.close()
        if data is not None:
            data.close()
        loop.close()


def open_data(settings: Settings) -> Data:
    """The state of a cloud with these settings; in a new one it may begin with a saved one. Raises UnusableDirectory,
    and UnusableState and StateFailed for the saved one."""
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


async def _prepare(settings: Settings, scripts: InitScripts, stage: str, stop: asyncio.Event) -> bool:
    """Run a stage's scripts; False where the start is not to go on, because one failed under `strict`."""
    done = await scripts.run_unless(stage, stop)
    if done or stop.is_set() or not settings.strict:
        return True
    sys.stderr.write(f"orrery: a script of {stage}.d failed, and strict is on\n")
    return False


async def _serve(
    settings: Settings,
    data: Data,
    loop: asyncio.AbstractEventLoop,
    scripts: InitScripts,
    stop: asyncio.Event,
) -> int:
    """Serve until told to stop, then let requests in flight finish."""
    write = _write if settings.log_level in ("info", "debug") else None
    cloud = Cloud(settings, loop, data, write=write, report=_report, cache=model_cache())
    names = own_names(settings.host_names, settings.external_host)
    tls = None if settings.in_memory else Path(settings.data_dir) / "tls"
    try:
        certificates = Certificates(tls, cloud.clock.host_now, (*below(names), *settings.host))
    except (TlsFilesDamaged, OSError) as problem:
        sys.stderr.write(f"orrery: {problem}\n")
        return 1
    cloud.keeper.authority_pem = certificates.authority_pem.decode()
    front = _front(cloud, certificates)
    cloud.keeper.stopping = stop.set
    cloud.keeper.initial = scripts.told
    if not await _prepare(settings, scripts, "start", stop):
        return 1
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
    _settle()
    scripts.environ = _environment(cloud, bound[0][1])
    code = 0 if await _prepare(settings, scripts, "ready", stop) else 1
    if code == 0 and not stop.is_set():
        _say("Ready.")
        await stop.wait()
    await _shut(scripts, settings.drain_timeout)
    cloud.kernel.stop_waiting()
    await front.drain(settings.drain_timeout)
    if not settings.in_memory:
        running.withdraw(Path(settings.data_dir))
    cloud.close()
    return code


def _front(cloud: Cloud, certificates: Certificates) -> Front:
    """The server of this process, or gateways in others, as the settings have it."""
    settings = cloud.settings
    if settings.workers:
        return Team(cloud, certificates.pair)
    limits = Limits(
        head=settings.max_head_size,
        connections=settings.max_connections,
        head_seconds=settings.head_timeout,
        idle_seconds=settings.idle_timeout,
    )
    server = Server(cloud, now=cloud.clock.now, report=_report_request, limits=limits, tls=secured(certificates))
    cloud.keeper.connections = lambda: len(server.hub.members)
    return server


def _settle() -> None:
    """Take what is there by now for lasting, so that the garbage collector need not look at it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT)


async def _shut(scripts: InitScripts, seconds: float) -> None:
    """Run the scripts of shutdown.d while requests are still served; those that take too long are ended."""
    try:
        await asyncio.wait_for(scripts.run("shutdown"), seconds)
    except TimeoutError:
        sys.stderr.write("orrery: the scripts of shutdown.d took longer than drain-timeout; ended\n")


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
    sys.stdout.flush()


def _environment(cloud: Cloud, port: int) -> dict[str, str]:
    """How scripts reach the cloud: by loopback with the test keys where it listens there, else as root."""
    hosts = cloud.settings.host
    near = [host for host in hosts if is_loopback(host) or host in ("localhost", *EVERYWHERE)]
    key, secret = "test", "test"
    host = near[0] if near else hosts[0]
    if not near and cloud.roots:
        key, (secret, _) = next(iter(cloud.roots.items()))
    name = "127.0.0.1" if host in ("localhost", *EVERYWHERE) else f"[{host}]" if ":" in host else host
    return environment(f"http://{name}:{port}", key, secret, cloud.settings.region)


def _say(line: str) -> None:
    _write(f"{line}\n")


def model_cache() -> Path:
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
