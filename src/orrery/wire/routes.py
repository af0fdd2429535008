"""From a request's head (and, for forms, its body) to the service, protocol and operation it asks for.

The clues, in the order in which they are believed: `X-Amz-Target`; the path of smithy-rpc-v2-cbor; `Action` in the
query string or a form body; for REST the method and path, within the services that the signature's scope or the
Host names. Models are loaded only for services that the clues leave as candidates.
"""

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from orrery.wire.catalog import Models
from orrery.wire.fault import Fault
from orrery.wire.hosts import HostHint, read_host
from orrery.wire.http import Head
from orrery.wire.inflate import unpacked
from orrery.wire.model import Model, Operation
from orrery.wire.params import first
from orrery.wire.paths import Found, Paths, paths_of
from orrery.wire.requests_s3 import with_hoisted_fields
from orrery.wire.routes_s3 import misdirected, path_style, readable, unoffered, unparsable

NO_LABELS: Mapping[str, str] = MappingProxyType({})
_FORM = b"application/x-www-form-urlencoded"
_JSON = b"application/x-amz-json-"
_NOT_JSON = "X-Amz-Target asks for the method POST and a Content-Type of application/x-amz-json-1.0 or -1.1."


class Route:
    """Where a request goes. `labels` are the path's, decoded; `bucket` is the S3 bucket that stood in the Host."""

    __slots__ = ("bucket", "labels", "operation", "protocol", "service")

    def __init__(
        self, operation: Operation, protocol: str, labels: Mapping[str, str] = NO_LABELS, bucket: str | None = None
    ) -> None:
        self.service = operation.model.name
        self.operation = operation
        self.protocol = protocol
        self.labels = labels
        self.bucket = bucket

    def __repr__(self) -> str:
        return f"<Route {self.service}.{self.operation.name} {self.protocol}>"


def labels_of(operation: Operation, head: Head) -> Mapping[str, str]:
    """The labels in a request's path by an operation's own template; empty when the path is not of that form."""
    found = Paths(operation.model, [operation.name]).find(head, method=operation.method)
    return NO_LABELS if found is None else found.labels


class NeedBody:
    """The operation stands in the form that is the request's body: call `identify` again with it."""

    __slots__ = ()


NEED_BODY = NeedBody()


class Unroutable(Fault):
    """No operation answers to the request; `model` and `protocol` say how to write the error (None: not known)."""

    __slots__ = ("model", "protocol")

    def __init__(
        self,
        code: str,
        message: str,
        model: Model | None,
        protocol: str | None,
        status: int | None = None,
        **members: Any,
    ) -> None:
        super().__init__(code, message, status=status, **members)
        self.model = model
        self.protocol = protocol


def identify(models: Models, head: Head, body: bytes | None = None, names: Collection[str] = ()) -> Route | NeedBody:
    """The route of a request; NEED_BODY when `body` is None and the operation may stand in it. `names` as of
    `read_host`.

    Raises Unroutable with AWS's error when the service has no such operation or there is no such service.
    """
    target = head.headers.get(b"x-amz-target")
    if target is not None:
        if head.method != "POST" or not (head.headers.get(b"content-type") or b"").startswith(_JSON):
            raise Unroutable("UnknownOperationException", _NOT_JSON, None, None, status=404)
        kept = models.kept.get("targets")
        routes: dict[bytes, Route] = models.kept.setdefault("targets", {}) if kept is None else kept  # type: ignore[assignment]
        found = routes.get(target)
        if found is None:
            found = routes[target] = _by_target(models, target)
        return found
    if head.path.startswith(b"/service/") and b"/operation/" in head.path:
        return _by_rpc_path(models, head)
    return _by_action(models, head, body, names)


def _by_target(models: Models, target: bytes) -> Route:
    """`AmazonSQS.SendMessage`: what stands before the last dot is the service's."""
    prefix, _, name = target.decode("latin-1").rpartition(".")
    model: Model | None = None
    for service in models.catalog.by_target.get(prefix, ()):
        model = models(service)
        if name in model.operations and "json" in model.protocols:
            return Route(model.operation(name), "json")
    raise Unroutable("UnknownOperationException", "", model, "json")


def _by_rpc_path(models: Models, head: Head) -> Route:
    """`/service/GraniteServiceVersion20100801/operation/PutMetricData`."""
    places = head.path.decode("latin-1").rstrip("/").split("/")
    service, name = (places[-3], places[-1]) if len(places) >= 5 and places[-2] == "operation" else ("", "")
    model: Model | None = None
    for candidate in models.catalog.by_target.get(service, ()):
        model = models(candidate)
        if name in model.operations:
            return Route(model.operation(name), "smithy-rpc-v2-cbor")
    raise Unroutable("UnknownOperationException", "", model, "smithy-rpc-v2-cbor")


def _by_action(models: Models, head: Head, body: bytes | None, names: Collection[str]) -> Route | NeedBody:
    """Query and EC2: `Action` and `Version` name operation and API version."""
    given, action = head.query, first(head.query, b"Action")
    if action is None and head.method == "POST":
        content_type = head.headers.get(b"content-type", b"")
        if content_type is not None and content_type.split(b";")[0].strip().lower() == _FORM:
            if body is None:
                return NEED_BODY if scope_service(head) != "s3" else _by_path(models, head, names)
            given = unpacked(body)
            action = first(given, b"Action")
    if action is None:
        return _by_path(models, head, names)
    version = first(given, b"Version")
    model: Model | None = None
    for service in _form_candidates(models, head, version, names):
        candidate = models(service)
        protocol = next((name for name in ("query", "ec2") if name in candidate.protocols), None)
        if protocol is None or (version is not None and version != candidate.api_version and model is not None):
            continue
        if action in candidate.operations:
            return Route(candidate.operation(action), protocol)
        model = model or candidate
    protocol = "ec2" if model is not None and "ec2" in model.protocols else "query"
    raise Unroutable("InvalidAction", _invalid_action(model, action, version), model, protocol)


def _invalid_action(model: Model | None, action: str, version: str | None) -> str:
    if model is None or "ec2" in model.protocols:
        return f"The action {action} is not valid for this web service."
    return f"Could not find operation {action} for version {version or 'NO_VERSION_SPECIFIED'}"


def _form_candidates(models: Models, head: Head, version: str | None, names: Collection[str]) -> Iterable[str]:
    """Services that may have been meant, the likeliest first."""
    named = candidates(models, head, names)
    if not named:
        return models.catalog.by_version.get(version or "", ())
    fitting = [name for name in named if models.catalog.services[name].version == version]
    return [*fitting, *(name for name in named if name not in fitting)]


def candidates(models: Models, head: Head, names: Collection[str] = ()) -> tuple[str, ...]:
    """The services that the signature's scope or else the Host names, the likeliest first; empty when neither does."""
    signing = scope_service(head)
    signed = models.catalog.by_signing.get(signing, ()) if signing is not None else ()
    if len(signed) == 1:
        return signed
    hint = host_hint(head, names)
    if hint.service is None:
        return signed
    hosted = _hosted(models, hint.service)
    if not signed:
        return hosted
    return tuple(sorted(signed, key=lambda service: service not in hosted))


def _hosted(models: Models, prefix: str) -> tuple[str, ...]:
    name = _OLD_HOSTS.get(prefix, prefix)
    return models.catalog.by_prefix.get(name) or models.catalog.by_signing.get(name, ())


_OLD_HOSTS = {"queue": "sqs"}
"""Endpoint names of old that botocore no longer lists."""


def host_hint(head: Head, names: Collection[str] = ()) -> HostHint:
    """What the request's Host names; `names` as of `read_host`, and to be given to the first who asks."""
    hint: HostHint | None = head.hint
    if hint is None:
        hint = head.hint = read_host(head.host, names)
    return hint


def host_bucket(models: Models, head: Head, names: Collection[str]) -> str | None:
    """The bucket in a Host: what stands before `s3`, or, below a name of the cloud's own, anything that no service is
    called (`bucket.localhost`: what clients make of the endpoint `localhost`), or that is signed for S3."""
    hint = host_hint(head, names)
    if head.method == "POST" and head.path == _NO_BUCKET:
        return None
    if hint.service == "s3" or hint.service is None:
        return hint.bucket
    if not hint.local or hint.region is not None:
        return None
    if scope_service(head) != "s3" and _hosted(models, hint.service):
        return None
    return f"{hint.prefix}.{hint.service}" if hint.prefix else hint.service


_NO_BUCKET = b"/WriteGetObjectResponse"
"""The one S3 operation in whose Host the first label is not a bucket but a route."""


def scope_service(head: Head) -> str | None:
    """The service in the signature's credential scope (header or presigned query), None when there is none."""
    scope = credential_scope(head)
    return scope[-2] if len(scope) >= 4 else None


def credential_scope(head: Head) -> list[str]:
    """The parts of the signature's credential: access key id, date, Region, service, terminator; [] without one.

    What it says is not verified."""
    credential: bytes | None = None
    authorization = head.headers.get(b"authorization")
    if authorization is not None:
        _, mark, rest = authorization.partition(b"Credential=")
        if mark:
            credential = rest.split(b",", 1)[0].strip()
    elif b"X-Amz-Credential=" in head.query:
        presigned = first(head.query, b"X-Amz-Credential")
        credential = presigned.encode() if presigned else None
    return credential.decode("latin-1").split("/") if credential else []


def _by_path(models: Models, head: Head, names: Collection[str]) -> Route:
    """REST: the first candidate that has the path with a literal segment, else the first that has it at all.

    Requests whose service nothing names are S3's: anonymous reads, Signature Version 2, browsers' forms.
    """
    named = _speaking_rest(models, candidates(models, head, names) or ("s3",))
    bucket = host_bucket(models, head, names) if "s3" in named else None
    best: Found | None = None
    for name in named:
        found = _by_s3_path(models, head, bucket) if name == "s3" else _on_its_paths(models, head, name)
        if found is not None and (best is None or _closeness(found) > _closeness(best)):
            best = found
            if found.literal_segments and found.same_slash and name != "s3":
                break
    if best is not None:
        model = best.operation.model
        protocol = next(protocol for protocol in model.protocols if protocol in _REST)
        if model.name != "s3":
            return Route(best.operation, protocol, best.labels)
        fault = misdirected(model, best.operation.uri, best.labels, head)
        if fault is not None:
            raise _unroutable(fault, model)
        return Route(best.operation, protocol, best.labels, bucket)
    if not named:
        raise Unroutable("UnknownOperationException", "", None, None, status=404)
    model = models(named[0])
    if model.name == "s3":
        raise _unroutable(unoffered(head, path_style(bucket, head.path)), model)
    raise Unroutable("UnknownOperationException", "", model, model.protocol)


def _on_its_paths(models: Models, head: Head, name: str) -> Found | None:
    if name == "s3control" and not head.path.startswith(b"/v20180820/"):
        return None
    try:
        return paths_of(models(name)).find(head)
    except UnicodeDecodeError:
        text = "Couldn't parse the specified URI."
        raise Unroutable("InvalidURI", text, models(name), models(name).protocol, status=400) from None


def _by_s3_path(models: Models, head: Head, bucket: str | None) -> Found | None:
    """S3's operation, wherever the bucket stands."""
    model = models("s3")
    path = path_style(bucket, head.path)
    try:
        if readable(path):
            return paths_of(model).find(with_hoisted_fields(head), path)
    except UnicodeDecodeError:
        pass
    raise _unroutable(unparsable(head), model)


def _unroutable(fault: Fault, model: Model) -> Unroutable:
    return Unroutable(fault.code, fault.message, model, "rest-xml", fault.status, **fault.members)


_REST = ("rest-json", "rest-xml")


def _closeness(found: Found) -> tuple[int, bool]:
    return found.literal_segments, found.same_slash


def _speaking_rest(models: Models, names: tuple[str, ...]) -> list[str]:
    """Those of the services that speak a REST protocol; the catalog has few such groups, so each is looked at once."""
    known: dict[tuple[str, ...], list[str]] = models.kept.setdefault("rest", {})  # type: ignore[assignment]
    found = known.get(names)
    if found is None:
        found = known[names] = [name for name in names if _speaks_rest(models, name)]
    return found


def _speaks_rest(models: Models, name: str) -> bool:
    return any(protocol in _REST for protocol in models.catalog.services[name].protocols)
