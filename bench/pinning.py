"""Which core a process runs on."""

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def on_core(core: int | None) -> Iterator[None]:
    """What is started inside runs on that core, with all its threads from the first."""
    if core is None:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def cores() -> tuple[int | None, int | None]:
    """One core for the server and one for the generator; none where there is only one."""
    usable = sorted(os.sched_getaffinity(0))
    return (usable[0], usable[1]) if len(usable) > 1 else (None, None)
