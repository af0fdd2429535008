"""Identifiers: seeded where a whole cloud must replay, from the system where they are secrets."""

import os
import random
import secrets
from collections.abc import Callable

POOL = 4096
_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


class Ids:
    """Makes ids. With a `seed` the same calls give the same ids; tokens and keys always come from the system."""

    __slots__ = ("_at", "_pool", "_refill")

    def __init__(self, seed: int | None = None) -> None:
        self._refill: Callable[[int], bytes] = os.urandom
        self._pool = b""
        self._at = 0
        if seed is not None:
            self.seed(seed)

    def seed(self, seed: int) -> None:
        """Make ids from now on that follow from `seed`."""
        self._refill = random.Random(seed).randbytes
        self._pool = b""
        self._at = 0

    def chance(self) -> float:
        """A number from 0 up to 1, for what happens now and then."""
        return int.from_bytes(self.take(4), "big") / 2**32

    def take(self, count: int) -> bytes:
        """`count` bytes for an id."""
        at = self._at
        if at + count > len(self._pool):
            self._pool = self._refill(max(POOL, count))
            at = 0
        self._at = at + count
        return self._pool[at : at + count]

    def uuid(self) -> str:
        """A random UUID (version 4) as text."""
        at = self._at
        if at + 16 > len(self._pool):
            self._pool = self._refill(POOL)
            at = 0
        self._at = at + 16
        digits = self._pool[at : at + 16].hex()
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{_VARIANT[digits[16]]}{digits[17:20]}-{digits[20:]}"

    def hex(self, digits: int) -> str:
        """`digits` hexadecimal digits, as in `i-0123456789abcdef0`."""
        return self.take((digits + 1) // 2).hex()[:digits]


def secret(count: int) -> bytes:
    """`count` bytes nobody can guess."""
    return secrets.token_bytes(count)
