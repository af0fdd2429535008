"""Lengths of time as people write them: +45d, +1h30m, +90, +2w3d, +250ms."""

import re

_UNITS = {"w": 604800.0, "d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "": 1.0}
_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|[wdhms]?)")


def seconds(text: str) -> float:
    """The length in seconds of `text`, which starts with `+`. Raises ValueError for anything else."""
    rest = text.removeprefix("+").replace(" ", "").lower()
    total = 0.0
    position = 0
    for part in _PART.finditer(rest):
        if part.start() != position:
            break
        total += float(part[1]) * _UNITS[part[2]]
        position = part.end()
    if not text.startswith("+") or not rest or position != len(rest):
        raise ValueError(f"{text!r} is no length of time; write it as +45d, +1h30m, +90s or +2w")
    return round(total, 3)


def words(length: float) -> str:
    """`length` seconds for people: 3,930 -> `1h5m30s`; 0 -> `0s`."""
    left = round(abs(length))
    parts = []
    for unit in ("d", "h", "m", "s"):
        count, left = divmod(left, int(_UNITS[unit]))
        if count:
            parts.append(f"{count}{unit}")
    return ("-" if length < 0 and parts else "") + ("".join(parts) or "0s")
