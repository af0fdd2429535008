"""What an answer tells a browser: whether a page of another origin may read it.

https://fetch.spec.whatwg.org/#http-cors-protocol
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from orrery.gateway.passage import Passage
from orrery.kernel.kernel import Kernel
from orrery.kernel.place import Place
from orrery.kernel.service import Service
from orrery.wire.http import Header
from orrery.wire.model import Model
from orrery.wire.protocols.rest_answers import FieldWriter, field_writer

_FIELDS: Final = "PreflightRequestOutput"
_PREFLIGHT: Final = "OPTIONS"


def shared_fields(kernel: Kernel, service: Service | None, passage: Passage) -> list[Header] | None:
    """The fields for the answer to a request that a page of another origin sent, as its service would have it; None
    where the service has no rules of its own for what was asked.

    No fields for preflight requests, whose whole answer is of this kind.
    """
    head, route = passage.exchange.head, passage.route
    origin = head.headers.text(b"origin")
    if origin is None or route is None or service is None or service.shares is None:
        return None
    place = kernel.place(passage.principal.account, passage.region)
    return fields_of(kernel, service, place, route.operation.model, route.labels, origin, head.method)


def fields_of(
    kernel: Kernel, service: Service, place: Place, model: Model, labels: Mapping[str, str], origin: str, method: str
) -> list[Header] | None:
    """The fields by which `service` answers the page of an `origin` that asked in `place`, by a path with `labels`."""
    assert service.shares is not None
    values = service.shares(kernel.read(place), labels, origin, method)
    if values is None:
        return None
    fields: list[Header] = []
    if values and method != _PREFLIGHT:
        _write(model, values, fields)
    return fields


def _write(model: Model, values: Mapping[str, Any], fields: list[Header]) -> None:
    write: FieldWriter | None = model.kept.get("shared fields")
    if write is None:
        write = model.kept["shared fields"] = field_writer(model.shape(_FIELDS))
        assert write is not None
    write(values, fields)
