"""What an operation or a job is given beside its input: records, time, place, caller, limits, and ways to wait."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from orrery.kernel.blobs import BlobRef, Reader, Written
from orrery.kernel.call import Call, Principal
from orrery.kernel.contents import BodyWriter
from orrery.kernel.core import Core, JobHandle
from orrery.kernel.deliveries import deliver
from orrery.kernel.held import Content
from orrery.kernel.ids import secret
from orrery.kernel.jobs import schedule
from orrery.kernel.keys import pack
from orrery.kernel.logs import append
from orrery.kernel.place import Place
from orrery.kernel.records import Record
from orrery.kernel.service import Log
from orrery.kernel.transaction import Transaction
from orrery.kernel.waiters import Cancelled, Channel, Park, Waiter

T = TypeVar("T")


class Context:
    """One operation's or job's view of the cloud.

    `tx` is the transaction: always there in a `def`, in an `async def` only inside the functions given to `until`
    and `transaction`. `now` is virtual time in milliseconds, the same throughout one transaction.
    """

    __slots__ = ("_channels", "_tx", "_writers", "call", "kernel", "now", "place", "waits")

    def __init__(self, kernel: Core, call: Call, place: Place) -> None:
        self.kernel = kernel
        self.call = call
        self.place = place
        self.now = kernel.clock.now()
        self._tx: Transaction | None = None
        self._channels: list[Channel] = []
        self._writers: list[BodyWriter] | None = None
        self.waits = False

    # --- who, where ---

    @property
    def account(self) -> str:
        """The account whose resources the call is about: the caller's."""
        return self.place.account

    @property
    def region(self) -> str:
        """The Region the request was signed for."""
        return self.place.region

    @property
    def partition(self) -> str:
        """`aws`, `aws-cn` or `aws-us-gov`."""
        return self.place.partition

    @property
    def principal(self) -> Principal:
        """Who calls."""
        return self.call.principal

    @property
    def host(self) -> str:
        """The host with its port at which URLs in the answer lead: the request's, or as the settings say."""
        return self.call.host

    @property
    def scheme(self) -> str:
        """http or https, of URLs in the answer."""
        return self.call.scheme

    @property
    def request_id(self) -> str:
        """The id the answer carries."""
        return self.call.request_id

    # --- records ---

    @property
    def tx(self) -> Transaction:
        """The transaction that is open."""
        if self._tx is None:
            raise RuntimeError("an async operation touches records only inside ctx.until and ctx.transaction")
        return self._tx

    def at(self, account: str, region: str) -> Transaction:
        """The open transaction, looking into another account or Region; authorisation is the caller's duty."""
        return self.tx.at(self.kernel.place(account, region))

    def attempt(self, function: Callable[[Context], T]) -> T:
        """Run `function` in a transaction of its own and merge it; a fault drops what it wrote."""
        self.now = self.kernel.clock.now()
        transaction = self.kernel.committer.begin(self.place, self.now)
        self._tx = transaction
        try:
            value = function(self)
        finally:
            self._tx = None
        self.kernel.committer.merge(transaction)
        return value

    async def transaction(self, function: Callable[[Context], T]) -> T:
        """Run a plain function in one transaction and wait until it is durable. Raises what it raised, or why the
        store refused it."""
        value = self.attempt(function)
        await self.kernel.durable()
        return value

    async def until(self, function: Callable[[Context], tuple[T, int | None]], *, within: int) -> T:
        """Try `function` until it gives something, at most `within` milliseconds.

        It returns a value and the instant at which trying again makes sense (or None), and names by `ctx.watch` what
        it waits for. A true value ends the wait; at the deadline the last value is returned. With a clock that
        stands still, the deadline is also reached after as much of the host's time.
        """
        deadline = self.kernel.clock.now() + within
        host_deadline = self.kernel.loop.time() + within / 1000
        while True:
            self._channels = []
            value, next_at = self.attempt(function)
            late = self.kernel.clock.now() >= deadline or self.kernel.loop.time() >= host_deadline
            if value or late or self.kernel.stopping:
                await self.kernel.durable()
                return value
            waiters: list[Waiter] = []
            self.waits = True
            try:
                await self._park(waiters, next_at, deadline, host_deadline)
            except Cancelled:
                for waiter in waiters:
                    self.kernel.waiters.leave(waiter)
                    if waiter.woken is not None:  # the wake-up meant for this one belongs to the next in line
                        self.kernel.waiters.wake(waiter.woken)
                raise
            finally:
                self.waits = False

    def watch(self, *channel: Any) -> None:
        """Inside a function given to `until`: try again when `channel` is woken."""
        self._channels.append(channel)

    def wake_all(self, *channel: Any) -> None:
        """After the commit, let everybody who waits on `channel` try again."""
        waiters = self.kernel.waiters
        self.tx.effects.append(lambda: waiters.wake_all(channel))

    def wake_at(self, when: int, *channel: Any) -> None:
        """After the commit, if somebody waits on `channel` by then, let one of them try again at `when`.

        One alarm a channel, the earliest: whoever it wakes, or whoever writes next, sets the one after it.
        """
        kernel = self.kernel
        self.tx.effects.append(lambda: kernel.waiters.wake_at(kernel.clock, when, channel))

    # --- bodies ---

    def write(self, content: Content) -> BodyWriter:
        """A writer for a new body, in or outside a transaction. What no committed record holds when the operation is
        over is removed. Raises the fault ServiceUnavailable when the disk is full, as the writer does."""
        writer = self.kernel.contents.writer(content)
        if self._writers is None:
            self._writers = []
        self._writers.append(writer)
        return writer

    def pack(self, content: Content, body: bytes) -> Written:
        """A body of at most 32 KiB at once. Raises ValueError for a larger one."""
        return self.kernel.contents.pack(content, body)

    def hold(self, content: Content, body: Written | BlobRef) -> BlobRef:
        """In the transaction: a record refers to `body` from now on, by the reference given back. Each reference that
        is held is released once. One already held is held once more: a file is shared, a packed body copied. A record
        that lets go of what another takes over: hold before you release."""
        return self.kernel.contents.hold(self.tx, content, body)

    def release(self, content: Content, *refs: BlobRef) -> None:
        """In the transaction: references go, and bodies with their last one, files after the commit and after their
        last reader."""
        self.kernel.contents.release(self.tx, content, refs)

    def open(self, content: Content, ref: BlobRef, *, later: bool = False) -> Reader:
        """A reader of the body a record refers to; until it is closed its file stays. Open it in the transaction that
        reads the record; `later` leaves the opening of a file to the first read, where there are many. Raises
        BlobDamaged when the body is not there or not whole."""
        return self.kernel.contents.open(self._tx, content, ref, later=later)

    def discard(self, content: Content, written: Written) -> None:
        """Remove a written body now, unless a committed record holds it; safe after a transaction that may have been
        merged. The end of the operation does this for what is left."""
        self.kernel.contents.discard(content, written)

    def over(self) -> None:
        """The operation or job is over, whichever way."""
        if self._writers:
            writers, self._writers = self._writers, None
            for writer in writers:
                writer.over()

    # --- figures ---

    def limit(self, name: str) -> int:
        """The figure of a declared limit, for this account and Region."""
        return self.kernel.limits.get(name, self.place)

    def rate(self, name: str) -> int | None:
        """The figure of a declared rate limit; None while rates are not enforced."""
        return self.kernel.limits.rate(name, self.place)

    def failure(self, name: str) -> Mapping[str, Any] | None:
        """The parameters of a declared failure where it is asked for here; None otherwise."""
        return self.kernel.limits.failure(name, self.place)

    # --- making ---

    def new_uuid(self) -> str:
        """A random UUID."""
        return self.kernel.ids.uuid()

    def new_hex(self, digits: int) -> str:
        """So many hexadecimal digits, for ids."""
        return self.kernel.ids.hex(digits)

    def new_secret(self, count: int) -> bytes:
        """Bytes nobody can guess."""
        return secret(count)

    def chance(self) -> float:
        """A number from 0 up to 1, for failures that happen now and then."""
        return self.kernel.ids.chance()

    def seal(self, position: tuple[Any, ...], *bound: Any) -> str:
        """A token that names a position in a list, for answers whose pages are not the model's; good only with the
        same `bound`."""
        return self.kernel.tokens.make(position, pack(bound))

    def unseal(self, token: str, *bound: Any) -> tuple[Any, ...] | None:
        """The position that a token names, or None when it is not one of ours for these `bound`."""
        return self.kernel.tokens.read(token, pack(bound))

    def arn(self, record: Record) -> str:
        """The ARN of a record, from its table's declaration."""
        return self.kernel.arn(record, self.place)

    def resolve(self, arn: str) -> Any:
        """The record an ARN names, wherever it lives, after authorisation on both sides; None when there is none."""
        return self.kernel.resolve(self, arn)

    def schedule(self, function: Callable[..., Any], *, at: int, **arguments: Any) -> JobHandle:
        """Have a job called at an instant, in this place, once this transaction is committed."""
        return schedule(self.kernel.scheduler, self.tx, function, at, arguments)

    def cancel(self, handle: JobHandle) -> None:
        """Take a scheduled job back."""
        self.kernel.scheduler.cancel(self.tx, handle)

    def deliver(self, function: Callable[..., Any], *, order: str, delay: int = 0, **payload: Any) -> int:
        """Have a sink receive `payload`, after everything delivered before under the same `order`; the delivery's
        number. Nothing is written when the transaction is dropped."""
        return deliver(self.kernel.couriers, self.tx, function.__sink__, order, payload, delay)  # type: ignore[attr-defined]

    def append(self, log: Log, *key: Any, value: Any) -> int:
        """Append an entry to a log; its position. Readers `watch("log", log.name, place, key)`."""
        return append(self.kernel.scheduler, self.tx, log, key, value)

    # --- waiting ---

    def _park(self, waiters: list[Waiter], next_at: int | None, deadline: int, host_deadline: float) -> Park:
        """Wait on the watched channels; the waiter is put into `waiters`, for whoever has to end it early."""
        kernel = self.kernel

        def start(resume: Callable[[Any], None]) -> None:
            waiter = Waiter(self._channels, resume)
            waiters.append(waiter)
            kernel.waiters.add(waiter)
            when = deadline if next_at is None else min(deadline, next_at)
            asked_for = when < deadline  # something comes back then; the end of a poll alone moves no clock
            waiter.alarm = kernel.clock.call_at(
                when, lambda: kernel.waiters.release(waiter, None), foreground=asked_for
            )
            waiter.deadline = kernel.loop.call_at(host_deadline, kernel.waiters.release, waiter, None)

        return Park(start)
