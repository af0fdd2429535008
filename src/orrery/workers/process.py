"""The program of a gateway's process. Its arguments are descriptors: the channel to the kernel, the socket on which
descriptors come, and the sockets to listen on."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
import sys
from typing import Any

import msgspec

from orrery.gateway.limits import Limits
from orrery.gateway.secure import secured
from orrery.gateway.server import Server, new_event_loop
from orrery.gateway.tls import Certificates, below
from orrery.kernel.clock import host_clock
from orrery.settings import Settings
from orrery.wire.http import Head
from orrery.workers.channel import Channel
from orrery.workers.gateway import Gateway
from orrery.workers.messages import KERNEL_BATCH, Drain, Hello, Serving, Sync, Synced
from orrery.workers.remote import RemotePort
from orrery.workers.standing import FollowedClock, KnownKeys

COLLECT = (20_000, 20, 20)
"""Thresholds of the garbage collector, as in the kernel's process."""


class Process:
    """One gateway's life: greeted by the kernel, serving, drained; it ends at once when the kernel has gone."""

    def __init__(self, loop: asyncio.AbstractEventLoop, files: socket.socket, listeners: list[socket.socket]) -> None:
        self._loop = loop
        self._listeners = listeners
        self._tasks: set[asyncio.Task[None]] = set()
        self._clock = FollowedClock()
        self._known = KnownKeys()
        self.channel = Channel(loop, KERNEL_BATCH, self._receive, self._lost)
        self._port = RemotePort(loop, self.channel, files, self._clock, self._known)
        self._gateway: Gateway | None = None
        self._server: Server | None = None
        self.over: asyncio.Future[None] = loop.create_future()

    def _receive(self, batch: list[Any]) -> None:
        for message in batch:
            act = self._port.acts.get(type(message))
            try:
                if act is not None:
                    act(message)
                else:
                    self._told(message)
            except Exception as problem:  # noqa: BLE001 - one answer's failure is not the others'
                self._report(None, problem)

    def _told(self, message: Any) -> None:
        if isinstance(message, Sync):
            self.channel.send(Synced(message.turn))
        elif isinstance(message, Hello):
            self._do(self._serve(message))
        elif isinstance(message, Drain):
            self._do(self._drain(message.seconds))

    async def _serve(self, hello: Hello) -> None:
        settings = msgspec.msgpack.decode(hello.settings, type=Settings)
        gateway = Gateway(settings, hello, self.channel, self._port, self._clock, self._known)
        limits = Limits(
            head=settings.max_head_size,
            connections=settings.max_connections,
            head_seconds=settings.head_timeout,
            idle_seconds=settings.idle_timeout,
        )
        tls = None
        if hello.authority is not None:
            names = (*below(settings.host_names), *settings.host)
            tls = secured(Certificates(None, host_clock, names, hello.authority))
        self._gateway = gateway
        self._server = Server(gateway, now=self._clock.now, report=self._report, limits=limits, tls=tls)
        for listener in self._listeners:
            await self._server.listen_socket(listener)
        gc.collect()
        gc.freeze()
        gc.set_threshold(*COLLECT)
        self.channel.send(Serving())

    async def _drain(self, seconds: float) -> None:
        if self._server is not None:
            await self._server.drain(seconds)
        self.channel.close()  # when all is written it is lost, and that is the end

    def _lost(self) -> None:
        if self._server is not None and not self.over.done():
            self._server.close()
        self._end()

    def _end(self) -> None:
        if not self.over.done():
            self.over.set_result(None)

    def _report(self, head: Head | None, problem: BaseException) -> None:
        what = "a request" if head is None else f"{head.method} {head.path.decode('latin-1')}"
        if self._gateway is not None:
            self._gateway.report(what, problem)

    def _do(self, work: Any) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        """A gateway that cannot serve ends; the kernel's process tells of it."""
        self._tasks.discard(task)
        if not task.cancelled() and (problem := task.exception()) is not None:
            sys.stderr.write(f"a gateway cannot serve: {problem!r}\n")
            self._end()


async def _live(loop: asyncio.AbstractEventLoop, numbers: list[int]) -> None:
    channel, files, *listeners = (socket.socket(fileno=number) for number in numbers)
    for each in (channel, files, *listeners):
        os.set_inheritable(each.fileno(), False)
        each.setblocking(False)
    process = Process(loop, files, listeners)
    await process.channel.open(channel)
    await process.over


def main() -> int:
    """Serve until the kernel's process says to drain, or has gone. Signals are for that process."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    loop = new_event_loop()
    loop.run_until_complete(_live(loop, [int(word) for word in sys.argv[1:]]))
    sys.stdout.flush()
    os._exit(0)  # threads that wait for a disk are not waited for


if __name__ == "__main__":
    sys.exit(main())
