"""One service as AWS's published model describes it: operations, shapes, members, errors, paginators.

`load_model` reads botocore's data (never its code), merges the service's patch (format: `orrery.wire.patch`)
and caches the result on disk. Shapes and operations are built when first asked for and then kept; a `Model`
does not change otherwise and may be shared.
"""

import marshal
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from orrery.wire.naming import snake
from orrery.wire.shapes import Member, Shape
from orrery.wire.source import Raw, load_source


class ErrorShape:
    """One error: `name` of its shape, `code` on the wire, `query_code`, HTTP `status`, who is to blame, its
    members.

    `code` is what rest-json's header and XML carry; `type` the full JSON `__type` where a patch gives one,
    `message` what is said when a fault says nothing itself.
    """

    __slots__ = ("code", "members", "message", "name", "query_code", "sender", "shape", "status", "type")

    def __init__(self, shape: Shape) -> None:
        error = shape.raw.get("error") or {}
        self.shape = shape
        self.name = shape.name
        self.code: str = error.get("code") or shape.name
        self.query_code: str = self.code
        self.type: str | None = error.get("type")
        self.message: str = error.get("message") or ""
        self.sender: bool = bool(error.get("senderFault", not shape.raw.get("fault", False)))
        self.status: int = error.get("httpStatusCode") or (400 if self.sender else 500)
        self.members: tuple[str, ...] = tuple(shape.members)


class Paginator:
    """How an operation pages: the members that carry the token in and out, the limit, and the results, as paths."""

    __slots__ = ("input_token", "limit_key", "more_results", "output_token", "result_key")

    def __init__(self, raw: Raw) -> None:
        self.input_token: tuple[str, ...] = _strings(raw.get("input_token"))
        self.output_token: tuple[str, ...] = _strings(raw.get("output_token"))
        self.result_key: tuple[str, ...] = _strings(raw.get("result_key"))
        self.limit_key: str | None = raw.get("limit_key")
        self.more_results: str | None = raw.get("more_results")


class Operation:
    """One operation of a service.

    `uri` is the model's request URI (path template, and the query string's literals for REST), `status` the
    HTTP status of success, `errors` the names of the error shapes it declares. `auth` is "v4", "none",
    "v4-unsigned-body" or another of botocore's auth types. `streaming_input` is the blob or event-stream
    member that is the request's body.
    """

    __slots__ = (
        "auth",
        "errors",
        "function",
        "host_prefix",
        "http_checksum",
        "http_checksum_required",
        "idempotency_tokens",
        "input",
        "input_raw",
        "kept",
        "method",
        "model",
        "name",
        "output",
        "output_raw",
        "paginator",
        "raw",
        "status",
        "streaming_input",
        "streaming_output",
        "uri",
    )

    def __init__(self, model: "Model", name: str, raw: Raw) -> None:
        self.model = model
        self.name = name
        self.function = snake(name)
        self.raw = raw
        http = raw.get("http", {})
        self.method: str = http.get("method", "POST")
        self.uri: str = http.get("requestUri", "/")
        self.status: int = http.get("responseCode", 200)
        self.input_raw: Raw = raw.get("input") or {}
        self.output_raw: Raw = raw.get("output") or {}
        self.input = model.shape_at(self.input_raw) if self.input_raw else None
        self.output = model.shape_at(self.output_raw) if self.output_raw else None
        self.errors: tuple[str, ...] = tuple(error["shape"] for error in raw.get("errors", ()))
        self.auth = _auth(raw)
        self.host_prefix: str | None = (raw.get("endpoint") or {}).get("hostPrefix")
        self.http_checksum: Raw = raw.get("httpChecksum") or {}
        self.http_checksum_required: bool = bool(
            raw.get("httpChecksumRequired") or self.http_checksum.get("requestChecksumRequired")
        )
        self.streaming_input = _streaming(self.input)
        self.streaming_output = _streaming(self.output)
        self.idempotency_tokens: tuple[str, ...] = tuple(
            member.name for member in (self.input.members.values() if self.input else ()) if member.idempotency_token
        )
        paging = model.pagination.get(name)
        self.paginator = Paginator(paging) if paging else None
        self.kept: dict[str, Any] = {}

    def __repr__(self) -> str:
        return f"<Operation {self.model.name}.{self.name}>"


class _Lazy(Mapping[str, "Operation"]):
    """Operations by name, built on first use."""

    __slots__ = ("_blobs", "_built", "_model")

    def __init__(self, model: "Model", blobs: dict[str, bytes]) -> None:
        self._model = model
        self._blobs = blobs
        self._built: dict[str, Operation] = {}

    def __getitem__(self, name: str) -> Operation:
        built = self._built.get(name)
        if built is None:
            built = self._built[name] = Operation(self._model, name, marshal.loads(self._blobs[name]))
        return built

    def __contains__(self, name: object) -> bool:
        return name in self._blobs

    def __iter__(self) -> Iterator[str]:
        return iter(self._blobs)

    def __len__(self) -> int:
        return len(self._blobs)


class Model:
    """A service's model. Made by `load_model`; `Model(name, source)` takes a packed description."""

    def __init__(self, name: str, source: Raw) -> None:
        metadata: Raw = source["metadata"]
        self.name = name
        self.metadata = metadata
        self.patch: Raw = source.get("patch", {})
        self.api_version: str = metadata.get("apiVersion", "")
        self.endpoint_prefix: str = metadata.get("endpointPrefix") or name
        self.service_id: str = metadata.get("serviceId") or self.endpoint_prefix
        self.signing_name: str = metadata.get("signingName") or self.endpoint_prefix
        self.protocol: str = metadata["protocol"]
        self.protocols: tuple[str, ...] = tuple(metadata.get("protocols") or (self.protocol,))
        self.target_prefix: str | None = metadata.get("targetPrefix")
        self.json_names = self.protocol in ("json", "rest-json") or "json" in self.protocols
        self.json_version: str = str(metadata.get("jsonVersion", "1.0"))
        self.xml_namespace: str | None = _namespace(metadata.get("xmlNamespace"))
        self.query_compatible: bool = "awsQueryCompatible" in metadata
        self.global_endpoint: bool = "globalEndpoint" in metadata
        self.pagination: Mapping[str, Raw] = source.get("pagination", {})
        self._operation_blobs: dict[str, bytes] = source["operations"]
        self.operations: Mapping[str, Operation] = _Lazy(self, self._operation_blobs)
        self._shape_blobs: dict[str, bytes] = source["shapes"]
        self._shapes: dict[str, Shape] = {}
        self._error_names: list[str] = source.get("errors", [])
        self._errors: dict[str, ErrorShape] | None = None
        self._functions: dict[str, str] | None = None
        self.kept: dict[str, Any] = {}

    @property
    def by_function(self) -> Mapping[str, str]:
        """Python name → AWS's name of every operation."""
        if self._functions is None:
            self._functions = {snake(name): name for name in self.operations}
        return self._functions

    def operation(self, name: str) -> Operation:
        """The operation by AWS's name; KeyError when the service has none of that name."""
        return self.operations[name]

    def http(self, name: str) -> Raw:
        """The `http` part of an operation's description, without building the operation."""
        found: Raw = marshal.loads(self._operation_blobs[name]).get("http", {})
        return found

    def shape(self, name: str) -> Shape:
        """The shape by name; KeyError when the model has none of that name."""
        found = self._shapes.get(name)
        if found is None:
            found = self._shapes[name] = Shape(self, name, marshal.loads(self._shape_blobs[name]))
        return found

    def shape_at(self, reference: Raw) -> Shape:
        """The shape of an operation's input or output; old models name the payload there."""
        shape = self.shape(reference["shape"])
        if "payload" in reference:
            return Shape(self, shape.name, {**shape.raw, "payload": reference["payload"]})
        return shape

    @property
    def shape_names(self) -> list[str]:
        """The names of all shapes."""
        return list(self._shape_blobs)

    def error(self, code: str) -> ErrorShape | None:
        """The error whose shape's name, or else whose code on the wire, is `code`; None when not in the model."""
        errors = self._errors
        if errors is None:
            errors = {}
            shapes = [ErrorShape(self.shape(name)) for name in self._error_names]
            for error in shapes:
                errors.setdefault(error.code, error)
            errors.update({error.name: error for error in shapes})
            self._errors = errors
        return errors.get(code)

    def __repr__(self) -> str:
        return f"<Model {self.name}>"


def load_model(name: str, cache_dir: Path | None = None) -> Model:
    """The model of the service whose folder in botocore is `name`, patched; LookupError when there is none.

    `cache_dir` is where compiled models are kept between processes; None reads the sources every time.
    """
    return Model(name, load_source(name, cache_dir))


def _auth(raw: Raw) -> str:
    authtype: str | None = raw.get("authtype")
    if authtype == "none" or "smithy.api#noAuth" in raw.get("auth", ()):
        return "none"
    if authtype is None and raw.get("unsignedPayload"):
        return "v4-unsigned-body"
    return authtype or "v4"


def _streaming(shape: Shape | None) -> Member | None:
    if shape is None or shape.payload is None:
        return None
    member = shape.members[shape.payload]
    return member if member.streaming or member.shape.eventstream else None


def _namespace(value: Any) -> str | None:
    return value.get("uri") if isinstance(value, dict) else value


def _strings(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)
