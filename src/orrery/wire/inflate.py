"""Compressed request bodies (`Content-Encoding: gzip`), with a bound on what they may grow to."""

import zlib

from orrery.wire.fault import Fault

MAX_INFLATED = 64 * 1024 * 1024
"""Bytes a compressed body may have once it is unpacked."""


def gunzip(body: bytes, limit: int = MAX_INFLATED) -> bytes:
    """The unpacked body; Fault SerializationException when it is not gzip, or larger than `limit`."""
    unpacker = zlib.decompressobj(wbits=31)
    try:
        unpacked = unpacker.decompress(body, limit + 1)
    except zlib.error:
        raise Fault("SerializationException", "The request body is not valid gzip data.") from None
    if len(unpacked) > limit:
        raise Fault("RequestEntityTooLargeException", "The decompressed request body is too large.", status=413)
    if not unpacker.eof:
        raise Fault("SerializationException", "The request body is truncated gzip data.")
    return unpacked


def unpacked(body: bytes) -> bytes:
    """The body, unpacked where it is gzip: no body of a protocol begins as gzip does. Faults as `gunzip`."""
    return gunzip(body) if body[:2] == b"\x1f\x8b" else body
