"""Deliveries: what one thing tells another, one row for each receiver, in order, until it has arrived.

A delivery between records is exactly once: its row goes in the transaction that writes its effect. One with an effect
outside (a function, HTTP, an engine) is at least once and carries a key by which the receiver knows a repetition.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from orrery.kernel.call import Call, root_of
from orrery.kernel.clock import Alarm
from orrery.kernel.core import Carrier, Core, Work
from orrery.kernel.limits import kernel as declared
from orrery.kernel.records import Index, Record
from orrery.kernel.service import Sink
from orrery.kernel.store.contract import StoreFull
from orrery.kernel.transaction import Transaction
from orrery.kernel.waiters import Run
from orrery.wire.fault import Fault
from orrery.wire.instant import HOUR

SEQUENCE = declared.counter("delivery")
BUDGET = 64
"""Deliveries made in one turn of the loop, so that a fan-out of 100,000 starves nobody."""


@declared.table(key=("lane", "number"), scope="partition")
class Delivery(Record, frozen=True):
    """One thing to be delivered. Those of a lane are delivered strictly one after another."""

    lane: str
    number: int
    sink: str
    account: str
    region: str
    payload: bytes
    due: int
    attempts: int = 0

    by_due = Index("due")


def deliver(
    couriers: Carrier, tx: Transaction, sink: Sink, order: str, payload: Mapping[str, Any], delay: int = 0
) -> int:
    """Write a delivery with this transaction; its number, which is its idempotency key. `order` names the lane."""
    home = tx.at(couriers.home)
    number = home.next(SEQUENCE)
    lane = f"{sink.name}/{tx.place.account}/{tx.place.region}/{order}"
    home.insert(
        Delivery(
            lane,
            number,
            sink.name,
            tx.place.account,
            tx.place.region,
            msgspec.msgpack.encode(payload),
            tx.now + delay,
        )
    )
    tx.effects.append(lambda: couriers.expect(lane))
    return number


class Couriers:
    """Makes deliveries: lanes side by side, each in its order."""

    def __init__(self, kernel: Core) -> None:
        self._kernel = kernel
        self.home = kernel.place(*kernel.home)
        self._ready: dict[str, None] = {}
        self._alarms: dict[str, Alarm] = {}
        self._under_way: dict[str, tuple[Run, Work]] = {}
        self._turning = False
        self._given_up = False
        self.delivered = 0

    @property
    def busy(self) -> bool:
        """Whether a delivery is under way, and does not wait for a channel or an instant, or could be made now."""
        return self._turning or any(not ctx.waits for _, ctx in self._under_way.values())

    def start(self) -> None:
        """Go on with what was not delivered before, from what the store holds: a time set by a batch that was refused
        counts no more."""
        for alarm in self._alarms.values():
            alarm.cancel()
        self._alarms.clear()
        tx = self._kernel.committer.begin(self.home, 0)
        for row in tx.find(Delivery.by_due):
            self.expect(row.lane)

    def give_up(self) -> None:
        """Begin nothing any more, and end the deliveries under way as if they had not begun."""
        self._given_up = True
        self._ready.clear()
        for run, _ in list(self._under_way.values()):
            run.cancel()

    def expect(self, lane: str) -> None:
        """A lane has something."""
        if lane in self._under_way or lane in self._alarms:
            return
        self._ready[lane] = None
        if not self._turning:
            self._turning = True
            self._kernel.loop.call_soon(self._turn)

    def _turn(self) -> None:
        self._turning = False
        for _ in range(BUDGET):
            if not self._ready or self._kernel.resting:
                return
            lane = next(iter(self._ready))
            del self._ready[lane]
            self._next(lane)
        if self._ready:
            self._turning = True
            self._kernel.loop.call_soon(self._turn)

    def _next(self, lane: str) -> None:
        """Make the first delivery of a lane, or wait for its time."""
        tx = self._kernel.committer.begin(self.home, 0)
        rows = tx.list(Delivery, lane, limit=1)
        if not rows:
            return
        row = rows[0]
        if row.due > self._kernel.clock.now():
            self._alarms[lane] = self._kernel.clock.call_at(row.due, lambda: self._wake(lane))
            return
        sink = self._sink(row.sink)
        if sink is None:
            self._dead(row, None, f"nobody takes deliveries of {row.sink}")
            self.expect(lane)
            return
        ctx = self._kernel.context(delivery_call(row))
        payload = msgspec.msgpack.decode(row.payload)
        if sink.is_async:

            def over(value: Any, error: BaseException | None) -> None:
                self._kernel.running -= 1
                ctx.over()
                if not self._given_up:
                    self._over(lane, row, sink, error)

            self._kernel.running += 1
            run = Run(sink.run(ctx, **payload), over)
            if not run.over:
                self._under_way[lane] = run, ctx
            return
        try:
            ctx.attempt(lambda ctx: self._arrive(ctx, row, sink, payload))
        except Exception as problem:  # noqa: BLE001 - a delivery's failure is kept in its row and tried again
            self._fail(row, sink, problem)
        else:
            self.delivered += 1
        self.expect(lane)

    def _arrive(self, ctx: Work, row: Delivery, sink: Sink, payload: Mapping[str, Any]) -> None:
        """The effect and the end of the row, in one transaction."""
        sink.run(ctx, **payload)
        ctx.tx.at(self.home).delete(row)

    def _over(self, lane: str, row: Delivery, sink: Sink, error: BaseException | None) -> None:
        self._under_way.pop(lane, None)
        if error is not None:
            self._fail(row, sink, error)
        else:
            self._change(lambda tx: tx.delete(row))
            self.delivered += 1
        self.expect(lane)

    def _fail(self, row: Delivery, sink: Sink, problem: BaseException) -> None:
        if isinstance(problem, StoreFull):  # no failure of the receiver's: it waits for room
            self._kernel.committer.refused()
            return
        reason = f"{problem.code}: {problem.message}" if isinstance(problem, Fault) else repr(problem)
        if row.attempts + 1 >= sink.attempts:
            self._dead(row, sink, reason)
            return
        due = self._kernel.clock.now() + min(sink.pause << row.attempts, HOUR)
        later = msgspec.structs.replace(row, due=due, attempts=row.attempts + 1)
        self._change(
            lambda tx: tx.put(later) if tx.get(Delivery, row.lane, row.number) else None
        )  # not what is forgotten

    def _dead(self, row: Delivery, sink: Sink | None, reason: str) -> None:
        """Give up: the dead-letter function writes its effect in the transaction that ends the row."""
        ctx = self._kernel.context(delivery_call(row))

        def end(ctx: Any) -> None:
            if sink is not None and sink.dead is not None:
                sink.dead(ctx, msgspec.msgpack.decode(row.payload), reason)
            ctx.tx.at(self.home).delete(row)

        try:
            ctx.attempt(end)
        except Exception as problem:  # noqa: BLE001 - a dead letter's failure is reported; it must not hold its lane
            self._kernel.report(f"the dead letter of delivery {row.number} to {row.sink}", problem)
            self._change(lambda tx: tx.delete(row))
        if sink is None or sink.dead is None:
            self._kernel.report(f"delivery {row.number} to {row.sink}", RuntimeError(reason))

    def _wake(self, lane: str) -> None:
        self._alarms.pop(lane, None)
        self.expect(lane)

    def _change(self, function: Callable[[Transaction], Any]) -> None:
        self._kernel.change(function, self.home)

    def _sink(self, name: str) -> Sink | None:
        service, _, short = name.rpartition(".")
        declaring = self._kernel.service(service)
        return None if declaring is None else declaring.sinks.get(short)


def delivery_call(row: Delivery) -> Call:
    """The call a delivery is made under."""
    return Call(
        None,
        None,
        account=row.account,
        region=row.region,
        principal=root_of(row.account),
        request_id=f"delivery-{row.number}",
    )
