"""The kernel's side of one gateway: performs what it asks for, refuses what was verified under an old epoch."""

from __future__ import annotations

import socket
from asyncio import Future
from collections.abc import Callable
from typing import Any, Protocol

from orrery.gateway import operator
from orrery.gateway.body import BodyLost
from orrery.gateway.operated import Operated as Keeper
from orrery.gateway.operator_states import Flow
from orrery.gateway.plain import internal_failure
from orrery.gateway.ring import Ring
from orrery.gateway.sharing import fields_of
from orrery.gateway.throttling import throttle
from orrery.kernel.bodies import Outgoing
from orrery.kernel.call import Call
from orrery.kernel.kernel import Kernel
from orrery.kernel.service import Service
from orrery.kernel.waiters import Cancelled, Run
from orrery.settings import Settings
from orrery.wire.catalog import Models
from orrery.wire.fault import Fault
from orrery.wire.http import Head
from orrery.wire.model import Operation
from orrery.wire.routes import Route
from orrery.wire.structs import struct_for
from orrery.workers import messages as m
from orrery.workers.bringing import DistantBody
from orrery.workers.channel import Channel
from orrery.workers.giving import Giving
from orrery.workers.spool import Spooled, spool, spool_directory
from orrery.workers.values import read_input, read_struct, told, trouble_of

Report = Callable[[str, BaseException], None]


class GatewayProblem(Exception):
    """Something failed in a gateway; the text is its own report."""


class Office(Protocol):
    """What all desks share."""

    kernel: Kernel
    models: Models
    ring: Ring
    report: Report
    settings: Settings
    epoch: int

    @property
    def keeper(self) -> Keeper: ...
    def load(self, name: str) -> Service | None: ...
    def lookup(self, access_key: str) -> Any: ...
    def tell(self) -> None: ...
    async def sync(self) -> None: ...
    def left(self, desk: Desk) -> None: ...


class Desk:
    """One gateway, as the kernel sees it. `end` is the channel's socket, `files` that on which descriptors go.

    `serving` is done when the gateway listens (True) or has died before (False), `gone` when it has gone; `calls` are
    the calls it asked for.
    """

    def __init__(self, office: Office, end: socket.socket, files: socket.socket) -> None:
        self._office = office
        self._end = end
        self._kernel = office.kernel
        self._files = files
        self.channel = Channel(office.kernel.loop, m.GATEWAY_BATCH, self.receive, self._lost)
        self.serving: Future[bool] = office.kernel.loop.create_future()
        self.gone: Future[None] = office.kernel.loop.create_future()
        self.calls = 0
        self._synced: dict[int, Future[None]] = {}
        self._runs: dict[int, Run] = {}
        self._bodies: dict[int, DistantBody] = {}
        self._givings: dict[int, Giving] = {}
        self._acts: dict[type, Callable[[Any], None]] = {
            m.Asked: self._asked,
            m.Confirm: self._confirm,
            m.KeyWanted: self._key,
            m.Gone: self._cancelled,
            m.Chunk: self._chunk,
            m.Poured: self._poured,
            m.More: self._more,
            m.Noted: self._noted,
            m.Told: self._told,
            m.Operated: self._operated,
            m.SharesWanted: self._share,
            m.Serving: self._serving,
            m.Synced: self._is_synced,
        }

    async def open(self) -> None:
        """Begin to listen to the gateway."""
        await self.channel.open(self._end)

    @property
    def giving(self) -> int:
        """How many bodies are being given out piece by piece."""
        return len(self._givings)

    def receive(self, batch: list[m.FromGateway]) -> None:
        """What the gateway said in one turn of its loop."""
        acts = self._acts
        for message in batch:
            acts[type(message)](message)

    def sync(self, turn: int) -> Future[None]:
        """Done when the gateway has told everything it noted so far, or has gone."""
        future: Future[None] = self._kernel.loop.create_future()
        if self.channel.over or not self.serving.done():
            future.set_result(None)
        else:
            self._synced[turn] = future
            self.channel.send(m.Sync(turn))
        return future

    # --- calls ---

    def _asked(self, asked: m.Asked) -> None:
        self.calls += 1
        if asked.epoch != self._office.epoch:
            self._stale(asked.id)
            return
        number = asked.id
        operation = self._office.models(asked.service).operation(asked.operation)
        try:
            principal = asked.principal
            if self._kernel.limits.failing:
                throttle(self._kernel, Route(operation, asked.protocol), principal.account, asked.region)
            service = self._office.load(asked.service)
            assert service is not None
            function = service.operations[operation.function]
            call = Call(
                operation,
                read_input(operation, asked.values, self._brought(number, asked.body, operation)),
                account=principal.account,
                region=asked.region,
                principal=principal,
                request_id=asked.request_id,
                host=asked.host,
                scheme=asked.scheme,
                source=asked.source,
                form=asked.form,
                signed_region=asked.signed_region,
                host_bucket=asked.host_bucket,
            )
        except Exception as problem:  # noqa: BLE001 - answered, and reported where it is no fault
            failed = problem
            self._kernel.committer.when_durable(lambda refused: self._finish(asked, operation, None, refused or failed))
            return

        def finish(values: Any, error: BaseException | None) -> None:
            self._finish(asked, operation, values, error, call.performed)

        run = self._kernel.perform(function, call, finish)
        if run is not None and not run.over:
            self._runs[number] = run

    def _finish(
        self, asked: m.Asked, operation: Operation, values: Any, error: BaseException | None, performed: float = 0.0
    ) -> None:
        number = asked.id
        if self._runs:
            self._runs.pop(number, None)
        if self._bodies:
            self._bodies.pop(number, None)
        member = operation.streaming_output
        body = None if member is None or not values else values.get(member.name)
        if isinstance(body, Outgoing) and (error is not None or self.channel.over):
            body.close()
            body = None
        if error is None:
            try:
                given = self._give(number, body) if isinstance(body, Outgoing) else None
                self.channel.send(m.Answered(number, performed, told(values or {}), given))
                return
            except Exception as problem:  # noqa: BLE001 - answered and reported as a failure of the operation
                error = problem
        if isinstance(error, Cancelled | BodyLost):
            self.channel.send(m.Ended(number, str(error) if isinstance(error, BodyLost) else None))
            return
        if not isinstance(error, Fault):
            self._office.report(f"{asked.service}.{asked.operation}", error)
            error = internal_failure(asked.request_id)
        self.channel.send(m.Refused(number, performed, trouble_of(error)))

    def _cancelled(self, gone: m.Gone) -> None:
        run = self._runs.pop(gone.id, None)
        if run is not None:
            run.cancel()
        giving = self._givings.pop(gone.id, None)
        if giving is not None:
            giving.close()

    def _stale(self, number: int) -> None:
        self._office.tell()  # first, or it would be verified by the same once more
        self.channel.send(m.Stale(number))

    def _confirm(self, confirm: m.Confirm) -> None:
        if confirm.epoch != self._office.epoch:
            self._stale(confirm.id)
            return

        def durable(problem: Exception | None) -> None:
            trouble = None if problem is None else trouble_of(_fault(problem))
            self.channel.send(m.Confirmed(confirm.id, trouble))

        self._kernel.committer.when_durable(durable)

    def _key(self, wanted: m.KeyWanted) -> None:
        found = self._office.lookup(wanted.access_key)
        self.channel.send(m.KeyFound(wanted.id, wanted.access_key, found))

    def _share(self, wanted: m.SharesWanted) -> None:
        operation = self._office.models(wanted.service).operation(wanted.operation)
        place = self._kernel.place(wanted.account, wanted.region)
        service = self._office.load(wanted.service)
        assert service is not None
        try:
            fields = fields_of(
                self._kernel, service, place, operation.model, wanted.labels, wanted.origin, wanted.method
            )
        except Exception as problem:  # noqa: BLE001 - told of; the answer is not less true without these fields
            self._office.report("what an answer tells a browser", problem)
            fields = []
        self.channel.send(m.Shares(wanted.id, fields))

    # --- bodies ---

    def _brought(self, number: int, brought: m.Brought | None, operation: Operation) -> DistantBody | None:
        if brought is None:
            return None
        send = self.channel.send
        body = DistantBody(brought, lambda: send(m.Pour(number)), lambda size: send(m.Taken(number, size)))
        if brought.data is None:
            self._bodies[number] = body
        if brought.form is not None:
            put = operation.model.operation("PutObject")
            body.fields = brought.form.fields
            body.asked = read_input(put, brought.form.asked, body)
            if brought.form.tagging is not None:
                tagging = operation.model.operation("PutObjectTagging").input
                assert tagging is not None
                body.tagging = read_struct(struct_for(tagging.members["Tagging"].shape), brought.form.tagging)
        return body

    def _chunk(self, chunk: m.Chunk) -> None:
        body = self._bodies.get(chunk.id)
        if body is not None:
            body.feed(chunk.data)

    def _poured(self, poured: m.Poured) -> None:
        body = self._bodies.get(poured.id)
        if body is not None:
            body.end(poured)

    def _give(self, number: int, body: Outgoing) -> m.Given:
        giving = Giving(number, body, self._kernel.loop, self._files, self._office.report)
        try:
            given = giving.begin()
        except BaseException:
            giving.close()
            raise
        if not giving.over:
            self._givings[number] = giving
        return given

    def _more(self, more: m.More) -> None:
        giving = self._givings.get(more.id)
        if giving is None:
            self.channel.send(m.Piece(more.id, None, failed=True))
            return

        def read(piece: m.Piece | None, problem: BaseException | None) -> None:
            if giving.over:
                self._givings.pop(more.id, None)
            self.channel.send(piece or m.Piece(more.id, None, failed=True))

        Run(giving.next(), read)

    # --- the rest ---

    def _noted(self, noted: m.Noted) -> None:
        self._office.ring.add(noted.entry)

    def _told(self, told: m.Told) -> None:
        self._office.report(told.what, GatewayProblem(told.text))

    def _operated(self, asked: m.Operated) -> None:
        head = Head(
            asked.method, asked.target, asked.headers, scheme=asked.scheme, peer=asked.peer, http_minor=asked.minor
        )

        loop = self._kernel.loop

        async def operate() -> m.OperatorAnswered:
            await self._office.sync()
            body = asked.body if asked.spooled is None else Spooled(asked.spooled, loop)
            try:
                answer = await operator.handle(self._office.keeper, head, body)
            finally:
                if isinstance(body, Spooled):
                    body.close()
            if isinstance(answer, Flow):
                path = await spool(answer.source, spool_directory(self._office.settings), loop)
                return m.OperatorAnswered(asked.id, 200, answer.headers, b"", path)
            return m.OperatorAnswered(asked.id, answer.status, answer.headers, answer.body)

        def answered(answer: m.OperatorAnswered | None, error: BaseException | None) -> None:
            if answer is None:
                assert error is not None
                self._office.report("the operator interface", error)
                failed = operator.failed()
                answer = m.OperatorAnswered(asked.id, failed.status, failed.headers, failed.body)
            self.channel.send(answer)

        Run(operate(), answered)

    def _serving(self, _: m.Serving) -> None:
        if not self.serving.done():
            self.serving.set_result(True)

    def _is_synced(self, synced: m.Synced) -> None:
        future = self._synced.pop(synced.turn, None)
        if future is not None and not future.done():
            future.set_result(None)

    def _lost(self) -> None:
        """The gateway has gone: what it asked for is nobody's any more."""
        self._files.close()
        if not self.serving.done():
            self.serving.set_result(False)
        for future in self._synced.values():
            if not future.done():
                future.set_result(None)
        for run in list(self._runs.values()):
            run.cancel()
        for body in list(self._bodies.values()):
            body.end(m.Poured(0, lost="The client has gone"))
        for giving in list(self._givings.values()):
            giving.close()
        self._givings.clear()
        self._office.left(self)
        self.gone.set_result(None)


def _fault(problem: Exception) -> Fault:
    return problem if isinstance(problem, Fault) else Fault("InternalFailure", str(problem), status=500)
