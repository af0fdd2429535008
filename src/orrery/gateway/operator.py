"""The operator interface: HTTP paths by which the cloud's keeper looks at it and changes it.

`/_orrery/…` is Orrery's own; `/_localstack/…`, `/_aws/…` and `/moto-api/reset` answer what tools written for those
emulators ask. Bodies and answers are JSON objects; an error is `{"message": …}`.
"""

import msgspec

from orrery.gateway.body import BodyLost
from orrery.gateway.console.routes import CONSOLE_ROUTES
from orrery.gateway.exchange import STREAM, StreamBody
from orrery.gateway.operated import Coming, Operated
from orrery.gateway.operator_guard import objection
from orrery.gateway.operator_peers import PEER_ROUTES
from orrery.gateway.operator_routes import Call, Problem, find, health_for_strangers, metrics
from orrery.gateway.operator_states import IMPORT, STATE_ROUTES, Flow, Whole, take_in
from orrery.wire.http import Answer, Head

_PREFIXES = (b"/_orrery/", b"/_localstack/", b"/_aws/", b"/moto-api/")

_OPEN = frozenset({"/_orrery/health", "/_localstack/health"})
"""Paths that everybody may ask, in a short form."""

METRICS = "/_orrery/metrics"

BODY_LIMIT = 1 << 20
"""The most bytes a request to the operator interface may bring."""


def claims(head: Head) -> bool:
    """True when the request is for the operator interface and not for AWS.

    A bucket's own host name keeps its paths: there `/_orrery/x` is an object's key.
    """
    return (head.path.startswith(_PREFIXES) or head.path == b"/_orrery") and ".s3" not in head.host


def begin(head: Head) -> int | StreamBody:
    """How the body of a request that `claims` is true of is wanted: so many bytes at most, or as it comes."""
    return STREAM if head.method == "POST" and head.path.rstrip(b"/") == IMPORT.encode() else BODY_LIMIT


async def handle(cloud: Operated, head: Head, body: bytes | Coming) -> Answer | Flow:
    """Answer one request that `claims` is true of, with its `body` as `begin` wanted it."""
    whole = body if isinstance(body, bytes) else None
    call = Call(cloud, head, whole or b"")
    try:
        reason = objection(head, cloud.host_names)
        if reason is None or cloud.signed_by_root(head, whole):
            shown = await _shown(call, body)
        elif call.path == METRICS and head.method in ("GET", "HEAD") and cloud.open_metrics:
            shown = await metrics(call)
        elif call.path in _OPEN and head.method in ("GET", "HEAD"):
            shown = await health_for_strangers(call)
        else:
            raise Problem(
                403,
                f"The operator interface serves this machine's user, or root by signature. Refused because {reason}.",
            )
    except Problem as problem:
        return _json(problem.status, {"message": str(problem)})
    except LookupError as problem:
        return _json(404, {"message": _text(problem)})
    except (ValueError, BodyLost) as problem:
        return _json(400, {"message": _text(problem)})
    return shown if isinstance(shown, Answer | Flow) else _json(200, shown)


def failed() -> Answer:
    """The answer to a request at which the interface itself failed."""
    return _json(500, {"message": "failed"})


async def _shown(call: Call, body: bytes | Coming) -> object:
    if call.path == IMPORT:
        if call.head.method == "POST":
            return await take_in(call, Whole(body) if isinstance(body, bytes) else body)
        return _json(405, {"message": f"{IMPORT} takes POST"}, allow="POST")
    handlers = (
        STATE_ROUTES.get(call.path)
        or find(call.path)
        or find(call.path, PEER_ROUTES)
        or find(call.path, CONSOLE_ROUTES)
    )
    if handlers is None:
        answer = await call.cloud.look(call.path, call.query, call.head)
        if answer is None:
            raise Problem(404, f"the operator interface has no {call.path}")
        return answer
    method = "GET" if call.head.method == "HEAD" else call.head.method
    if method not in handlers:
        problem = {"message": f"{call.path} takes {' or '.join(handlers)}"}
        return _json(405, problem, allow=", ".join(handlers))
    return await handlers[method](call)


def _text(problem: Exception) -> str:
    return str(problem.args[0]) if problem.args else type(problem).__name__


def _json(status: int, shown: object, *, allow: str | None = None) -> Answer:
    headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
    if allow is not None:
        headers.append((b"allow", allow.encode()))
    return Answer(status, headers, msgspec.json.encode(shown) + b"\n")
