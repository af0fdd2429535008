"""What one connection and one server may take: sizes, counts and patience."""

import resource
from dataclasses import dataclass

NEVER = 1 << 62
"""A deadline that does not come."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of the HTTP server. Sizes are bytes, times whole seconds (ticks of the server's sweep).

    `head` bounds start line and fields together (431), `target` the request target (414), `fields` their number
    (431). `pipeline` is how many requests of one connection may be unanswered before reading from it pauses.
    `discard` is how much of an unwanted body is read and thrown away to keep a connection usable; with more to come
    the connection is closed after the answer. `buffer` is how much of a streamed body waits for its reader.
    `connections` beyond the bound are answered 503 and closed; `excess` bounds those under refusal.
    """

    head: int = 64 * 1024
    target: int = 32 * 1024
    fields: int = 256
    pipeline: int = 64
    discard: int = 64 * 1024
    buffer: int = 512 * 1024
    connections: int = 8192
    excess: int = 256
    head_seconds: int = 20
    body_seconds: int = 30
    idle_seconds: int = 75
    write_seconds: int = 60
    linger_seconds: int = 3


def file_headroom(limits: Limits, *, reserve: int = 128) -> Limits:
    """Raise this process's soft limit of open files to the hard one and fit `limits.connections` under it.

    `reserve` descriptors stay free for the store, files being sent and connections being refused, so that accepting
    never fails for want of one. A small hard limit leaves a quarter of it to connections at least.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard and hard != resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        soft = hard
    if soft == resource.RLIM_INFINITY:
        return limits
    room = max(soft - reserve - limits.excess, soft // 4, 1)
    if room >= limits.connections:
        return limits
    values = {name: getattr(limits, name) for name in limits.__dataclass_fields__}
    return Limits(**{**values, "connections": room, "excess": min(limits.excess, max(soft // 8, 1))})
