"""Form and query-string parameters: `a=1&b.1.Name=x` as pairs, and as a tree along the dots."""

from typing import Any
from urllib.parse import unquote_to_bytes

from orrery.wire.fault import Fault

MAX_PARAMETERS = 100_000
_MAX_DEPTH = 64

Tree = dict[str, Any]
"""Names to texts or to Trees; the text of a name that has both stands under ""."""


def pairs(text: bytes) -> list[tuple[str, str]]:
    """The parameters in order, percent-decoded, `+` read as a space; a name without `=` has the value "".

    What is not UTF-8 becomes U+FFFD.
    """
    if text.count(b"&") > MAX_PARAMETERS:  # before cutting: a list of empty pieces outweighs its text by far
        raise Fault("MalformedQueryString", "The query string contains too many parameters.")
    found = []
    for piece in text.split(b"&"):
        if piece:
            name, _, value = piece.partition(b"=")
            found.append((_decoded(name), _decoded(value)))
    return found


def first(text: bytes, name: bytes) -> str | None:
    """The first parameter of that name, looked up without decoding or cutting out the others (a form is searched
    before anybody's signature was looked at); None when absent."""
    mark = name + b"="
    if text.startswith(mark):
        start = len(mark)
    else:
        place = text.find(b"&" + mark)
        if place < 0:
            return None
        start = place + 1 + len(mark)
    end = text.find(b"&", start)
    return _decoded(text[start:] if end < 0 else text[start:end])


def tree(parameters: list[tuple[str, str]]) -> Tree:
    """The parameters nested along the dots of their names; of equal names the last one wins.

    Fault: MalformedQueryString for a name nested too deeply.
    """
    root: Tree = {}
    for name, value in parameters:
        places = name.split(".")
        if len(places) > _MAX_DEPTH:
            raise Fault("MalformedQueryString", "A parameter's name is nested too deeply.")
        node = root
        for place in places[:-1]:
            below = node.get(place)
            if not isinstance(below, dict):
                below = node[place] = {} if below is None else {"": below}
            node = below
        last = places[-1]
        below = node.get(last)
        if isinstance(below, dict):
            below[""] = value
        else:
            node[last] = value
    return root


def _decoded(text: bytes) -> str:
    if b"+" in text:
        text = text.replace(b"+", b" ")
    if b"%" in text:
        text = unquote_to_bytes(text)
    return text.decode("utf-8", "replace")
