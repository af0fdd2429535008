"""Records every write, truncation and sync that SQLite makes, in order, so that any crash can be played back.

SQLite reaches files through a table of functions (sqlite.org/vfs.html). Here the system's own table is
copied with `xOpen` and `xDelete` replaced, and each file opened gets a copy of its methods with three of
them replaced, which note the call and pass it on; a sync is noted only, because a played-back disk needs
none.
"""

import _sqlite3
import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import get_ident
from typing import Any

import pytest

POINTER = ctypes.c_void_p
OPEN = ctypes.CFUNCTYPE(ctypes.c_int, POINTER, POINTER, POINTER, ctypes.c_int, POINTER)
WRITE = ctypes.CFUNCTYPE(ctypes.c_int, POINTER, POINTER, ctypes.c_int, ctypes.c_int64)
TRUNCATE = ctypes.CFUNCTYPE(ctypes.c_int, POINTER, ctypes.c_int64)
DELETE = ctypes.CFUNCTYPE(ctypes.c_int, POINTER, ctypes.c_char_p, ctypes.c_int)
SYNC = ctypes.CFUNCTYPE(ctypes.c_int, POINTER, ctypes.c_int)


class Vfs(ctypes.Structure):
    _fields_ = [
        ("version", ctypes.c_int),
        ("file_size", ctypes.c_int),
        ("path_size", ctypes.c_int),
        ("next", POINTER),
        ("name", ctypes.c_char_p),
        ("data", POINTER),
        ("open", POINTER),
        ("delete", POINTER),
        ("rest", POINTER * 15),
    ]


class Methods(ctypes.Structure):
    _fields_ = [
        ("version", ctypes.c_int),
        ("close", POINTER),
        ("read", POINTER),
        ("write", POINTER),
        ("truncate", POINTER),
        ("sync", POINTER),
        ("rest", POINTER * 13),
    ]


@dataclass(frozen=True, slots=True)
class Write:
    file: str
    offset: int
    data: bytes
    thread: int = 0


@dataclass(frozen=True, slots=True)
class Truncate:
    file: str
    size: int


@dataclass(frozen=True, slots=True)
class Delete:
    """The file is gone; SQLite syncs the directory where it matters."""

    file: str


@dataclass(frozen=True, slots=True)
class Sync:
    """All that was written to the file before is on the disk."""

    file: str
    thread: int = 0


@dataclass(frozen=True, slots=True)
class Applied:
    """The store has applied a version."""

    version: int


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The store has called a version durable."""

    version: int


Event = Write | Truncate | Delete | Sync | Applied | Acknowledged


@dataclass
class Trace:
    """What happened to the files of `directory`, by their names."""

    directory: Path
    events: list[Event] = field(default_factory=list)


@contextmanager
def traced(directory: Path) -> Iterator[Trace]:
    """All of SQLite's files under `directory` that are opened inside are traced."""
    library = _library()
    library.sqlite3_vfs_find.restype = ctypes.POINTER(Vfs)
    real = library.sqlite3_vfs_find(None)
    trace = Trace(directory)
    keep: list[Any] = []
    copy = Vfs.from_buffer_copy(real.contents)
    copy.name = b"orrery-traced"
    copy.next = None
    open_real = OPEN(real.contents.open)

    def opened(vfs: int, name: int | None, file: int, flags: int, out: int | None) -> int:
        result: int = open_real(vfs, name, file, flags, out)
        path = Path(ctypes.string_at(name).decode()) if name else None
        if result == 0 and path is not None and path.parent == directory:
            _watch(trace, file, path.name, keep)
        return result

    delete_real = DELETE(real.contents.delete)

    def deleted(vfs: int, name: bytes, sync: int) -> int:
        path = Path(name.decode())
        if path.parent == directory:
            trace.events.append(Delete(path.name))
        result: int = delete_real(vfs, name, sync)
        return result

    hooks = (OPEN(opened), DELETE(deleted))
    copy.open, copy.delete = (ctypes.cast(hook, POINTER) for hook in hooks)
    library.sqlite3_vfs_register(ctypes.byref(copy), 1)
    keep.extend((copy, hooks))
    try:
        yield trace
    except BaseException:
        # A connection may still be open, and will call our functions when it is closed.
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(keep))
        raise
    finally:
        library.sqlite3_vfs_register(real, 1)
        library.sqlite3_vfs_unregister(ctypes.byref(copy))


def _library() -> ctypes.CDLL:
    """The SQLite that Python's own module uses."""
    for name in (getattr(_sqlite3, "__file__", None), None):
        library = ctypes.CDLL(name)
        if hasattr(library, "sqlite3_vfs_find"):
            return library
    pytest.skip("this Python's SQLite does not export its functions, so its writes cannot be traced")


def _watch(trace: Trace, file: int, name: str, keep: list[Any]) -> None:
    """Put our functions in the place of three of an open file's methods."""
    place = ctypes.cast(file, ctypes.POINTER(ctypes.POINTER(Methods)))
    methods = Methods.from_buffer_copy(place.contents.contents)
    write_real, truncate_real = WRITE(methods.write), TRUNCATE(methods.truncate)
    events = trace.events

    def write(file: int, data: int, size: int, offset: int) -> int:
        events.append(Write(name, offset, ctypes.string_at(data, size), get_ident()))
        done: int = write_real(file, data, size, offset)
        return done

    def truncate(file: int, size: int) -> int:
        events.append(Truncate(name, size))
        done: int = truncate_real(file, size)
        return done

    def sync(file: int, flags: int) -> int:
        events.append(Sync(name, get_ident()))
        return 0

    hooks = (WRITE(write), TRUNCATE(truncate), SYNC(sync))
    methods.write, methods.truncate, methods.sync = (ctypes.cast(hook, POINTER) for hook in hooks)
    keep.extend((hooks, methods))
    place[0] = ctypes.pointer(methods)
