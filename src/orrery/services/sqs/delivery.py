"""Handing out messages: what a receive takes from a space, and in which order.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
"""

from heapq import heapify, heappop, heappush
from typing import NamedTuple
from zlib import crc32

from orrery.kernel.context import Context
from orrery.services.sqs import lanes
from orrery.services.sqs.expiry import is_over
from orrery.services.sqs.fairness import NOISY_SHARE, noisy
from orrery.services.sqs.levels import NEVER, Tally
from orrery.services.sqs.records import Flight, Group, Lane, Message, Queue
from orrery.services.sqs.redrive import Graves
from orrery.services.sqs.service import DUPLICATE, SHUFFLE
from orrery.services.sqs.storage import channel, discard

STEP = 100
"""Rows looked at in one go when those before them could not be handed out."""
REACH = 2_000
"""Rows one receive looks at: expired, delayed and dead-lettered ones count as well."""
WINDOW = 20
"""Fresh messages among which the failure "shuffle" mixes."""


class Delivery(NamedTuple):
    """A message handed out, and what its flight says after it."""

    message: Message
    flight: Flight


class Receiver:
    """One attempt at receiving up to `most` messages, hidden for `timeout` ms."""

    def __init__(self, ctx: Context, queue: Queue, tally: Tally, most: int, timeout: int) -> None:
        self.ctx = ctx
        self.tx = ctx.tx
        self.now = ctx.now
        self.queue = queue
        self.tally = tally
        self.most = most
        self.until = ctx.now + timeout
        self.taken: list[Delivery] = []
        self._fresh: list[Message] = []
        self._graves = Graves(ctx, queue, tally) if queue.dead_letter is not None else None
        self._reach = REACH
        self._duplicate = None if queue.fifo else ctx.failure(DUPLICATE)

    def receive(self) -> list[Delivery]:
        """Take what can be had, write the tally and see to it that waiters hear of what becomes visible later."""
        self.tally.settle(self.now)
        later = self._fifo() if self.queue.fifo else self._standard()
        if self._graves is not None:
            self._graves.close()
        self.tally.save()
        due = min(self.tally.due, later)
        if due < NEVER:
            self.ctx.wake_at(due, *channel(self.queue))
        if self.taken and (self.tally.fresh or self.tally.groups or due <= self.now):
            self.tx.wake(*channel(self.queue))
        return self.taken

    @property
    def _room(self) -> int:
        return self.most - len(self.taken)

    # --- standard queues ---

    def _standard(self) -> int:
        if self.tally.due <= self.now:
            self._returned()
        if self._room and self.tally.groups:
            self._fairly()
        elif self._room and self.tally.fresh:
            self._in_order()
        return NEVER

    def _returned(self) -> None:
        """Take messages whose timeout or delay has run out; those of a group go back into its lane instead."""
        tally = self.tally
        tally.due = NEVER
        after: tuple[int, int, int] | None = None
        seen: set[int] = set()
        while True:
            if not self._room or self._reach <= 0:
                tally.due = self.now
                return
            rows: list[Flight] = self.tx.find(Flight.by_due, tally.space, after=after, limit=self._room)
            self._reach -= len(rows)
            if not rows:
                return
            for flight in rows:
                assert flight.visible is not None
                if flight.visible > self.now:
                    tally.due = min(tally.due, flight.visible)
                    return
                after = (flight.visible, flight.space, flight.seq)
                if flight.seq not in seen:
                    seen.add(flight.seq)
                    self._take_returned(flight)

    def _take_returned(self, flight: Flight) -> None:
        if flight.group is not None:
            self._land(flight)
            return
        message = self.tx.get(Message, flight.space, flight.seq)
        assert message is not None
        self._hand_out(message, flight)

    def _land(self, flight: Flight) -> None:
        """Put a message of a group back into its lane."""
        assert flight.visible is not None and flight.group is not None
        self.tally.show(flight.visible, flight.delayed)
        if not flight.delayed:
            lanes.land(self.tx, self.tally, flight.group)
        self.tx.replace(flight, _with(flight, visible=None, delayed=False))
        lanes.enter(self.tx, self.tally, flight.group, flight.seq, fifo=False)

    def _in_order(self) -> None:
        """Take fresh messages in the order they came."""
        tally = self.tally
        shuffle = self.ctx.failure(SHUFFLE)
        while self._room and tally.fresh and self._reach > 0:
            want = self._room if shuffle is None else WINDOW
            rows = self._in_memory(want) or self.tx.list(Message, tally.space, start=(tally.cursor,), limit=want)
            self._reach -= len(rows)
            if not rows:
                tally.fresh = 0
                return
            tally.cursor = rows[-1].seq + 1
            fresh = [row for row in rows if row.fresh]
            tally.fresh -= len(fresh)
            if shuffle is not None:
                fresh.sort(key=lambda row: crc32(f"{shuffle['seed']}:{row.seq}".encode()))
            for row in fresh:
                if self._room:
                    self._hand_out(row, None)
                else:
                    self._put_back(row)

    def _in_memory(self, want: int) -> list[Message]:
        """The next messages as far as memory has them without a gap: those sent lately."""
        rows = []
        for seq in range(self.tally.cursor, self.tally.cursor + want):
            row = self.tx.kept(Message, self.tally.space, seq)
            if row is None:
                break
            rows.append(row)
        return rows

    def _put_back(self, message: Message) -> None:
        """A fresh message that was passed over: it can be had at once."""
        moved = message.sent if message.moved else None
        self.tx.insert(
            Flight(message.space, message.seq, self.now, message.receives, message.first, self.now, moved=moved)
        )
        self.tally.hide(self.now, False)

    def _fairly(self) -> None:
        """Take messages in the order they came, those of noisy groups last."""
        tally = self.tally
        busy: list[Group] = self.tx.find(Group.by_busy, tally.space, reverse=True, limit=NOISY_SHARE)
        loud = noisy(((group.id, group.flight) for group in busy), tally.flight) if busy else frozenset()
        heads = self.tx.find(Group.by_head, tally.space, limit=self.most + len(loud))
        self._merge([head for head in heads if head.id not in loud], with_fresh=True)
        if self._room and loud:
            self._merge([head for head in heads if head.id in loud], with_fresh=False)
            for group in loud - {head.id for head in heads}:
                row = self.tx.get(Group, tally.space, group)
                if row is not None and row.head is not None and self._room:
                    self._merge([row], with_fresh=False)

    def _merge(self, groups: list[Group], *, with_fresh: bool) -> None:
        """Take from groups' heads and the fresh messages, whichever came first."""
        heap = [(group.head, group.id) for group in groups if group.head is not None]
        heapify(heap)
        fresh = self._next_fresh() if with_fresh else None
        while self._room and self._reach > 0 and (heap or fresh is not None):
            self._reach -= 1
            if fresh is not None and (not heap or fresh.seq < heap[0][0]):
                self.tally.cursor = fresh.seq + 1
                self.tally.fresh -= 1
                self._hand_out(fresh, None)
                fresh = self._next_fresh() if self._room else None
                continue
            seq, group = heappop(heap)
            following = self._take_head(group, seq)
            if following is not None:
                heappush(heap, (following, group))

    def _take_head(self, group: str, seq: int) -> int | None:
        message = self.tx.get(Message, self.tally.space, seq)
        assert message is not None
        flight = self.tx.get(Flight, self.tally.space, seq)
        if self._unfit(message, flight):
            row = self.tx.get(Group, self.tally.space, group)
            return row.head if row is not None else None
        following = lanes.take(self.tx, self.tally, group, seq)
        self._take(message, flight)
        return following

    def _next_fresh(self) -> Message | None:
        """The first fresh message from the cursor on; the cursor stays before it."""
        tally = self.tally
        while tally.fresh and self._reach > 0:
            if not self._fresh:
                self._fresh = self.tx.list(Message, tally.space, start=(tally.cursor,), limit=self._room)[::-1]
                self._reach -= len(self._fresh)
                if not self._fresh:
                    tally.fresh = 0
                    return None
            row = self._fresh.pop()
            if row.fresh:
                return row
            tally.cursor = row.seq + 1
        return None

    # --- FIFO queues ---

    def _fifo(self) -> int:
        """Take from unlocked groups in the order of their first messages; when the first delayed one can be had."""
        self._unlock()
        heads: list[Group] = self.tx.find(Group.by_head, self.tally.space, limit=self.most)
        while heads and self._room and self._reach > 0:
            for group in heads:
                later = self._take_group(group.id)
                if later is not None:
                    return later
                if not self._room:
                    return NEVER
            heads = self.tx.find(Group.by_head, self.tally.space, limit=self.most)
        return NEVER

    def _unlock(self) -> None:
        """Give groups back the messages whose visibility timeout has run out."""
        tally = self.tally
        while tally.due <= self.now and self._reach > 0:
            rows: list[Flight] = self.tx.find(Flight.by_due, tally.space, limit=STEP)
            tally.due = NEVER
            for flight in rows:
                assert flight.visible is not None and flight.group is not None
                if flight.visible > self.now:
                    tally.due = flight.visible
                    return
                self._reach -= 1
                tally.show(flight.visible, False)
                self.tx.replace(flight, _with(flight, visible=None))
                lanes.come_back(self.tx, tally, flight.group)
            if len(rows) == STEP:
                tally.due = self.now

    def _take_group(self, group: str) -> int | None:
        """Take as many as wanted from one group, in order, and lock it; the instant at which its delay ends, if not
        yet."""
        taken = 0
        after = 0
        while self._room and self._reach > 0:
            row = self.tx.list(Lane, self.tally.space, group, start=(after,), limit=self._room)
            for place in row:
                after = place.seq + 1
                self._reach -= 1
                message = self.tx.get(Message, self.tally.space, place.seq)
                assert message is not None
                if message.sent + self.queue.delay > self.now:
                    if taken:
                        lanes.lock(self.tx, self.tally, group, taken)
                    return None if taken else message.sent + self.queue.delay
                flight = self.tx.get(Flight, self.tally.space, place.seq)
                if not self._unfit(message, flight):
                    self._take(message, flight)
                    taken += 1
            if len(row) == 0:
                break
        if taken:
            lanes.lock(self.tx, self.tally, group, taken)
        return None

    # --- both ---

    def _hand_out(self, message: Message, flight: Flight | None) -> None:
        """Hand out a message that is in no lane, unless it is over or dead."""
        if not self._unfit(message, flight):
            if flight is not None and flight.visible is not None:
                self.tally.show(flight.visible, flight.delayed)
            self._take(message, flight)

    def _unfit(self, message: Message, flight: Flight | None) -> bool:
        """Whether a message is too old, or was received too often; such a one is taken away."""
        if is_over(self.queue, message, self.now):
            discard(self.ctx, self.queue, self.tally, message)
            return True
        count = message.receives if flight is None else flight.receives
        if self._graves is not None and count >= self.queue.receives:
            buried = self._graves.bury(message, count, flight.first if flight else message.first)
            if buried:
                discard(self.ctx, self.queue, self.tally, message)
            return buried
        return False

    def _take(self, message: Message, old: Flight | None) -> None:
        base = old if old is not None and old.receives else None
        until = self.until
        if self._duplicate is not None and self.ctx.chance() < self._duplicate["rate"]:
            until = self.now
        flight = Flight(
            message.space,
            message.seq,
            until,
            (base.receives if base else message.receives) + 1,
            (base.first if base else message.first) or self.now,
            self.now,
            False,
            message.group,
            message.sent if message.moved else None,
        )
        if old is None:
            self.tx.insert(flight)
        else:
            self.tx.replace(old, flight)
        self.tally.hide(until, False)
        self.taken.append(Delivery(message, flight))


def _with(flight: Flight, *, visible: int | None, delayed: bool = False) -> Flight:
    return Flight(
        flight.space,
        flight.seq,
        visible,
        flight.receives,
        flight.first,
        flight.received,
        delayed,
        flight.group,
        flight.moved,
    )
