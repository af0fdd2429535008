"""The gateway's side of a body on its way in: checked here, and sent as fast as the operation takes it."""

from __future__ import annotations

from asyncio import AbstractEventLoop, CancelledError, Future

from orrery.gateway.body import BodyLost
from orrery.gateway.streaming import StreamedBody
from orrery.wire.fault import Fault
from orrery.workers.channel import WINDOW, Channel
from orrery.workers.messages import Chunk, Poured
from orrery.workers.values import trouble_of


class Sending:
    """One body being sent to the kernel, under the number of its call."""

    def __init__(self, number: int, body: StreamedBody, channel: Channel, loop: AbstractEventLoop) -> None:
        self._number = number
        self._body = body
        self._channel = channel
        self._loop = loop
        self._ahead = 0
        self._room: Future[None] | None = None
        self._task = loop.create_task(self._send())

    def taken(self, size: int) -> None:
        """The operation took so many bytes."""
        self._ahead -= size
        if self._room is not None and not self._room.done() and self._ahead < WINDOW:
            self._room.set_result(None)

    def stop(self) -> None:
        """The operation is over; what it did not read is nobody's. Idempotent."""
        self._task.cancel()

    async def _send(self) -> None:
        try:
            async for pieces in self._body.batches():
                for piece in pieces:
                    self._ahead += len(piece)
                    self._channel.send(Chunk(self._number, piece))
                if self._ahead >= WINDOW:
                    self._room = self._loop.create_future()
                    await self._room
            end = Poured(self._number, self._body.digest)
        except CancelledError:
            return
        except Fault as fault:
            end = Poured(self._number, trouble=trouble_of(fault))
        except BodyLost as lost:
            end = Poured(self._number, lost=str(lost))
        self._channel.send(end)
