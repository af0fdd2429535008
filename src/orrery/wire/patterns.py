"""The models' regular expressions (Java's dialect) as Python's, matched against the whole value as AWS does."""

import re


def python_pattern(pattern: str) -> str | None:
    try:
        re.compile(pattern)
    except re.error:
        return None
    return rf"\A(?:{pattern})\Z"
