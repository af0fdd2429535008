"""What each path of the operator interface does. A handler takes a Call and returns what is to be shown as JSON."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import parse_qsl, unquote

import msgspec

from orrery import __version__
from orrery.gateway.metrics import CONTENT_TYPE, text
from orrery.gateway.operated import Operated
from orrery.gateway.selection import read_selection
from orrery.wire.http import Answer, Head

Kind = TypeVar("Kind", str, int, float)

INSTANT_MAX = 253402300799999
"""The last millisecond of the year 9999."""


class Problem(Exception):
    """An answer other than success: HTTP status and text."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Call:
    """One request to the operator interface, taken apart."""

    def __init__(self, cloud: Operated, head: Head, body: bytes) -> None:
        self.cloud = cloud
        self.head = head
        self.path = unquote(head.path.decode("latin-1")).rstrip("/")
        self.query = dict(parse_qsl(head.query.decode("latin-1"), keep_blank_values=True))
        self.body = body

    def values(self) -> dict[str, Any]:
        """The body's JSON object; empty when there is no body."""
        try:
            return msgspec.json.decode(self.body, type=dict[str, Any]) if self.body.strip() else {}
        except msgspec.MsgspecError as problem:
            raise Problem(400, f"the body must be a JSON object: {problem}") from None

    def place(self) -> tuple[str, str]:
        """Account and Region from the query, empty for all."""
        return self.query.get("account", ""), self.query.get("region", "")


def wanted(values: Mapping[str, Any], name: str, kind: type[Kind], default: Kind | None = None) -> Kind:
    """The member `name` of a body as `kind`, or `default`. Raises Problem when it is missing or something else."""
    value = values.get(name, default)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise Problem(400, f"{name} must be given, as a {'string' if kind is str else 'number'}")
    return value


def iso(instant: int) -> str:
    """An instant as people write it: 2030-01-01T00:00:00.000Z."""
    whole = datetime.fromtimestamp(instant // 1000, UTC)
    return f"{whole:%Y-%m-%dT%H:%M:%S}.{instant % 1000:03d}Z"


def _instant(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Problem(400, f"{text!r} is not an ISO 8601 time, as 2030-01-01T00:00:00Z") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1000)


async def health(call: Call) -> object:
    """That the cloud runs, and the facts of it."""
    return {
        "status": "running",
        "version": __version__,
        **call.cloud.health(),
        "clock": _clock(call),
        "services": sorted(call.cloud.services()),
    }


async def health_for_strangers(call: Call) -> object:
    """What anybody may know who can reach the port, as probes of orchestrators from other machines must: that the
    cloud runs, its version, its services; nothing of the machine and of what is done with it."""
    if call.path == "/_localstack/health":
        shown = dict.fromkeys(sorted(call.cloud.services()), "available")
        return {"services": shown, "edition": "orrery", "version": __version__}
    return {"status": "running", "version": __version__, "services": sorted(call.cloud.services())}


async def reset(call: Call) -> object:
    """Forget everything, or what one service keeps: /_localstack/state/sqs/reset."""
    parts = call.path.split("/")
    service = parts[3] if call.path.startswith("/_localstack/state/") and len(parts) == 5 else None
    if service is not None and service not in call.cloud.services():
        raise Problem(404, f"there is no service {service!r}")
    await call.cloud.reset(service)
    return {"status": "ok"}


def _clock(call: Call) -> dict[str, Any]:
    state = call.cloud.clock()
    return {
        "now": iso(state["now"]),
        "host": iso(state["host"]),
        "offset_seconds": (state["now"] - state["host"]) / 1000,
        "mode": state["mode"],
        "rate": state["rate"],
    }


async def clock(call: Call) -> object:
    """The virtual clock as it stands."""
    return _clock(call)


async def turn_clock(call: Call) -> object:
    """{"advance": seconds}, {"set": ISO time}, or {"mode": real|manual|autojump, "rate": N}; one or several."""
    values = call.values()
    if unknown := values.keys() - {"advance", "set", "mode", "rate"}:
        raise Problem(400, f"the clock knows no {sorted(unknown)[0]!r}; it takes advance, set, mode and rate")
    if not values:
        raise Problem(400, "say what to do: advance, set, mode or rate")
    length = round(wanted(values, "advance", float, 0.0) * 1000)
    if not 0 <= length <= INSTANT_MAX - call.cloud.clock()["now"]:
        raise Problem(400, "advance takes seconds, not below 0 and within the year 9999: the clock never goes back")
    target = _instant(wanted(values, "set", str)) if "set" in values else None
    if target is not None and not call.cloud.clock()["now"] <= target <= INSTANT_MAX:
        raise Problem(400, f"it is {iso(call.cloud.clock()['now'])}: the clock never goes back")
    fired = 0
    if "mode" in values or "rate" in values:
        state = call.cloud.clock()
        mode = wanted(values, "mode", str, "real" if "rate" in values else state["mode"])
        if mode not in ("real", "manual", "autojump"):
            raise Problem(400, f"the clock has no mode {mode!r}; it has real, manual and autojump")
        call.cloud.set_clock(mode, wanted(values, "rate", float, 1.0))
    if target is not None:
        fired += await call.cloud.turn_to(target)
    if length:
        fired += await call.cloud.advance(length)
    return {**_clock(call), "fired": fired}


async def limits(call: Call) -> object:
    """Every limit in the place that the query's `account` and `region` name."""
    return {"limits": call.cloud.limits(*call.place())}


async def set_limit(call: Call) -> object:
    """{"name", "value", "account"?, "region"?}."""
    values = call.values()
    account, region = wanted(values, "account", str, ""), wanted(values, "region", str, "")
    await call.cloud.set_limit(wanted(values, "name", str), wanted(values, "value", int), account, region)
    return {"limits": call.cloud.limits(account, region)}


async def reset_limits(call: Call) -> object:
    """Forget what was set for the query's `name`, or for all."""
    await call.cloud.reset_limits(call.query.get("name"), *call.place())
    return {"limits": call.cloud.limits(*call.place())}


async def era(call: Call) -> object:
    """The era of the query's `account`, or of all that chose none."""
    return {"era": call.cloud.era(call.place()[0])}


async def set_era(call: Call) -> object:
    """{"era", "account"?}."""
    values = call.values()
    account = wanted(values, "account", str, "")
    await call.cloud.set_era(wanted(values, "era", str), account)
    return {"era": call.cloud.era(account)}


async def failures(call: Call) -> object:
    """Every failure that can be asked for, and the rule of those that are."""
    return {"failures": call.cloud.failures()}


async def set_failure(call: Call) -> object:
    """{"name", "rule": {...}, "account"?, "region"?}."""
    values = call.values()
    rule = values.get("rule", {})
    if not isinstance(rule, dict):
        raise Problem(400, "rule must be an object")
    account, region = wanted(values, "account", str, ""), wanted(values, "region", str, "")
    await call.cloud.set_failure(wanted(values, "name", str), rule, account, region)
    return await failures(call)


async def clear_failures(call: Call) -> object:
    """Take back the failure of the query's `name`, or all."""
    await call.cloud.clear_failures(call.query.get("name"))
    return await failures(call)


async def requests(call: Call) -> object:
    """The ring of requests, oldest first; the query's `limit` bounds how many.

    `service`, `operation`, `status` (404 or 4xx), `error` (* for any) and `account` choose, alternatives between
    commas, `*` for parts of a name; `since` is an ISO time or a length as 10m; `after` the id of the last one seen.
    """
    limit = call.query.get("limit", "100")
    if not limit.isdecimal():
        raise Problem(400, "limit must be a whole number")
    wanted = read_selection(call.query, call.cloud.clock()["now"])
    return {"requests": [_timed(entry) for entry in call.cloud.requests(int(limit), wanted)]}


async def request(call: Call) -> object:
    """One request by its id."""
    request_id = call.path.rpartition("/")[2]
    found = call.cloud.request(request_id)
    if found is None:
        raise Problem(404, f"no request {request_id!r} is remembered; `orrery requests` lists those that are")
    return _timed(found)


def _timed(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {name: iso(value) if name == "time" else value for name, value in entry.items()}


async def metrics(call: Call) -> object:
    """What Prometheus scrapes, in its text format."""
    return Answer(200, [(b"content-type", CONTENT_TYPE), (b"cache-control", b"no-store")], text(call.cloud.measures()))


async def doctor(call: Call) -> object:
    """What is in use."""
    return call.cloud.doctor()


async def authority(call: Call) -> object:
    """The certificate authority, as PEM and not as JSON."""
    certificate = call.cloud.authority()
    if certificate is None:
        raise Problem(404, "this cloud serves no TLS")
    return Answer(200, [(b"content-type", b"application/x-pem-file")], certificate.encode())


async def stop(call: Call) -> object:
    """Begin to stop; the answer tells the process id to wait for."""
    facts = call.cloud.health()
    call.cloud.stop()
    return {"stopping": True, "pid": facts.get("pid")}


Handler = Callable[[Call], Awaitable[object]]

ROUTES: Mapping[str, Mapping[str, Handler]] = {
    "/_orrery/health": {"GET": health},
    "/_orrery/clock": {"GET": clock, "POST": turn_clock},
    "/_orrery/limits": {"GET": limits, "POST": set_limit, "DELETE": reset_limits},
    "/_orrery/era": {"GET": era, "POST": set_era},
    "/_orrery/failures": {"GET": failures, "POST": set_failure, "DELETE": clear_failures},
    "/_orrery/requests": {"GET": requests},
    "/_orrery/requests/*": {"GET": request},
    "/_orrery/metrics": {"GET": metrics},
    "/_orrery/doctor": {"GET": doctor},
    "/_orrery/ca": {"GET": authority},
    "/_orrery/stop": {"POST": stop},
    "/_orrery/reset": {"POST": reset},
}
"""Handlers by path and method; `*` stands for one part of a path."""


def find(path: str, routes: Mapping[str, Mapping[str, Handler]] = ROUTES) -> Mapping[str, Handler] | None:
    """The handlers of `path` in `routes`, by method; None when it is none of them. A `**` at the end is any rest."""
    found = routes.get(path)
    if found is not None:
        return found
    parts = path.split("/")
    for pattern, handlers in routes.items():
        expected = pattern.split("/")
        if expected[-1] == "**":
            expected = expected[:-1] + parts[len(expected) - 1 :]
        if len(expected) == len(parts) and all(want in ("*", got) for want, got in zip(expected, parts, strict=True)):
            return handlers
    return None
