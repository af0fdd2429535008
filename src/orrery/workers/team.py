"""The gateways of one cloud: started, told what they verify by, replaced when they die, ended together."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path
from typing import Any, Final

import orrery
from orrery.auth.credentials import auth
from orrery.cloud import Cloud
from orrery.gateway.operated import Operated
from orrery.kernel.service import Service
from orrery.workers.berths import Berths
from orrery.workers.desk import Desk
from orrery.workers.messages import Drain, Hello, Standing
from orrery.workers.values import told

PATIENCE: Final = 30.0
"""Host seconds a gateway may take to serve."""
PAUSE: Final = 1.0
"""Host seconds before another gateway is started in place of one that died before it served, and that one has for
what takes no time."""


class GatewayDied(Exception):
    """A gateway ended that was not told to; another takes its place."""


class Team:
    """The gateways of a cloud, as many as its settings say. `authority` is the key and certificate that their TLS
    certificates are made of, None for no TLS. Is every desk's `Office`."""

    def __init__(self, cloud: Cloud, authority: tuple[bytes, bytes] | None = None) -> None:
        self._cloud = cloud
        self._berths = Berths()
        self._authority = authority
        self._desks: dict[Desk, subprocess.Popen[bytes]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._ending = False
        self._turn = 0
        self._changed = False
        self.settings = cloud.settings
        self.kernel = cloud.kernel
        self.models = cloud.pipeline.models
        self.ring = cloud.ring
        self.report = cloud.pipeline.report
        self.load: Callable[[str], Service | None] = cloud.load
        self.lookup = cloud.lookup
        self.epoch = 0
        self._follow()
        self.kernel.followers.append(self._follow_anew)

    @property
    def keeper(self) -> Operated:
        """The cloud, for the operator interface."""
        return self._cloud.keeper

    @property
    def desks(self) -> dict[Desk, int]:
        """The gateways, with their process ids."""
        return {desk: process.pid for desk, process in self._desks.items()}

    async def listen_all(self, hosts: Iterable[str], port: int) -> list[tuple[str, int]]:
        """Start all gateways on several addresses with one port: a free one for all when `port` is 0. Returns the
        addresses when all gateways serve. Raises OSError for an address that cannot be had, and GatewayDied."""
        self._berths = Berths.take(hosts, port)
        desks = [self._start_one() for _ in range(self._cloud.settings.workers)]
        done, late = await asyncio.wait([self._do(self._open(desk)) for desk in desks], timeout=PATIENCE)
        if late or not all(task.result() for task in done):
            self.close()
            await self._ended(PAUSE)
            raise GatewayDied("a gateway ended before it served")
        return self._berths.addresses()

    async def drain(self, seconds: float) -> bool:
        """Tell all gateways to let requests in flight finish, for at most `seconds`, and wait for their ends. Returns
        whether all had ended."""
        self._ending = True
        self._berths.close()
        for desk in self._desks:
            desk.channel.send(Drain(seconds))
        return await self._ended(seconds + PAUSE)

    def close(self) -> None:
        """End all gateways now; each ends by itself when it finds the kernel gone."""
        self._ending = True
        self._berths.close()
        for desk in list(self._desks):
            desk.channel.close()

    async def full(self) -> None:
        """Wait until no gateway is being replaced."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def sync(self) -> None:
        """Wait until every gateway has told of everything it has answered; one that hangs is not waited for."""
        self._turn += 1
        told = [desk.sync(self._turn) for desk in self._desks]
        if told:
            await asyncio.wait(told, timeout=PAUSE)

    def tell(self) -> None:
        """Tell all gateways of the present epoch, unless they have been told."""
        if self._changed:
            self._changed = False
            standing = self._standing()
            for desk in self._desks:
                desk.channel.send(standing)

    def left(self, desk: Desk) -> None:
        """A gateway has gone: put another into its place, unless the cloud is about to end."""
        process = self._desks.pop(desk)
        served = desk.serving.result()
        self._do(self._replace(process, served))

    # --- inside ---

    def _start_one(self) -> Desk:
        """Start a process; it finds its sockets by their numbers."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        files, their_files = _file_pair()
        listeners = self._berths.sockets()
        given = [theirs, their_files, *listeners]
        numbers = [each.fileno() for each in given]
        paths = [str(Path(orrery.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
        process = subprocess.Popen(
            [sys.executable, "-m", "orrery.workers.process", *map(str, numbers)],
            pass_fds=numbers,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in paths if path)},
            process_group=0,  # a terminal's Ctrl-C is for the kernel's process, which tells the gateways
        )
        for each in given:
            each.close()
        desk = Desk(self, ours, files)
        self._desks[desk] = process
        return desk

    async def _open(self, desk: Desk) -> bool:
        """Whether the gateway has come to serve."""
        await desk.open()
        cloud = self._cloud
        cache = cloud.cache
        desk.channel.send(
            Hello(told(cloud.settings), cloud.roots, self._authority, None if cache is None else str(cache))
        )
        desk.channel.send(self._standing())
        return await desk.serving

    async def _replace(self, process: subprocess.Popen[bytes], served: bool) -> None:
        try:
            code = await self.kernel.loop.run_in_executor(None, process.wait)
        except RuntimeError:  # the interpreter is about to end: it has no threads any more
            return
        if self._ending:
            return
        self.report("a gateway", GatewayDied(f"process {process.pid} ended with {code}; another is started"))
        if served:
            await self._open(self._start_one())
        else:
            self.kernel.loop.call_later(PAUSE, self._start_again)

    def _start_again(self) -> None:
        if not self._ending:
            self._do(self._open(self._start_one()))

    async def _ended(self, seconds: float) -> bool:
        """Wait for the ends of all processes; after `seconds` they are ended. Whether all ended by themselves."""
        processes = list(self._desks.values())
        wait = self.kernel.loop.run_in_executor

        def end(process: subprocess.Popen[bytes]) -> bool:
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                return False
            return True

        return all(await asyncio.gather(*(wait(None, end, process) for process in processes)))

    def _do(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = self.kernel.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _follow(self) -> None:
        """Hear of every turn of the clock and every change of credentials."""
        clock = self.kernel.clock
        before = clock.changed

        def turned() -> None:
            before()
            self._next_epoch()

        clock.changed = turned
        tables = [self.kernel.tables.id_of(table.name) for table in auth.tables.values()]
        self.kernel.committer.watch(tables, self._next_epoch)

    def _follow_anew(self) -> None:
        """The kernel stands on another state, with other credentials and another time."""
        self._follow()
        self._next_epoch()

    def _next_epoch(self) -> None:
        """From now on what was verified before is refused; told to the gateways once a turn of the loop."""
        self.epoch += 1
        if not self._changed:
            self._changed = True
            self.kernel.loop.call_soon(self.tell)

    def _standing(self) -> Standing:
        return Standing(self.epoch, [(piece.host, piece.virtual, piece.rate) for piece in self._cloud.clock.pieces])


def _file_pair() -> tuple[socket.socket, socket.socket]:
    """Two ends for descriptors, each of which comes with its number as one message."""
    kind = getattr(socket, "SOCK_SEQPACKET", socket.SOCK_DGRAM) if sys.platform == "linux" else socket.SOCK_DGRAM
    ours, theirs = socket.socketpair(socket.AF_UNIX, kind)
    ours.setblocking(False)
    theirs.setblocking(False)
    return ours, theirs
