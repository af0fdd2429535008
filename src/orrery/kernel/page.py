"""Pages of lists: an operation says what the rows are; the cut and the token come from the model's paginator."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from orrery.kernel.call import Call
from orrery.kernel.ids import secret
from orrery.kernel.keys import pack, unpack
from orrery.kernel.records import table_of
from orrery.kernel.store.contract import RECORDS, Batch, Store
from orrery.kernel.store.table_ids import TableIds
from orrery.wire.fault import Fault

Fetch = Callable[[tuple[Any, ...] | None, int], Sequence[Any]]
"""(after this position, at most so many) -> rows in order of position."""


class Page:
    """The rows of a paged member.

    `rows` is a sequence, or a function that fetches rows after a position so that a page costs what it shows.
    `view` makes a row AWS's structure. `position` gives the key a row sorts by (by default its record's key). `most`
    rows are shown at a time, `default` when the caller named no limit. With `only_if_asked` an answer to a request
    without the limit member carries no token, as ListQueues does; with `absent_if_empty` no rows means no member.
    """

    __slots__ = ("absent_if_empty", "default", "invalid", "most", "only_if_asked", "position", "rows", "view")

    def __init__(
        self,
        rows: Sequence[Any] | Fetch,
        view: Callable[[Any], Any] = lambda row: row,
        *,
        position: Callable[[Any], tuple[Any, ...]] | None = None,
        default: int = 1000,
        most: int = 1000,
        only_if_asked: bool = False,
        absent_if_empty: bool = False,
        invalid: Fault | None = None,
    ) -> None:
        self.rows = rows
        self.view = view
        self.position = position or (lambda row: table_of(type(row)).key_of(row))
        self.default = default
        self.most = most
        self.only_if_asked = only_if_asked
        self.absent_if_empty = absent_if_empty
        self.invalid = invalid or Fault("InvalidNextToken", "The specified token is not valid.")


def kept_secret(store: Store, tables: TableIds) -> bytes:
    """The key that seals page tokens: made once for each state, and kept with it."""
    key = tables.id_of("kernel#secret")
    found = store.get(RECORDS, key)
    if found is None:
        found = secret(32)
        batch = Batch()
        batch.puts[RECORDS][key] = found
        store.apply(batch)
    return found


class TokenMaker:
    """Makes and reads page tokens. They name a position, not a number of rows, so they survive inserts; they are
    bound to the operation and its other arguments; a foreign or altered one is refused."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        self._key = key

    def make(self, position: tuple[Any, ...], bound: bytes) -> str:
        """The token for what follows `position`."""
        packed = pack(position)
        return base64.urlsafe_b64encode(self._seal(packed, bound) + packed).decode()

    def read(self, token: str, bound: bytes) -> tuple[Any, ...] | None:
        """The position a token names, or None when it is not one of ours for these arguments."""
        try:
            data = base64.urlsafe_b64decode(token.encode())
        except (binascii.Error, ValueError):
            return None
        if base64.urlsafe_b64encode(data).decode() != token:  # the decoder passes over what is no base64
            return None
        seal, packed = data[:12], data[12:]
        if not hmac.compare_digest(seal, self._seal(packed, bound)):
            return None
        return unpack(packed)

    def _seal(self, packed: bytes, bound: bytes) -> bytes:
        return hmac.digest(self._key, bound + b"\0" + packed, hashlib.sha256)[:12]


def turn(page: Page, operation: Any, request: Any, tokens: TokenMaker, member: str) -> Mapping[str, Any]:
    """The members an answer gets for one page: its rows, and the token when there are more.

    Raises the page's `invalid` fault for a token that is not ours.
    """
    paginator = operation.paginator
    asked = getattr(request, paginator.limit_key, None) if paginator.limit_key else None
    limit = min(asked or page.default, page.most)
    token = getattr(request, paginator.input_token[0], None)
    bound = _bound(operation, request, paginator)
    after: tuple[Any, ...] | None = None
    if token:
        after = tokens.read(token, bound)
        if after is None:
            raise page.invalid
    if callable(page.rows):
        rows = list(page.rows(after, limit + 1))
    else:
        rows = [row for row in page.rows if after is None or page.position(row) > after][: limit + 1]
    shown = rows[:limit]
    members: dict[str, Any] = {member: [page.view(row) for row in shown]}
    if page.absent_if_empty and not shown:
        members[member] = None
    if len(rows) > limit and not (page.only_if_asked and not asked):
        members[paginator.output_token[0]] = tokens.make(page.position(shown[-1]), bound)
    return members


def _bound(operation: Any, request: Any, paginator: Any) -> bytes:
    """What a token is bound to: the operation and every argument but the token and the limit."""
    rest = {
        name: value
        for name, value in msgspec.structs.asdict(request).items()
        if name not in (*paginator.input_token, paginator.limit_key)
    }
    return hashlib.sha256(operation.name.encode() + repr(sorted(rest.items())).encode()).digest()


def cut(value: Mapping[str, Any], call: Call, tokens: TokenMaker) -> Mapping[str, Any]:
    """An answer with its page, if it has one, cut."""
    for member, page in value.items():
        if type(page) is Page:
            return {**value, **turn(page, call.operation, call.values, tokens, member)}
    return value
