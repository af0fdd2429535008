"""One gateway: the handler of a server whose pipeline's kernel is another process."""

from __future__ import annotations

import importlib
import traceback
from pathlib import Path

from orrery.cloud import PACKAGES
from orrery.gateway import operator
from orrery.gateway.bodies_shown import BodiesShown
from orrery.gateway.body import BodyLost, BodyReader
from orrery.gateway.exchange import Exchange, StreamBody
from orrery.gateway.operator_guard import objection
from orrery.gateway.origins import Origins
from orrery.gateway.outward import Outward, own_names
from orrery.gateway.pipeline import Pipeline
from orrery.gateway.ring import Ring
from orrery.gateway.verify import Verifier
from orrery.kernel.service import Service
from orrery.kernel.waiters import Cancelled, Run
from orrery.settings import Settings
from orrery.wire.catalog import Models
from orrery.wire.http import Answer
from orrery.workers.channel import Channel
from orrery.workers.messages import Hello, Noted, Operated, OperatorAnswered, Told
from orrery.workers.remote import RemotePort
from orrery.workers.spool import Spooled, spool, spool_directory
from orrery.workers.standing import AskedKeys, FollowedClock, KnownKeys


class Gateway:
    """Verifies and parses what comes, has the kernel perform it, and writes the answers. A server's handler."""

    def __init__(
        self,
        settings: Settings,
        hello: Hello,
        channel: Channel,
        port: RemotePort,
        clock: FollowedClock,
        known: KnownKeys,
    ) -> None:
        self._channel = channel
        self._port = port
        self._settings = settings
        self._names = {"localhost", *settings.host_names}
        self._services: dict[str, Service] = {}
        ring = Ring(size=1)
        ring.add = lambda entry: channel.send(Noted(entry))
        local = AskedKeys(hello.roots, test_keys=True, known=known)
        remote = AskedKeys(hello.roots, test_keys=settings.trust_test_keys, known=known)
        self.pipeline = Pipeline(
            port,
            Models(None if hello.cache is None else Path(hello.cache)),
            local=Verifier(local.lookup, clock),
            remote=Verifier(remote.lookup, clock),
            load=self.load,
            ring=ring,
            report=self.report,
            bodies=BodiesShown(settings.log_bodies) if settings.log_bodies else None,
            mode=settings.auth,
            strict=settings.strict,
            body_limit=settings.max_body_size,
            names=own_names(settings.host_names, settings.external_host),
            origins=Origins(settings.cors_origins, settings.cors_headers),
            outward=Outward(settings.external_host, settings.sqs_url_style),
        )

    def load(self, name: str) -> Service | None:
        """A service by name, for what it offers; its package is imported at its first use."""
        found = self._services.get(name)
        if found is None and name in PACKAGES:
            found = self._services[name] = getattr(importlib.import_module(PACKAGES[name]), name)
        return found

    def report(self, what: str, problem: BaseException) -> None:
        """Have the kernel's process tell of a failure that is nobody's answer."""
        self._channel.send(Told(what, "".join(traceback.format_exception(problem))))

    def begin(self, exchange: Exchange) -> int | StreamBody | None:
        """The head of a request has come."""
        if operator.claims(exchange.head):
            return operator.begin(exchange.head)
        return self.pipeline.begin(exchange)

    def serve(self, exchange: Exchange, body: bytes) -> None:
        """A request has come whole."""
        if exchange.context is not None:
            self.pipeline.serve(exchange, body)
            return
        self._operate(exchange, body, None)

    def serve_stream(self, exchange: Exchange, body: BodyReader) -> None:
        """A request whose body is streamed begins to come."""
        if exchange.context is not None:
            self.pipeline.serve_stream(exchange, body)
            return

        def spooled(path: str | None, error: BaseException | None) -> None:
            if path is not None:
                self._operate(exchange, b"", path)
            elif not isinstance(error, BodyLost | Cancelled):
                assert error is not None
                self.report("the operator interface", error)
                exchange.answer(operator.failed())

        if objection(exchange.head, self._names) is not None:
            self._operate(exchange, b"", None)  # the kernel refuses it: who signs sends the body whole
            return
        Run(spool(body, spool_directory(self._settings), self._port.loop), spooled)

    def _operate(self, exchange: Exchange, body: bytes, path: str | None) -> None:
        """Have the kernel answer a request to the operator interface."""
        head = exchange.head

        def make(number: int) -> Operated:
            return Operated(
                number, head.method, head.target, head.headers.raw, head.scheme, head.peer, head.http_minor, body, path
            )

        def answered(answer: OperatorAnswered) -> None:
            if answer.spooled is None:
                exchange.answer(Answer(answer.status, answer.headers, answer.body))
                return
            file = Spooled(answer.spooled, self._port.loop)
            exchange.stream(answer.status, answer.headers, file.pieces(), file.length)

        self._port.operate(make, answered)
