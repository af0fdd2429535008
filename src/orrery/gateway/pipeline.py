"""One request's way through: identify, verify, admit, validate, authorise, perform, serialise, publish.

The steps up to performing are in steps.py. A fault leaves by the same door as an answer, in the protocol of the
operation as far as it is known.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from orrery.gateway.bodies_shown import BodiesShown
from orrery.gateway.body import BodyLost, BodyReader
from orrery.gateway.checked_body import CheckedBody, unmeasured
from orrery.gateway.entry import MESSAGE, Entry, entry_of
from orrery.gateway.exchange import STREAM, Exchange, StreamBody
from orrery.gateway.forms import FormBody, FormReader, is_form, read_fields
from orrery.gateway.passage import Passage
from orrery.gateway.plain import internal_failure, plain_fault
from orrery.gateway.port import Again, Port
from orrery.gateway.ring import Ring
from orrery.gateway.stages import (
    AUTHORISE,
    BODY,
    COMMIT,
    HEAD,
    IDENTIFY,
    PERFORM,
    REFUSED,
    SEND,
    SERIALISE,
    VALIDATE,
    VERIFY,
)
from orrery.gateway.steps import Steps
from orrery.gateway.streaming import WHOLE, StreamedBody, outgoing_of, source_of
from orrery.kernel.bodies import Outgoing
from orrery.kernel.call import Call
from orrery.kernel.clock import stopwatch
from orrery.kernel.waiters import Cancelled
from orrery.wire.catalog import Models
from orrery.wire.codec import fault_answer
from orrery.wire.fault import Fault
from orrery.wire.http import Answer, Header
from orrery.wire.routes import NeedBody, Unroutable, identify

Report = Callable[[str, BaseException], None]

GONE = Answer(499, [])
"""What is noted where nobody is left to be answered."""

LONG = 256 << 10
"""Bytes of XML from which on reading it would hold the loop too long."""


class Pipeline(Steps):
    """A request's way, with what it needs of the cloud; see `Steps`."""

    def __init__(
        self, port: Port, models: Models, *, ring: Ring, report: Report, bodies: BodiesShown | None = None, **steps: Any
    ) -> None:
        super().__init__(models, **steps)
        self.port = port
        self.ring = ring
        self.bodies = bodies
        self.report = report
        self._new_id = port.new_id
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
            passage.marks[REFUSED] = self._time()
            self.end(passage, None, fault)
            return None
        if isinstance(route, NeedBody):
            return self.body_limit
        passage.route = route
        passage.marks[HEAD] = self._time()
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
        except Exception as fault:  # noqa: BLE001 - the gateway's edge: what no step foresaw is an internal failure
            self.refuse(passage, fault, _ended(self, passage, fault))
            return None
        try:
            self.prepare_stream(passage)
        except Exception as fault:  # noqa: BLE001 - the gateway's edge: what no step foresaw is an internal failure
            if not self.port.doubts(fault):
                self.refuse(passage, fault, _ended(self, passage, fault))
                return None
            passage.doubt = fault
        small = exchange.length is not None and exchange.length <= WHOLE and not exchange.expects
        return WHOLE if small else STREAM

    def prepare_stream(self, passage: Passage) -> None:
        """The steps from verifying on, for a body that is still to come. Raises the fault of each."""
        time = self._time
        marks = passage.marks
        marks[IDENTIFY] = time()
        self.callers.verify(passage)
        self.port.admit(passage)
        self.expect_body(passage)
        marks[VERIFY] = time()
        self.validate(passage)
        marks[VALIDATE] = time()
        self.authorise(passage)
        passage.function = self.find(passage)
        marks[AUTHORISE] = time()

    def expect_body(self, passage: Passage) -> None:
        """The body that is still to come, as the operation will read it. Raises the fault of fields that say it
        wrongly."""
        head = passage.exchange.head
        checked = CheckedBody(head, passage.who, believed=passage.believed)
        if checked.length is None:
            raise unmeasured(head)
        passage.stream = passage.body = StreamedBody(checked)

    def serve_stream(self, exchange: Exchange, body: BodyReader) -> None:
        """The body begins to come: perform."""
        passage: Passage = exchange.context
        if passage.fields is not None:
            passage.task = self.port.loop.create_task(self.serve_form(passage, passage.fields, body))
            return
        passage.reader = body
        self.go_on(passage)

    def go_on(self, passage: Passage) -> None:
        """The body of a streaming operation comes or has come: perform; or first do the steps that are in doubt."""
        doubt, passage.doubt = passage.doubt, None
        if doubt is not None:
            self.refuse(passage, doubt, lambda: self.once_more(passage))
            return
        assert passage.stream is not None and passage.function is not None
        passage.stream.reader, passage.stream.whole = passage.reader, passage.whole
        if self.bodies is not None:
            self.bodies.watch(passage)
        self.perform(passage, passage.function, lambda: self.once_more(passage))

    def once_more(self, passage: Passage) -> None:
        """The steps of a streaming operation again; nothing of its body was read."""
        passage.anew()
        try:
            self.prepare_stream(passage)
        except Exception as fault:  # noqa: BLE001 - the gateway's edge: what no step foresaw is an internal failure
            passage.doubt = fault
        self.go_on(passage)

    async def serve_form(self, passage: Passage, form: FormReader, body: BodyReader) -> None:
        """A form begins to come, in whose fields stands who sent it: all steps, when they are there."""
        try:
            await read_fields(form, body)
        except Exception as fault:  # noqa: BLE001 - the gateway's edge: what no step foresaw is an internal failure
            self.refuse(passage, fault, _ended(self, passage, fault))
            return
        self.go_on_form(passage, form, body)

    def go_on_form(self, passage: Passage, form: FormReader, body: BodyReader) -> None:
        """The steps from verifying on, for a form whose fields are there."""

        def again() -> None:
            passage.anew()
            self.go_on_form(passage, form, body)

        time = self._time
        marks = passage.marks
        marks[BODY] = marks[IDENTIFY] = time()
        try:
            file = self.callers.verify_form(passage, form)
            self.port.admit(passage)
            marks[VERIFY] = time()
            route = passage.route
            assert route is not None
            passage.body = FormBody(form, file, body, route.operation, route.labels["Bucket"])
            self.validate(passage)
            marks[VALIDATE] = time()
            self.authorise(passage)
            function = self.find(passage)
            marks[AUTHORISE] = time()
        except Exception as fault:  # noqa: BLE001 - the gateway's edge: what no step foresaw is an internal failure
            self.refuse(passage, fault, again)
            return
        self.perform(passage, function, again)

    def refuse(self, passage: Passage, fault: Exception, again: Again) -> None:
        """Answer with a fault, not before what was read for it is durable; or go on by `again`."""
        passage.marks[REFUSED] = self._time()
        self.port.refuse(fault, lambda fault: self.end(passage, None, fault), again)

    def serve(self, exchange: Exchange, body: bytes) -> None:
        """With the body: all steps up to performing; the answer follows when its outcome is durable."""
        passage: Passage = exchange.context
        if passage.stream is not None or passage.doubt is not None:
            passage.whole = body
            passage.marks[BODY] = self._time()
            self.go_on(passage)
            return

        def again() -> None:
            passage.anew()
            self.serve(exchange, body)

        passage.body = body
        time = self._time
        marks = passage.marks
        marks[BODY] = time()
        try:
            self.identify(passage)
            marks[IDENTIFY] = time()
            self.callers.verify(passage)
            self.port.admit(passage)
            self.check_body(passage, body)
            marks[VERIFY] = time()
            if len(body) > LONG and passage.route is not None and passage.route.protocol == "rest-xml":
                passage.task = self.port.loop.create_task(self.serve_long(passage, again))
                return
            self.validate(passage)
            marks[VALIDATE] = time()
            self.authorise(passage)
            function = self.find(passage)
            marks[AUTHORISE] = time()
        except Exception as fault:  # noqa: BLE001 - the gateway's edge: what no step foresaw is an internal failure
            self.refuse(passage, fault, again)
            return
        self.perform(passage, function, again)

    async def serve_long(self, passage: Passage, again: Again) -> None:
        """A body that takes long to be read is read beside the loop; then the rest of the steps."""
        marks = passage.marks
        try:
            await self.port.loop.run_in_executor(None, self.validate, passage)
            marks[VALIDATE] = self._time()
            self.authorise(passage)
            function = self.find(passage)
            marks[AUTHORISE] = self._time()
        except Exception as fault:  # noqa: BLE001 - the gateway's edge: what no step foresaw is an internal failure
            self.refuse(passage, fault, again)
            return
        self.perform(passage, function, again)

    def perform(self, passage: Passage, function: Callable[..., Any], again: Again) -> None:
        """One call of the kernel; the answer is sent when its outcome is durable."""
        route, head = passage.route, passage.exchange.head
        assert route is not None
        principal = passage.principal
        scheme, host = self.outward.of(head, route.service, passage.region)
        call = passage.call = Call(
            route.operation,
            passage.values,
            account=principal.account,
            region=passage.region,
            principal=principal,
            request_id=passage.request_id,
            host=host,
            scheme=scheme,
            source=head.peer,
            form=passage.form,
            signed_region=passage.signed_region,
            host_bucket=route.bucket or "" if host == head.host else "",
        )

        def finish(values: Any, error: BaseException | None) -> None:
            self.end(passage, values, error)

        cancel = self.port.perform(function, call, passage, finish, again)
        # Who reads a body hears of it there when the rest will not come; with all of it there, the work is done.
        if cancel is not None and passage.exchange.body is None:
            passage.exchange.on_close.append(cancel)

    def end(self, passage: Passage, values: Any, error: BaseException | None) -> None:
        """Write the answer and note it."""
        exchange = passage.exchange
        call = passage.call
        marks = passage.marks
        marks[COMMIT] = self._time()
        if call is not None:
            marks[PERFORM] = call.performed
        exchange.context = None  # or they would hold each other until the collector finds them
        if exchange.on_close:
            exchange.on_close = []
        if isinstance(error, Cancelled | BodyLost):
            self.publish(passage, GONE, 0, error)
            return
        if b"origin" in exchange.head.headers:
            self.port.share(passage, self.service(passage), lambda fields: self.share(passage, values, error, fields))
        else:
            self.write(passage, values, error, [])

    def share(self, passage: Passage, values: Any, error: BaseException | None, fields: list[Header] | None) -> None:
        """Write the answer to a page of another origin, with its service's `fields`; with ours where that has none."""
        if fields is None:
            head = passage.exchange.head
            preflight = None if error is None else self.origins.preflight(head)
            if preflight is not None:
                self.send(passage, preflight, None, None)
                return
            fields = self.origins.told(head)
        self.write(passage, values, error, fields)

    def write(self, passage: Passage, values: Any, error: BaseException | None, fields: list[Header]) -> None:
        """The answer's bytes, with further `fields`."""
        body = outgoing_of(passage.route, values)
        if body is not None and error is not None:  # it was read, but what it waited for was refused
            body.close()
            body = None
        try:
            answer = self.serialise(passage, values, error)
            answer.headers += fields
            self.send(passage, answer, body, error)
        except Exception as problem:  # noqa: BLE001 - the gateway's edge: what cannot be written is an internal failure
            if body is not None:
                body.close()
            self.send(passage, self.serialise(passage, None, problem), None, problem)

    def send(self, passage: Passage, answer: Answer, body: Outgoing | None, error: BaseException | None) -> None:
        """Send an answer. Raises whatever hinders that; nothing is sent then."""
        if passage.ignored:
            answer.headers.append((b"x-orrery-ignored", passage.ignored.encode()))
        # First the entry: who has the answer may ask for it at once.
        if body is None:
            self.publish(passage, answer, len(answer.body), error)
            passage.exchange.answer(answer)
        else:
            self.publish(passage, answer, body.length, error)
            passage.exchange.stream(answer.status, answer.headers, source_of(body), body.length)
        passage.marks[SEND] = self._time()

    def serialise(self, passage: Passage, values: Any, error: BaseException | None) -> Answer:
        """Values or a fault as bytes of the protocol."""
        codec = passage.codec
        if error is None:
            assert codec is not None
            return codec.serialise(values or {}, passage.request_id)
        if not isinstance(error, Fault):
            self.report(_name(passage), error)
            error = internal_failure(passage.request_id)
        if codec is not None:
            return codec.fault(error, passage.request_id)
        route = passage.route
        if route is not None:
            return fault_answer(route.operation.model, route.protocol, error, passage.request_id)
        if isinstance(error, Unroutable) and error.model is not None and error.protocol is not None:
            return fault_answer(error.model, error.protocol, error, passage.request_id)
        return plain_fault(error, passage.request_id)

    def publish(self, passage: Passage, answer: Answer, size: int, error: BaseException | None) -> None:
        """Into the ring, for the log line and for `orrery explain`; `size` is its body's."""
        passage.marks[SERIALISE] = now = self._time()
        fault = error if isinstance(error, Fault) else None
        principal = passage.principal
        facts = (
            passage.request_id,
            self.port.now(),
            _name(passage),
            answer.status,
            int((now - passage.started) * 1_000_000),
            principal.account,
            passage.region,
            principal.arn,
            passage.exchange.head.peer,
            "" if error is None else (fault.code if fault else type(error).__name__),
            fault.message[:MESSAGE] if fault else "",
            passage.ignored,
            passage.audited,
            passage.marks,
            passage.started,
            passage.exchange.size,
            size,
            {} if self.bodies is None else self.bodies.told(passage, answer, size),
        )
        self.ring.add(entry_of(Entry, facts))  # as Entry(*facts) does it, in a third of the time


def _ended(pipeline: Pipeline, passage: Passage, fault: Exception) -> Again:
    """What there is to do again where doing the steps again changes nothing: to end."""
    return lambda: pipeline.end(passage, None, fault)


def _name(passage: Passage) -> str:
    route = passage.route
    return "?" if route is None else f"{route.service}.{route.operation.name}"
