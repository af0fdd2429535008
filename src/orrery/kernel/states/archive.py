"""A saved state as one file: a tar archive in gzip, made and read piece by piece, in memory of a fixed size.

manifest.json   first, so that a newer format is refused before anything else is read
store/…         the store's files
content/…       the bodies' files: content/SERVICE/CONTENT/xx/ID
checksum        last: the SHA-256, in hex, of all bytes of the archive before this member

Times, owners and modes are left out: the same state gives the same bytes.
"""

import hashlib
import os
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from tarfile import BLOCKSIZE, GNU_FORMAT, TarError, TarInfo
from typing import BinaryIO, Final

from orrery.kernel.states import manifest as manifests
from orrery.kernel.states.manifest import Manifest
from orrery.kernel.states.trouble import UnusableState

MEDIA_TYPE: Final = "application/x-orrery-state"
PIECE: Final = 1 << 20
"""Bytes read, and given out before compression, at once."""

SUM: Final = "checksum"
SMALL: Final = 64 << 10
"""The most bytes of a manifest or a checksum."""

GZIP: Final = 31
"""zlib's window bits for the format of gzip."""

MEMBER: Final = re.compile(
    r"manifest\.json|checksum|store(/[A-Za-z0-9_][A-Za-z0-9._-]*)+"
    r"|content/[a-z0-9][a-z0-9_-]*/[a-z0-9][a-z0-9_-]*/[0-9a-f]{2}/[0-9a-f]{32}"
)


def pack(state: Path) -> Iterator[bytes]:
    """The file, piece by piece. Each is to be asked for in a thread. Raises UnusableState, or OSError in the middle."""
    manifest = manifests.encode(manifests.read(state))
    press = zlib.compressobj(1, zlib.DEFLATED, GZIP)
    told = hashlib.sha256()
    for piece in _members(state, manifest):
        told.update(piece)
        if small := press.compress(piece):
            yield small
    last = told.hexdigest().encode() + b"\n"
    yield press.compress(_header(SUM, len(last)) + _padded(last) + bytes(2 * BLOCKSIZE)) + press.flush()


def _members(state: Path, manifest: bytes) -> Iterator[bytes]:
    yield _header(manifests.FILE, len(manifest)) + _padded(manifest)
    for part in ("store", "content"):
        for here, places, files in os.walk(state / part):
            places.sort()
            for name in sorted(files):
                path = Path(here) / name
                with path.open("rb", buffering=0) as file:
                    yield from _file(file, path.relative_to(state).as_posix())


def _file(file: BinaryIO, name: str) -> Iterator[bytes]:
    size = os.fstat(file.fileno()).st_size
    yield _header(name, size)
    left = size
    while left:
        piece = file.read(min(PIECE, left))
        if not piece:
            raise OSError(f"{name} became shorter while it was read")
        left -= len(piece)
        yield piece
    if size % BLOCKSIZE:
        yield bytes(BLOCKSIZE - size % BLOCKSIZE)


def _header(name: str, size: int) -> bytes:
    info = TarInfo(name)
    info.size = size
    info.mode = 0o600
    return info.tobuf(GNU_FORMAT)


def _padded(content: bytes) -> bytes:
    return content + bytes(-len(content) % BLOCKSIZE)


class Unpacker:
    """Takes such a file piece by piece and writes its parts into the directory `target`, but no manifest: that is
    the caller's to write when `finish` says that all is whole. Methods are to be called in threads, one at a time, and
    raise UnusableState for what is damaged, foreign or newer, OSError when it cannot be written. With `sync` each file
    is on the disk before the next."""

    def __init__(self, target: Path, whose: str, *, sync: bool = False) -> None:
        self._target = target
        self._sync = sync
        self._whose = whose
        self._unpress = zlib.decompressobj(GZIP)
        self._told = hashlib.sha256()
        self._held = b""
        self._name = ""
        self._left = 0
        self._padding = 0
        self._file: BinaryIO | None = None
        self._small = b""
        self._sum: bytes | None = None
        self._manifest: Manifest | None = None
        self._made: set[Path] = set()
        self.bytes = 0

    def feed(self, piece: bytes) -> None:
        """Take the next piece."""
        try:
            while piece:
                plain = self._unpress.decompress(piece, PIECE)
                piece = self._unpress.unconsumed_tail
                self._take(plain)
            if self._unpress.unused_data:
                raise self._damaged("there is more behind its end")
        except zlib.error as problem:
            if self._manifest is None:
                raise UnusableState(f"{self._whose} is no saved state of Orrery's") from problem
            raise self._damaged(str(problem)) from problem

    def finish(self) -> Manifest:
        """There is no more; what the state says of itself."""
        try:
            self._take(self._unpress.flush())
        except zlib.error as problem:
            raise self._damaged(str(problem)) from problem
        if self._manifest is None or self._sum is None or not self._unpress.eof or self._left or self._padding:
            if self._manifest is None and not self._unpress.eof:
                raise UnusableState(f"{self._whose} is no saved state of Orrery's, or only the beginning of one")
            raise self._damaged("it ends too early")
        if self._held.strip(b"\0"):
            raise self._damaged("there is more behind its end")
        return self._manifest

    def close(self) -> None:
        """Close what is open. Idempotent."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _take(self, plain: bytes) -> None:
        """Go on with uncompressed bytes: headers, content, padding."""
        held = memoryview(self._held + plain) if self._held else memoryview(plain)
        self._held = b""
        while held:
            if self._left or self._padding:
                held = held[self._content(held) :]
            elif len(held) < BLOCKSIZE or self._sum is not None:
                self._held = bytes(held)
                if len(self._held) > 32 * BLOCKSIZE:
                    raise self._damaged("there is more behind its end")
                return
            else:
                self._begin(bytes(held[:BLOCKSIZE]))
                held = held[BLOCKSIZE:]

    def _begin(self, block: bytes) -> None:
        """The header of the next member."""
        try:
            info = TarInfo.frombuf(block, "ascii", "strict")
        except (TarError, UnicodeDecodeError) as problem:
            raise self._damaged(f"a header cannot be read ({problem})") from problem
        name = info.name
        if not info.isreg() or not MEMBER.fullmatch(name) or info.size < 0:
            raise self._damaged(f"it holds {name!r}, which no state does")
        if (name == manifests.FILE) != (self._manifest is None):
            raise UnusableState(f"{self._whose} is no saved state of Orrery's: its manifest is not where it should be")
        if name in (manifests.FILE, SUM):
            if not 0 < info.size <= SMALL:
                raise self._damaged(f"its {name} has {info.size} bytes")
        else:
            self._open(self._target / name)
        if name != SUM:
            self._told.update(block)
        self._name, self._left, self._padding = name, info.size, -info.size % BLOCKSIZE
        if not info.size:
            self._end()

    def _open(self, path: Path) -> None:
        if path.parent not in self._made:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._made.add(path.parent)
        try:
            self._file = open(path, "xb", buffering=0, opener=_private)  # noqa: SIM115 - closed by `_end`
        except FileExistsError as problem:
            raise self._damaged(f"it holds {path.name!r} twice") from problem

    def _content(self, held: memoryview) -> int:
        """Content or padding of the member; how many bytes of it these were."""
        if self._left:
            piece = held[: self._left]
            self._left -= len(piece)
            if self._file is not None:
                written = 0
                while written < len(piece):
                    written += self._file.write(piece[written:])
                self.bytes += len(piece)
            else:
                self._small += piece
        else:
            piece = held[: self._padding]
            self._padding -= len(piece)
        if self._name != SUM:
            self._told.update(piece)
        if not self._left and not self._padding:
            self._end()
        return len(piece)

    def _end(self) -> None:
        """The member is complete."""
        if self._sync and self._file is not None:
            os.fsync(self._file.fileno())
        self.close()
        small, self._small = self._small, b""
        if self._name == manifests.FILE:
            self._manifest = manifests.decode(small, self._whose)
        elif self._name == SUM:
            self._sum = small.strip()
            if self._sum != self._told.hexdigest().encode():
                raise self._damaged("its checksum is another")

    def _damaged(self, why: str) -> UnusableState:
        return UnusableState(f"{self._whose} is damaged: {why}")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC, 0o600)
