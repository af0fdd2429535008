"""The history of virtual time in the store: how it goes on after a start, and how it stands still in a saved state."""

from orrery.kernel.clock import Piece
from orrery.kernel.limits import kernel as declared
from orrery.kernel.place import Atlas, Place
from orrery.kernel.records import Record, table_of
from orrery.kernel.store.contract import RECORDS, Batch, Store
from orrery.kernel.store.table_ids import TableIds
from orrery.kernel.transaction import Transaction

NAME = "clock"


@declared.table(key="name", scope="partition")
class Timeline(Record, frozen=True):
    """The pieces of virtual time: host instant, virtual instant, rate."""

    name: str
    pieces: list[tuple[int, int, float]]


def kept_pieces(tx: Transaction) -> list[Piece]:
    """The history that the store holds; none in a new one."""
    kept = tx.get(Timeline, NAME)
    return [] if kept is None else [Piece(*piece) for piece in kept.pieces]


def timeline(pieces: list[Piece]) -> Timeline:
    """The record of a history."""
    return Timeline(NAME, [(piece.host, piece.virtual, piece.rate) for piece in pieces])


def stand_still(store: Store, home: tuple[str, str], host: int, virtual: int) -> None:
    """Write into a store that nobody uses that its time stands at `virtual` since the host's time `host`: whoever opens
    it goes on from there, however much later. Raises StoreFull or StoreFailed."""
    place: Place = Atlas(TableIds(store).id_of).place(*home)
    table = table_of(Timeline)
    key = place.prefix(table) + table.packed_key(timeline([]))
    found = store.get(RECORDS, key)
    pieces = [] if found is None else [Piece(*piece) for piece in table.decode(found).pieces]
    pieces = [piece for piece in pieces if piece.host < host]
    batch = Batch()
    batch.puts[RECORDS][key] = table.encode(timeline([*pieces, Piece(host, virtual, 0.0)]))
    store.apply(batch)
