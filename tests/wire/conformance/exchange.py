"""Between botocore and our values of HTTP: requests as it sends them, answers as it reads them."""

import io
from collections.abc import Iterator
from typing import Any

from botocore.awsrequest import AWSRequest, HeadersDict, prepare_request_dict
from botocore.model import OperationModel, ServiceModel
from botocore.parsers import create_parser
from botocore.serialize import create_serializer

from orrery.wire.catalog import Models
from orrery.wire.http import Answer, Head
from orrery.wire.routes import NEED_BODY, Route, identify

REQUEST_ID = "5f0c8a2e-0000-4000-8000-000000000001"
SCOPE = "AWS4-HMAC-SHA256 Credential=AKID/20240506/us-east-1/{}/aws4_request, SignedHeaders=host, Signature=0"


def request(operation: OperationModel, protocol: str, parameters: dict[str, Any]) -> tuple[Head, bytes]:
    """The request botocore sends for the operation, with the credential scope a signature names."""
    serializer = create_serializer(protocol, include_validation=False)
    return sent(serializer.serialize_to_request(parameters, operation), operation.service_model)


def sent(described: dict[str, Any], service: ServiceModel, endpoint: str = "") -> tuple[Head, bytes]:
    """botocore's description of a request as the server gives it to us."""
    host = f"{service.endpoint_prefix}.us-east-1.amazonaws.com"
    prepare_request_dict(described, endpoint or f"https://{host}")
    prepared = AWSRequest(
        method=described["method"],
        url=described["url"],
        data=described["body"],
        headers=described["headers"],
    ).prepare()
    _, _, rest = prepared.url.partition("://")
    netloc, slash, target = rest.partition("/")
    body = prepared.body or b""
    body = body.encode() if isinstance(body, str) else body
    headers = [(_latin(key), _latin(value)) for key, value in prepared.headers.items()]
    headers.append((b"Host", netloc.encode()))
    headers.append((b"Authorization", SCOPE.format(service.signing_name).encode()))
    return Head(prepared.method, (slash + target).encode() or b"/", headers), body


def _latin(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8")


def response(answer: Answer, operation: OperationModel | None = None) -> dict[str, Any]:
    """Our answer as botocore's parsers take it."""
    headers = HeadersDict({key.decode(): value.decode() for key, value in answer.headers})
    body: Any = answer.body
    if (
        operation is not None
        and (operation.has_streaming_output or operation.has_event_stream_output)
        and answer.status < 300
    ):
        body = Streamed(answer.body) if operation.has_event_stream_output else io.BytesIO(answer.body)
    return {
        "status_code": answer.status,
        "headers": headers,
        "body": body,
        "context": {"operation_name": operation.name if operation else ""},
    }


class Streamed:
    """A body as urllib3 gives it to botocore's event streams."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    def stream(self) -> Iterator[bytes]:
        """The body in one piece."""
        yield self.body

    def close(self) -> None:
        """Nothing is held."""


def parsed(answer: Answer, operation: OperationModel, protocol: str) -> dict[str, Any]:
    """What botocore makes of our answer."""
    found: dict[str, Any] = create_parser(protocol).parse(response(answer, operation), operation.output_shape)
    return found


def routed(models: Models, head: Head, body: bytes) -> Route:
    """Where the request goes: asked with the head alone first, as the gateway does."""
    found = identify(models, head, None)
    if isinstance(found, Route):
        return found
    assert found is NEED_BODY, found
    found = identify(models, head, body)
    assert isinstance(found, Route), found
    return found
