"""Answers for when not even the service is known, or the failure is ours."""

import msgspec

from orrery.wire.fault import Fault
from orrery.wire.http import Answer


def internal_failure(request_id: str) -> Fault:
    """What a client is told of a failure of ours, which is reported."""
    return Fault("InternalFailure", f"Orrery failed. Its log tells more of {request_id}.", status=500)


def plain_fault(fault: Fault, request_id: str) -> Answer:
    """The answer to a request of which not even the service is known."""
    body = msgspec.json.encode(
        {"__type": fault.code, "message": fault.message or "No service answers to this request."}
    )
    headers = [(b"x-amzn-RequestId", request_id.encode()), (b"Content-Type", b"application/json")]
    return Answer(fault.status or 404, headers, body)
