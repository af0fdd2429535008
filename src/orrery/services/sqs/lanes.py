"""Message groups as they lie in the store: which groups have something to hand out, and in which order.

On a FIFO queue a message stays in its group's lane until it is deleted, and a group with messages in flight has no
head: it is locked. On a standard queue a message leaves its lane while it is in flight, and the head is whatever
waits.
"""

from orrery.kernel.transaction import Transaction
from orrery.services.sqs.levels import Tally
from orrery.services.sqs.records import Group, Lane


def enter(tx: Transaction, tally: Tally, group: str, seq: int, *, fifo: bool) -> bool:
    """Put a message at its place in its group; whether the group has something to hand out now."""
    tx.insert(Lane(tally.space, group, seq))
    old = tx.get(Group, tally.space, group)
    if old is None:
        new = Group(tally.space, group, 1, 0, seq)
    elif fifo and old.flight:
        new = Group(tally.space, group, old.size + 1, old.flight, None)
    else:
        head = seq if old.head is None else min(old.head, seq)
        new = Group(tally.space, group, old.size + 1, old.flight, head)
    _write(tx, tally, old, new)
    return new.head is not None


def lock(tx: Transaction, tally: Tally, group: str, taken: int) -> None:
    """FIFO: `taken` messages of the group are handed out; nobody gets another until they are back or gone."""
    old = tx.one(Group, tally.space, group)
    _write(tx, tally, old, Group(tally.space, group, old.size, taken, None))


def come_back(tx: Transaction, tally: Tally, group: str) -> bool:
    """FIFO: a message is visible again; whether that unlocked the group."""
    old = tx.one(Group, tally.space, group)
    return _unlocked(tx, tally, old, old.size, old.flight - 1)


def remove(tx: Transaction, tally: Tally, group: str, seq: int, *, in_flight: bool) -> bool:
    """FIFO: a message is gone; whether the group has something to hand out now."""
    old = tx.one(Group, tally.space, group)
    tx.erase(Lane, tally.space, group, seq)
    return _unlocked(tx, tally, old, old.size - 1, old.flight - in_flight)


def take(tx: Transaction, tally: Tally, group: str, seq: int) -> int | None:
    """Standard: hand out the message `seq` of a group; the next one that waits in it."""
    old = tx.one(Group, tally.space, group)
    return _left(tx, tally, old, seq, old.flight + 1)


def drop(tx: Transaction, tally: Tally, group: str, seq: int) -> int | None:
    """Standard: the waiting message `seq` is gone; the next one that waits in its group."""
    old = tx.one(Group, tally.space, group)
    return _left(tx, tally, old, seq, old.flight)


def land(tx: Transaction, tally: Tally, group: str) -> None:
    """Standard: a message of the group is no longer in flight."""
    old = tx.get(Group, tally.space, group)
    if old is not None:
        _write(tx, tally, old, Group(tally.space, group, old.size, max(0, old.flight - 1), old.head))


def fly(tx: Transaction, tally: Tally, group: str) -> None:
    """Standard: a message of the group that is in no lane is in flight."""
    old = tx.get(Group, tally.space, group)
    if old is None:
        _write(tx, tally, None, Group(tally.space, group, 0, 1, None))
    else:
        _write(tx, tally, old, Group(tally.space, group, old.size, old.flight + 1, old.head))


def first(tx: Transaction, tally: Tally, group: str) -> int | None:
    """The first message in a group's lane."""
    found = tx.list(Lane, tally.space, group, limit=1)
    return found[0].seq if found else None


def _unlocked(tx: Transaction, tally: Tally, old: Group, size: int, flight: int) -> bool:
    """Write a FIFO group whose flight or lane became smaller; its head once nothing is in flight."""
    head = None
    if flight == 0 and size:
        head = first(tx, tally, old.id)
    _write(tx, tally, old, Group(tally.space, old.id, size, flight, head))
    return head is not None


def _left(tx: Transaction, tally: Tally, old: Group, seq: int, flight: int) -> int | None:
    tx.erase(Lane, tally.space, old.id, seq)
    head = old.head
    if head == seq:
        head = first(tx, tally, old.id) if old.size > 1 else None
    _write(tx, tally, old, Group(tally.space, old.id, old.size - 1, flight, head))
    return head


def _write(tx: Transaction, tally: Tally, old: Group | None, new: Group) -> None:
    """Write a group, or remove it when nothing is left of it; count the groups with a head."""
    had = old is not None and old.head is not None
    if new.size == 0 and new.flight == 0:
        tally.groups -= had
        if old is not None:
            tx.delete(old)
        return
    tally.groups += (new.head is not None) - had
    if old is None:
        tx.insert(new)
    else:
        tx.replace(old, new)
