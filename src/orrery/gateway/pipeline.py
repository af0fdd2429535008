"""One request's way through: identify, verify, admit, validate, authorise, perform, serialise, publish.

Each step is a plain function of one `Passage`. A fault leaves by the same door as an answer, in the protocol of the
operation as far as it is known.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import msgspec

from orrery.auth.engine import Mode, decide, denial
from orrery.gateway.body import BodyLost, BodyReader
from orrery.gateway.callers import Callers
from orrery.gateway.checked_body import CheckedBody
from orrery.gateway.exchange import STREAM, Exchange, StreamBody
from orrery.gateway.forms import FormBody, FormReader, is_form, read_fields
from orrery.gateway.passage import Passage
from orrery.gateway.ring import MESSAGE, Entry, Ring
from orrery.gateway.rules import sums_body
from orrery.gateway.sharing import shared_fields
from orrery.gateway.streaming import WHOLE, StreamedBody, source_of
from orrery.gateway.throttling import throttle
from orrery.gateway.unread import given_unread, load_unread, refusal
from orrery.gateway.verify import Verifier
from orrery.kernel.bodies import Outgoing
from orrery.kernel.call import Call
from orrery.kernel.clock import stopwatch
from orrery.kernel.kernel import Kernel
from orrery.kernel.service import Service
from orrery.kernel.waiters import Cancelled
from orrery.wire.catalog import Models
from orrery.wire.codec import codec_for, fault_answer
from orrery.wire.fault import Fault
from orrery.wire.http import Answer
from orrery.wire.requests_s3 import check_digest
from orrery.wire.routes import NeedBody, Unroutable, identify

Report = Callable[[str, BaseException], None]

LONG = 256 << 10
"""Bytes of XML from which on reading it would hold the loop too long."""


class Pipeline:
    """The steps, with what they need of the cloud; `local`, `remote`, `mode` and `names` as of `Callers`."""

    def __init__(
        self,
        kernel: Kernel,
        models: Models,
        *,
        local: Verifier,
        remote: Verifier,
        load: Callable[[str], Service | None],
        ring: Ring,
        report: Report,
        mode: Mode = "enforce",
        strict: bool = False,
        body_limit: int = 64 << 20,
        names: Collection[str] = (),
    ) -> None:
        self.kernel = kernel
        self.models = models
        self.callers = Callers(local, remote, mode, names)
        self.load = load
        self.ring = ring
        self.report = report
        self.mode = mode
        self.strict = strict
        self.unread = load_unread()
        self.body_limit = body_limit
        self.names = names
        self.under_way = 0
        self._new_id = kernel.ids.uuid
        self._time = stopwatch

    def begin(self, exchange: Exchange) -> int | StreamBody | None:
        """After the head: identify as far as it tells, and say how much body is wanted.

        For a streaming operation everything up to performing is decided here, before the body is sent.
        """
        passage = Passage(exchange, self._time(), self._new_id())
        exchange.context = passage
        try:
            route = identify(self.models, exchange.head, names=self.names)
        except Fault as fault:
            self.end(passage, None, fault)
            return None
        if isinstance(route, NeedBody):
            return self.body_limit
        passage.route = route
        if route.operation.streaming_input is None or route.operation.streaming_input.shape.eventstream:
            return self.body_limit
        return self.begin_stream(passage)

    def begin_stream(self, passage: Passage) -> int | StreamBody | None:
        """All steps up to performing, from the head alone; small bodies are collected all the same."""
        exchange = passage.exchange
        passage.body = None
        try:
            self.identify(passage)
            if is_form(passage.route.operation):  # type: ignore[union-attr]
                passage.fields = FormReader(exchange.head)
                return STREAM
            self.callers.verify(passage)
            self.admit(passage)
            self.expect_body(passage)
            self.validate(passage)
            self.authorise(passage)
            passage.function = self.find(passage)
        except Exception as fault:  # noqa: BLE001 - the gateway's edge: what no step foresaw is an internal failure
            self.refuse(passage, fault)
            return None
        small = exchange.length is not None and exchange.length <= WHOLE and not exchange.expects
        return WHOLE if small else STREAM

    def expect_body(self, passage: Passage) -> None:
        """The body that is still to come, as the operation will read it. Raises the fault of fields that say it
        wrongly."""
        passage.stream = passage.body = StreamedBody(
            CheckedBody(passage.exchange.head, passage.who, believed=passage.believed)
        )

    def serve_stream(self, exchange: Exchange, body: BodyReader) -> None:
        """The body begins to come: perform."""
        passage: Passage = exchange.context
        if passage.fields is not None:
            passage.task = self.kernel.loop.create_task(self.serve_form(passage, passage.fields, body))
            return
        assert passage.stream is not None and passage.function is not None
        passage.stream.reader = body
        self.perform(passage, passage.function)

    async def serve_form(self, passage: Passage, form: FormReader, body: BodyReader) -> None:
        """A form begins to come, in whose fields stands who sent it: all steps, when they are there."""
        try:
            await read_fields(form, body)
            file = self.callers.verify_form(passage, form)
            self.admit(passage)
            route = passage.route
            assert route is not None
            passage.body = FormBody(form, file, body, route.operation, route.labels["Bucket"])
            self.validate(passage)
            self.authorise(passage)
            function = self.find(passage)
        except Exception as fault:  # noqa: BLE001 - the gateway's edge: what no step foresaw is an internal failure
            self.refuse(passage, fault)
            return
        self.perform(passage, function)

    def refuse(self, passage: Passage, fault: Exception) -> None:
        """Answer with a fault, not before what was read for it is durable."""
        self.kernel.committer.when_durable(lambda problem: self.end(passage, None, problem or fault))

    def serve(self, exchange: Exchange, body: bytes) -> None:
        """With the body: all steps up to performing; the answer follows when its outcome is durable."""
        passage: Passage = exchange.context
        if passage.stream is not None and passage.function is not None:
            passage.stream.whole = body
            self.perform(passage, passage.function)
            return
        passage.body = body
        try:
            self.identify(passage)
            self.callers.verify(passage)
            self.admit(passage)
            self.check_body(passage, body)
            if len(body) > LONG and passage.route is not None and passage.route.protocol == "rest-xml":
                passage.task = self.kernel.loop.create_task(self.serve_long(passage))
                return
            self.validate(passage)
            self.authorise(passage)
            function = self.find(passage)
        except Exception as fault:  # noqa: BLE001 - the gateway's edge: what no step foresaw is an internal failure
            self.refuse(passage, fault)
            return
        self.perform(passage, function)

    async def serve_long(self, passage: Passage) -> None:
        """A body that takes long to be read is read beside the loop; then the rest of the steps."""
        try:
            await self.kernel.loop.run_in_executor(None, self.validate, passage)
            self.authorise(passage)
            function = self.find(passage)
        except Exception as fault:  # noqa: BLE001 - the gateway's edge: what no step foresaw is an internal failure
            self.refuse(passage, fault)
            return
        self.perform(passage, function)

    def identify(self, passage: Passage) -> None:
        """Which service, operation and protocol. Raises the fault for what no service offers."""
        route = passage.route
        if route is None:
            found = identify(self.models, passage.exchange.head, passage.body, self.names)
            assert not isinstance(found, NeedBody)
            passage.route = route = found
        passage.codec = codec_for(route.operation, route.protocol)
        if passage.body is not None and is_form(route.operation):
            FormReader(passage.exchange.head)  # what had to be collected to be known is no form of a browser's

    def admit(self, passage: Passage) -> None:
        """Whether the call is taken on now. Raises the protocol's throttling error when it is to be throttled."""
        if self.kernel.limits.failing:
            assert passage.route is not None
            throttle(self.kernel, passage.route, passage.principal.account, passage.region)

    def check_body(self, passage: Passage, body: bytes) -> None:
        """Hold a collected body against the checksums that S3's clients send with it, and take it out of its chunks."""
        assert passage.route is not None
        if passage.route.operation.raw.get("digestRequired"):
            check_digest(passage.exchange.head)
        if passage.route.service != "s3" or (not body and not passage.exchange.head.headers.get(b"content-md5")):
            return
        summed = sums_body(passage.route.operation)
        checked = CheckedBody(passage.exchange.head, passage.who, summed=summed, believed=passage.believed)
        passage.body = b"".join(checked.feed(body))
        checked.finish()

    def validate(self, passage: Passage) -> None:
        """Bytes to values, every constraint of the model checked."""
        route, codec = passage.route, passage.codec
        assert route is not None and codec is not None
        try:
            passage.values = codec.parse(passage.exchange.head, passage.body, route.labels)
        except RecursionError:
            raise Fault("SerializationException", "The request is nested too deeply.") from None

    def authorise(self, passage: Passage) -> None:
        """May this principal do this? Raises AccessDenied when not."""
        principal = passage.principal
        if principal.kind == "root":
            return
        assert passage.route is not None
        operation = passage.route.operation
        action = f"{operation.model.signing_name}:{operation.name}"
        decision = decide(principal, action)
        if decision.allowed:
            return
        denied = denial(principal, action, f"arn:aws:{operation.model.signing_name}:{passage.region}:*")
        if self.mode != "enforce":
            passage.audited = denied.message
            return
        if passage.route.service == "s3" and principal.kind == "anonymous":
            raise Fault("AccessDenied", "Access Denied", status=403)  # S3 tells nobody more than that
        raise denied

    def find(self, passage: Passage) -> Callable[..., Any]:
        """The function that performs the operation. Raises NotImplemented (501) when nobody has built it."""
        assert passage.route is not None
        operation = passage.route.operation
        service = self.service(passage)
        function = None if service is None else service.operations.get(operation.function)
        if function is None:
            raise Fault(
                "NotImplemented",
                f"Orrery does not offer {operation.model.name}.{operation.name} yet",
                status=501,
            )
        names = given_unread(self.unread, operation, passage.values)
        if names:
            if self.strict:
                raise refusal(operation, names)
            passage.ignored = ", ".join(names)
        return function

    def service(self, passage: Passage) -> Service | None:
        """The service that a request is for; None when Orrery does not offer it, or nobody knows."""
        return None if passage.route is None else self.load(passage.route.service)

    def perform(self, passage: Passage, function: Callable[..., Any]) -> None:
        """One call of the kernel; the answer is sent when its outcome is durable."""
        route, head = passage.route, passage.exchange.head
        assert route is not None
        principal = passage.principal
        call = Call(
            route.operation,
            passage.values,
            account=principal.account,
            region=passage.region,
            principal=principal,
            request_id=passage.request_id,
            host=head.host,
            scheme=head.scheme,
            source=head.peer,
            form=passage.form,
            signed_region=passage.signed_region,
        )
        self.under_way += 1

        def finish(values: Any, error: BaseException | None) -> None:
            self.under_way -= 1
            self.end(passage, values, error)

        run = self.kernel.perform(function, call, finish)
        if run is not None and not run.over:
            passage.exchange.on_close.append(run.cancel)

    def end(self, passage: Passage, values: Any, error: BaseException | None) -> None:
        """Write the answer and note it."""
        exchange = passage.exchange
        exchange.context = None  # or they would hold each other until the collector finds them
        if exchange.on_close:
            exchange.on_close = []
        if isinstance(error, Cancelled | BodyLost):
            self.publish(passage, 499, error)
            return
        body = self.outgoing(passage, values)
        if body is not None and error is not None:  # it was read, but what it waited for was refused
            body.close()
            body = None
        try:
            answer = self.serialise(passage, values, error)
            if b"origin" in exchange.head.headers:
                answer.headers += shared_fields(self.kernel, self.service(passage), passage)
            self.send(passage, answer, body, error)
        except Exception as problem:  # noqa: BLE001 - the gateway's edge: what cannot be written is an internal failure
            if body is not None:
                body.close()
            self.send(passage, self.serialise(passage, None, problem), None, problem)

    def send(self, passage: Passage, answer: Answer, body: Outgoing | None, error: BaseException | None) -> None:
        """Send an answer. Raises whatever hinders that; nothing is sent then."""
        if passage.ignored:
            answer.headers.append((b"x-orrery-ignored", passage.ignored.encode()))
        self.publish(passage, answer.status, error)  # first: who has the answer may ask for its entry at once
        if body is None:
            passage.exchange.answer(answer)
        else:
            passage.exchange.stream(answer.status, answer.headers, source_of(body), body.length)

    def outgoing(self, passage: Passage, values: Any) -> Outgoing | None:
        """The body that an operation's answer streams; None when the answer is whole."""
        assert passage.route is not None
        member = passage.route.operation.streaming_output
        found = None if member is None or not values else values.get(member.name)
        return found if isinstance(found, Outgoing) else None

    def serialise(self, passage: Passage, values: Any, error: BaseException | None) -> Answer:
        """Values or a fault as bytes of the protocol."""
        codec = passage.codec
        if error is None:
            assert codec is not None
            return codec.serialise(values or {}, passage.request_id)
        if not isinstance(error, Fault):
            self.report(_name(passage), error)
            error = Fault("InternalFailure", f"Orrery failed. Its log tells more of {passage.request_id}.", status=500)
        if codec is not None:
            return codec.fault(error, passage.request_id)
        route = passage.route
        if route is not None:
            return fault_answer(route.operation.model, route.protocol, error, passage.request_id)
        if isinstance(error, Unroutable) and error.model is not None and error.protocol is not None:
            return fault_answer(error.model, error.protocol, error, passage.request_id)
        return plain_fault(error, passage.request_id)

    def publish(self, passage: Passage, status: int, error: BaseException | None) -> None:
        """Into the ring, for the log line and for `orrery explain`."""
        fault = error if isinstance(error, Fault) else None
        principal = passage.principal
        self.ring.add(
            Entry(
                passage.request_id,
                self.kernel.clock.now(),
                _name(passage),
                status,
                int((self._time() - passage.started) * 1_000_000),
                principal.account,
                passage.region,
                principal.arn,
                passage.exchange.head.peer,
                "" if error is None else (fault.code if fault else type(error).__name__),
                fault.message[:MESSAGE] if fault else "",
                passage.ignored,
                passage.audited,
            )
        )


def plain_fault(fault: Fault, request_id: str) -> Answer:
    """The answer to a request of which not even the service is known."""
    body = msgspec.json.encode(
        {"__type": fault.code, "message": fault.message or "No service answers to this request."}
    )
    headers = [(b"x-amzn-RequestId", request_id.encode()), (b"Content-Type", b"application/json")]
    return Answer(fault.status or 404, headers, body)


def _name(passage: Passage) -> str:
    route = passage.route
    return "?" if route is None else f"{route.service}.{route.operation.name}"
