"""The operator interface's paths for saved states: JSON, but for a state's one file, which is streamed."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, NamedTuple

from orrery.gateway.operated import Coming, Saved
from orrery.gateway.operator_routes import Call, Handler, Problem, iso, wanted
from orrery.kernel.states.archive import MEDIA_TYPE
from orrery.kernel.states.trouble import StateExists, StateFailed
from orrery.wire.http import Header


class Flow(NamedTuple):
    """An answer whose body comes piece by piece."""

    headers: list[Header]
    source: AsyncIterator[bytes]


class Whole:
    """A body that has come whole, as one that comes."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def read(self) -> bytes:
        """All of it, then nothing."""
        body, self._body = self._body, b""
        return body


def _shown(saved: Saved) -> dict[str, Any]:
    facts = saved._asdict()
    return facts | {"created": iso(saved.created), "virtual_now": iso(saved.virtual_now)}


def _name(call: Call) -> str:
    name = call.query.get("name", "")
    if not name:
        raise Problem(400, "say which state: ?name=NAME")
    return name


def _flag(values: Any, name: str) -> bool:
    """A member that is true or false, or a query's "true"; absent it is false."""
    value = values.get(name, False)
    if value in (True, "true", "1", ""):
        return True
    if value in (False, "false", "0"):
        return False
    raise Problem(400, f"{name} must be true or false")


async def states(call: Call) -> object:
    """Every saved state, and what is being done to one at this moment."""
    saved = [_shown(each) for each in await call.cloud.states.list()]
    return {"states": saved, "under_way": call.cloud.states.under_way()}


async def save(call: Call) -> object:
    """{"name", "replace"?: true}."""
    values = call.values()
    name, replace = wanted(values, "name", str), _flag(values, "replace")
    try:
        return _shown(await call.cloud.states.save(name, replace=replace))
    except StateExists as problem:
        raise Problem(409, str(problem)) from None
    except StateFailed as problem:
        raise Problem(507, str(problem)) from None


async def load(call: Call) -> object:
    """{"name"}: the saved state takes the place of the cloud's own."""
    name = wanted(call.values(), "name", str)
    try:
        now = await call.cloud.states.load(name)
    except StateFailed as problem:
        raise Problem(507, str(problem)) from None
    return {"loaded": name, "now": iso(now)}


async def delete(call: Call) -> object:
    """Remove the state of the query's `name`."""
    name = _name(call)
    try:
        await call.cloud.states.delete(name)
    except StateFailed as problem:
        raise Problem(507, str(problem)) from None
    return {"deleted": name}


async def export(call: Call) -> object:
    """The state of the query's `name` as one file."""
    name = _name(call)
    source = call.cloud.states.export(name)
    disposition = f'attachment; filename="{name}.orrery"'.encode()
    return Flow([(b"content-type", MEDIA_TYPE.encode()), (b"content-disposition", disposition)], source)


async def take_in(call: Call, body: Coming) -> object:
    """The body is such a file: the state of the query's `name` from now on."""
    name, replace = _name(call), _flag(call.query, "replace")
    signed = call.head.headers.text(b"x-amz-content-sha256")
    try:
        return _shown(await call.cloud.states.take_in(name, body, replace=replace, digest=signed))
    except StateExists as problem:
        raise Problem(409, str(problem)) from None
    except StateFailed as problem:
        raise Problem(507, str(problem)) from None


STATE_ROUTES: Mapping[str, Mapping[str, Handler]] = {
    "/_orrery/states": {"GET": states, "POST": save, "DELETE": delete},
    "/_orrery/states/load": {"POST": load},
    "/_orrery/states/export": {"GET": export},
}
"""Handlers by path and method."""

IMPORT = "/_orrery/states/import"
"""The path of `take_in`, which is given its body as it comes; by POST."""
