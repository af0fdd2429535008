"""The steps of a request up to performing: each a plain function of one `Passage`, which may be done again."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from orrery.auth.engine import Mode, decide, denial
from orrery.gateway.callers import Callers
from orrery.gateway.checked_body import CheckedBody
from orrery.gateway.forms import FormReader, is_form
from orrery.gateway.origins import Origins
from orrery.gateway.outward import Outward
from orrery.gateway.passage import Passage
from orrery.gateway.rules import sums_body
from orrery.gateway.unread import given_unread, load_unread, refusal
from orrery.gateway.verify import Verifier
from orrery.kernel.service import Service
from orrery.wire.catalog import Models
from orrery.wire.codec import codec_for
from orrery.wire.fault import Fault
from orrery.wire.requests_s3 import check_digest
from orrery.wire.routes import NeedBody, identify


class Steps:
    """The steps, with what they need of the cloud; `local`, `remote`, `mode` and `names` as of `Callers`.

    `origins` are the pages that the settings let in, `outward` says where URLs in answers lead.
    """

    def __init__(
        self,
        models: Models,
        *,
        local: Verifier,
        remote: Verifier,
        load: Callable[[str], Service | None],
        mode: Mode = "enforce",
        strict: bool = False,
        body_limit: int = 64 << 20,
        names: Collection[str] = (),
        origins: Origins | None = None,
        outward: Outward | None = None,
    ) -> None:
        self.models = models
        self.origins = origins or Origins()
        self.outward = outward or Outward()
        self.callers = Callers(local, remote, mode, names, self.origins.allows)
        self.load = load
        self.mode = mode
        self.strict = strict
        self.unread = load_unread()
        self.body_limit = body_limit
        self.names = names

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
        """May this principal do this? Raises AccessDenied when not.

        S3's operations ask for themselves whose a bucket is, and deny all to strangers: so nobody in particular hears
        of a bucket that is not there.
        """
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
            service = self.service(passage)
            if service is not None and operation.function in service.operations:
                return
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
