"""From a `Fault` to the facts every protocol needs to write it: codes, status, who is to blame, members."""

from typing import Any, NamedTuple

from orrery.wire.fault import Fault
from orrery.wire.model import Model
from orrery.wire.shapes import Shape

_STATUS = {
    "AccessDenied": 403,
    "AccessDeniedException": 403,
    "AuthFailure": 401,
    "ExpiredToken": 403,
    "ExpiredTokenException": 403,
    "InternalError": 500,
    "InternalFailure": 500,
    "InternalServerError": 500,
    "InternalServerException": 500,
    "InvalidAccessKeyId": 403,
    "InvalidClientTokenId": 403,
    "InvalidSignatureException": 403,
    "MethodNotAllowed": 405,
    "MissingAuthenticationToken": 403,
    "MissingAuthenticationTokenException": 403,
    "NotImplemented": 501,
    "OptInRequired": 403,
    "RequestEntityTooLarge": 413,
    "RequestEntityTooLargeException": 413,
    "RequestTimeTooSkewed": 403,
    "ServiceUnavailable": 503,
    "ServiceUnavailableException": 503,
    "SignatureDoesNotMatch": 403,
    "SlowDown": 503,
    "Unavailable": 503,
    "UnauthorizedOperation": 403,
    "UnrecognizedClientException": 403,
}
"""AWS's common errors, which no model declares; the documentation's "Common Error Types" pages give them.
Others are the sender's (400)."""

_JSON_ALWAYS_400 = frozenset(
    {
        "AccessDeniedException",
        "ExpiredTokenException",
        "InvalidSignatureException",
        "MissingAuthenticationTokenException",
        "UnrecognizedClientException",
    }
)
"""What the JSON protocols' front end answers with 400, where REST and Query answer 403."""


class Resolved(NamedTuple):
    """An error ready for writing. `members` holds the members of the error structure that are present, without
    the message; `message_name` is what the structure calls its message."""

    name: str
    code: str
    type: str | None
    status: int
    sender: bool
    message: str
    message_name: str | None
    members: dict[str, Any]
    shape: Shape | None


def resolve(model: Model, fault: Fault, protocol: str) -> Resolved:
    """What `fault` means for a service, by its model and patch, else by AWS's common errors."""
    members = {name: value for name, value in fault.members.items() if value is not None}
    error = model.error(fault.code)
    if error is None:
        status = fault.status or _undeclared_status(fault.code, protocol)
        return Resolved(fault.code, fault.code, None, status, status < 500, fault.message, None, members, None)
    forced = fault.status
    if forced is not None and "status" in error.members:
        members["status"], forced = forced, None
    message_name = next((name for name in error.members if name.lower() == "message"), None)
    return Resolved(
        error.name,
        error.code,
        error.type,
        forced or error.status,
        error.sender,
        fault.message or error.message,
        message_name,
        members,
        error.shape,
    )


def _undeclared_status(code: str, protocol: str) -> int:
    if protocol == "json" and code in _JSON_ALWAYS_400:
        return 400
    if protocol in ("rest-json", "rest-xml") and code == "UnknownOperationException":
        return 404
    return _STATUS.get(code, 400)
