"""What the kernel asks of a store: ordered bytes in three spaces, changed by atomic batches.

One set of contract tests (`tests/kernel/store/`) holds for every adapter. A store is used from one
thread, the event loop's; adapters may use threads of their own for syncing and checkpoints. Nothing here
knows records or tuples.
"""

from asyncio import Future
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Literal, Protocol

RECORDS: Final = 0
BULK: Final = 1
LOG: Final = 2
"""The three spaces: small records and indexes; payloads; append-only logs."""

Durability = Literal["crash", "power"]
"""What `durable` promises: to survive the death of the process, or also the loss of power."""

Pair = tuple[bytes, bytes]


class Batch:
    """Changes that happen together or not at all. Later entries win over earlier ones for the same key.

    `puts[space]` maps a key to its new value, or to None for a deletion; `clears` are half-open key
    ranges removed before the puts are written; `adds` maps a key in RECORDS to an integer added, after
    the puts, to the 8-byte big-endian signed counter stored there (absent counts as 0; a counter that
    becomes 0 may stay stored or not).
    """

    __slots__ = ("adds", "clears", "puts")

    def __init__(self) -> None:
        self.puts: tuple[dict[bytes, bytes | None], ...] = ({}, {}, {})
        self.adds: dict[bytes, int] = {}
        self.clears: list[tuple[int, bytes, bytes]] = []

    def __bool__(self) -> bool:
        return bool(self.puts[0] or self.puts[1] or self.puts[2] or self.adds or self.clears)

    def frees(self) -> bool:
        """Whether the batch removes at least as many values as it writes: such a batch is tried on a full
        disk.

        Counters are left out of account: they are 8 bytes wherever they stand.
        """
        removed = len(self.clears)
        written = 0
        for puts in self.puts:
            gone = sum(value is None for value in puts.values())
            removed += gone
            written += len(puts) - gone
        return removed > 0 and removed >= written


class StoreFull(Exception):
    """The disk is full: nothing of the batch was applied; reads, and batches that free space, go on."""


class StoreFailed(Exception):
    """The store could not apply a batch for another reason; nothing of it was applied."""


Listener = Callable[[int, Batch], None]
"""Called with the version and the batch, in the store's thread, after the batch was applied. It must not
raise.
"""


class Store(Protocol):
    """Ordered byte keys and values. Keys are not empty. Counters (`Batch.adds`) live in RECORDS."""

    def get(self, space: int, key: bytes) -> bytes | None:
        """The value at `key`, or None."""

    def many(self, space: int, keys: Sequence[bytes]) -> list[bytes | None]:
        """The values at `keys`, in their order."""

    def range(
        self, space: int, start: bytes, stop: bytes, *, limit: int | None = None, reverse: bool = False
    ) -> list[Pair]:
        """Pairs with start <= key < stop in key order (or reversed), at most `limit`."""

    def keys(
        self, space: int, start: bytes, stop: bytes, *, limit: int | None = None, reverse: bool = False
    ) -> list[bytes]:
        """Like `range`, without reading the values."""

    def apply(self, batch: Batch) -> int:
        """Apply atomically and return the version, which rises by one a batch; survives the process's death.

        Versions begin with 1 when the store is opened. Raises StoreFull or StoreFailed, with nothing applied.
        """

    def durable(self, version: int) -> "Future[None] | None":
        """None when `version` is already as durable as the store's mode promises, else a future for it.

        To be called from a running event loop. A sync that fails ends the process: the future never comes.
        """

    def pressure(self) -> "Future[None] | None":
        """None while the store keeps up, else a future to wait for before the next batch is applied.

        To be called from a running event loop.
        """

    def subscribe(self, listener: Listener) -> None:
        """Call `listener` after each batch that is applied from now on."""

    def estimate(self, space: int, start: bytes, stop: bytes) -> int:
        """About how many keys the range holds; cheap, never a scan of all of them."""

    def settle(self) -> None:
        """Do now what would make `snapshot` hold up its caller. May be called in a thread of its own."""

    def snapshot(self, target: Path) -> Callable[[], None]:
        """Take hold of the state as of now; the function given back copies it into the new directory `target`, made
        now, where the same adapter can open it.

        That is to be called once, in any thread; batches may be applied meanwhile. The copy is as durable as the
        store's mode promises when it returns. Raises FileExistsError if there is such a directory, StoreFull or
        StoreFailed with nothing left of it, as the function does.
        """

    def size(self) -> int:
        """Bytes on disk, about."""

    def log_size(self) -> int:
        """Bytes of the log of changes that are not yet where they will lie; 0 in memory."""

    def close(self) -> None:
        """Sync and close. Idempotent."""
