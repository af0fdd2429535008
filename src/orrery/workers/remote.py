"""The kernel behind a socket, as a gateway's pipeline sees it (gateway/port.py)."""

from __future__ import annotations

import socket
from asyncio import AbstractEventLoop, Task
from collections.abc import Callable
from typing import Any

from orrery.gateway.body import BodyLost
from orrery.gateway.forms import FormBody
from orrery.gateway.passage import Passage
from orrery.gateway.port import Again, Shared
from orrery.gateway.streaming import Distant, StreamedBody
from orrery.kernel.call import Call
from orrery.kernel.ids import Ids
from orrery.kernel.kernel import Finish
from orrery.kernel.service import Service
from orrery.kernel.waiters import Cancelled
from orrery.wire.fault import Fault
from orrery.workers import messages as m
from orrery.workers.channel import Channel
from orrery.workers.receiving import Receiving, arriving
from orrery.workers.sending import Sending
from orrery.workers.standing import FollowedClock, KeyUnknown, KnownKeys
from orrery.workers.values import fault_of, given, told, trouble_of

Operator = Callable[[m.OperatorAnswered], None]


class Waiting:
    """A call under way in the kernel."""

    __slots__ = ("again", "body", "call", "cancelled", "finish", "member", "sending")

    def __init__(self, call: Call, finish: Finish, again: Again, body: StreamedBody | None, member: str | None) -> None:
        self.call = call
        self.finish = finish
        self.again = again
        self.body = body
        self.member = member
        self.sending: Sending | None = None
        self.cancelled = False


class RemotePort:
    """A `Port`. `channel` leads to the kernel, `files` is where descriptors come from."""

    def __init__(
        self, loop: AbstractEventLoop, channel: Channel, files: socket.socket, clock: FollowedClock, keys: KnownKeys
    ) -> None:
        self.loop = loop
        self.now = clock.now
        self.new_id = Ids().uuid
        self._channel = channel
        self._clock = clock
        self._keys = keys
        self._files = files
        self._descriptors: dict[int, int] = {}
        self._epoch = -1
        self._number = 0
        self._waiting: dict[int, Waiting] = {}
        self._asked: dict[int, Callable[[Any], None]] = {}
        self._receiving: dict[int, Receiving] = {}
        self._tasks: set[Task[None]] = set()
        self.acts: dict[type, Callable[[Any], None]] = {
            m.Standing: self._stands,
            m.Answered: self._answered,
            m.Refused: self._refused,
            m.Ended: self._ended,
            m.Stale: self._stale,
            m.Confirmed: self._told,
            m.KeyFound: self._told,
            m.Shares: self._told,
            m.OperatorAnswered: self._told,
            m.Pour: self._pour,
            m.Taken: self._taken,
            m.Piece: self._piece,
        }

    # --- the pipeline's side ---

    def admit(self, passage: Passage) -> None:
        """The kernel does this when the call has come."""

    def doubts(self, fault: Exception) -> bool:
        """Always: the key may not be known here yet, or what was known may be over."""
        return True

    def refuse(self, fault: Exception, end: Callable[[Exception], None], again: Again) -> None:
        """See `Port.refuse`."""
        if isinstance(fault, KeyUnknown):
            self._ask(lambda number: m.KeyWanted(number, fault.access_key), lambda found: self._learn(found, again))
            return

        def confirmed(answer: m.Confirmed | m.Stale) -> None:
            if isinstance(answer, m.Stale):
                again()
            else:
                end(fault if answer.trouble is None else fault_of(answer.trouble))

        epoch = self._epoch
        self._ask(lambda number: m.Confirm(number, epoch), confirmed)

    def perform(
        self, function: Callable[..., Any], call: Call, passage: Passage, finish: Finish, again: Again
    ) -> Callable[[], None] | None:
        """See `Port.perform`."""
        route = passage.route
        assert route is not None
        member = route.operation.streaming_output
        body = passage.body if isinstance(passage.body, StreamedBody) else None
        self._number = number = self._number + 1
        try:
            asked = m.Asked(
                number,
                self._epoch,
                route.service,
                route.operation.name,
                route.protocol,
                call.principal,
                call.region,
                call.request_id,
                call.host,
                call.scheme,
                call.source,
                call.form,
                call.signed_region,
                call.host_bucket,
                told(call.values),
                None if body is None else _brought(body),
            )
        except Exception as problem:  # noqa: BLE001 - the pipeline answers and reports it
            finish(None, problem)
            return None
        waiting = Waiting(call, finish, again, body, None if member is None else member.name)
        self._waiting[number] = waiting
        self._channel.send(asked)

        def cancel() -> None:
            if number in self._waiting:
                waiting.cancelled = True
                self._channel.send(m.Gone(number))

        return cancel

    def share(self, passage: Passage, service: Service | None, done: Shared) -> None:
        """See `Port.share`."""
        route, head = passage.route, passage.exchange.head
        origin = head.headers.text(b"origin")
        if origin is None or route is None or service is None or service.shares is None:
            done(None)
            return
        self._ask(
            lambda number: m.SharesWanted(
                number,
                route.service,
                route.operation.name,
                dict(route.labels),
                origin,
                head.method,
                passage.principal.account,
                passage.region,
            ),
            lambda shares: done(shares.fields),
        )

    def operate(self, make: Callable[[int], m.Operated], done: Operator) -> None:
        """Hand a request to the operator interface over."""
        self._ask(make, done)

    # --- the kernel's side ---

    def _ask(self, make: Callable[[int], Any], done: Callable[[Any], None]) -> None:
        self._number = number = self._number + 1
        self._asked[number] = done
        self._channel.send(make(number))

    def _told(self, answer: Any) -> None:
        self._asked.pop(answer.id)(answer)

    def _learn(self, found: m.KeyFound, again: Again) -> None:
        self._keys.learn(found.access_key, found.credential)
        again()

    def _stands(self, standing: m.Standing) -> None:
        self._epoch = standing.epoch
        self._clock.follow(standing)
        self._keys.forget()

    def _over(self, number: int) -> Waiting:
        waiting = self._waiting.pop(number)
        if waiting.sending is not None:
            waiting.sending.stop()
        return waiting

    def _answered(self, answered: m.Answered) -> None:
        waiting = self._over(answered.id)
        waiting.call.performed = answered.performed
        values = given(answered.values)
        if answered.body is not None:
            assert waiting.member is not None
            values[waiting.member] = self._distant(answered.id, answered.body)
        waiting.finish(values, None)

    def _refused(self, refused: m.Refused) -> None:
        waiting = self._over(refused.id)
        waiting.call.performed = refused.performed
        waiting.finish(None, fault_of(refused.trouble))

    def _ended(self, ended: m.Ended) -> None:
        error = Cancelled() if ended.lost is None else BodyLost(ended.lost)
        self._over(ended.id).finish(None, error)

    def _stale(self, stale: m.Stale) -> None:
        if stale.id in self._asked:
            self._asked.pop(stale.id)(stale)
            return
        waiting = self._over(stale.id)
        if waiting.cancelled:
            waiting.finish(None, Cancelled())
        else:
            waiting.again()

    # --- bodies ---

    def _pour(self, pour: m.Pour) -> None:
        waiting = self._waiting.get(pour.id)
        if waiting is not None and waiting.body is not None:
            waiting.sending = Sending(pour.id, waiting.body, self._channel, self.loop)

    def _taken(self, taken: m.Taken) -> None:
        waiting = self._waiting.get(taken.id)
        if waiting is not None and waiting.sending is not None:
            waiting.sending.taken(taken.size)

    def _distant(self, number: int, body: m.Given) -> Distant:
        first = None if body.first is None else self._arrived(body.first)
        whole = first is not None and body.first is not None and len_of(body.first) == body.length
        if whole:
            assert first is not None
            return Distant(body.length, first)
        receiving = Receiving(number, body.length, first, self._channel, self._given_up)
        self._receiving[number] = receiving
        return Distant(body.length, receiving)

    def _piece(self, piece: m.Piece) -> None:
        found = self._arrived(piece)
        receiving = self._receiving.get(piece.id)
        if receiving is not None:
            receiving.come(found, len_of(piece))
        elif found is not None and not isinstance(found, bytes):
            found.close()

    def _given_up(self, number: int) -> None:
        self._receiving.pop(number, None)

    def _arrived(self, piece: m.Piece) -> Any:
        return arriving(piece, self._files, self._descriptors)


def len_of(piece: m.Piece) -> int:
    """How many bytes of the body a piece is."""
    return piece.length if piece.data is None else len(piece.data)


def _brought(body: StreamedBody) -> m.Brought:
    """How a call tells of its body: whole where it was collected."""
    form = None
    if isinstance(body, FormBody):
        tagging = None if body.tagging is None else told(body.tagging)
        form = m.Form(dict(body.fields), told(body.asked), tagging)
    if body.reader is not None:
        return m.Brought(body.length, body.algorithm, form=form)
    try:
        data = body.collected()
    except Fault as fault:
        return m.Brought(body.length, body.algorithm, b"", trouble=trouble_of(fault), form=form)
    return m.Brought(body.length, body.algorithm, data, body.digest, form=form)
