"""The paths of a REST service's operations as a tree, and the operation that a method, path and parameters ask for.

A literal segment wins over a label, a label over a greedy label (`{Key+}`). Operations that share a path are told apart
by the literals of their query strings (`?acl`, `?list-type=2`) and then by which of them finds all parameters and
fields it requires (`x-amz-copy-source` makes a PUT a copy).
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from orrery.wire.http import Head
from orrery.wire.model import Model, Operation
from orrery.wire.params import pairs


class Leaf(NamedTuple):
    """One operation at the end of a path: its labels' names in order, its query string's literals, a final slash."""

    name: str
    labels: tuple[str, ...]
    literals: tuple[tuple[str, str | None], ...]
    slash: bool


class Found(NamedTuple):
    """The operation, its labels (decoded), how many segments matched literally, and whether a final slash did too."""

    operation: Operation
    labels: Mapping[str, str]
    literal_segments: int
    same_slash: bool


class _Ending:
    """What may be asked for by one method at the end of one path.

    `plain` are the leaves for a request without parameters. Which of them it is depends on the presence of the fields
    `telling` alone, so that each choice is made once: `chosen`. Other parameters than those `asked` change nothing.
    """

    __slots__ = ("asked", "chosen", "leaves", "plain", "telling")

    def __init__(self) -> None:
        self.leaves: list[Leaf] = []
        self.plain: list[Leaf] = []
        self.telling: tuple[bytes, ...] | None = None
        self.asked: frozenset[str] | None = None
        self.chosen: dict[tuple[bytes, ...], Leaf] = {}

    def add(self, leaf: Leaf) -> None:
        self.leaves.append(leaf)
        if not leaf.literals:
            self.plain.append(leaf)


class _Node:
    __slots__ = ("endings", "greedy", "label", "literals")

    def __init__(self) -> None:
        self.literals: dict[bytes, _Node] = {}
        self.label: _Node | None = None
        self.greedy: _Node | None = None
        self.endings: dict[str, _Ending] = {}

    @property
    def open_ended(self) -> bool:
        """Whether no path goes on behind this node: what a greedy label takes is then all that is left."""
        return not self.literals and self.label is None and self.greedy is None


class _Match(NamedTuple):
    ending: _Ending
    values: tuple[bytes, ...]
    literal_segments: int


class Paths:
    """The paths of one model's operations (all, or those named)."""

    def __init__(self, model: Model, names: Iterable[str] | None = None) -> None:
        self._model = model
        self._keeps_slash = model.name == "s3"
        self._root = _Node()
        self._asked: dict[str, tuple[list[str], list[bytes], bool]] = {}
        for name in model.operations if names is None else names:
            http = model.http(name)
            for uri in (http.get("requestUri", "/"), *http.get("moreUris", ())):
                self._add(name, http.get("method", "POST"), uri)

    def _add(self, name: str, method: str, uri: str) -> None:
        path, _, query = uri.partition("?")
        node, labels = self._root, []
        for segment in self._segments(path.encode()):
            if segment.startswith(b"{") and segment.endswith(b"+}"):
                labels.append(segment[1:-2].decode())
                node.greedy = node.greedy or _Node()
                node = node.greedy
            elif segment.startswith(b"{") and segment.endswith(b"}"):
                labels.append(segment[1:-1].decode())
                node.label = node.label or _Node()
                node = node.label
            else:
                node = node.literals.setdefault(segment, _Node())
        literals = []
        for piece in query.split("&") if query else ():
            key, mark, value = piece.partition("=")
            literals.append((key, value if mark else None))
        leaf = Leaf(name, tuple(labels), tuple(literals), path.endswith("/"))
        node.endings.setdefault(method, _Ending()).add(leaf)

    def _segments(self, path: bytes) -> list[bytes]:
        """The path's segments; a slash at the end counts for nothing, except inside S3's keys."""
        path = path[1:] if path.startswith(b"/") else path
        if not self._keeps_slash:
            path = path.rstrip(b"/")
        if not path:
            return []
        segments = path.split(b"/")
        return segments[:-1] if len(segments) == 2 and not segments[1] else segments

    def find(self, head: Head, path: bytes | None = None, method: str | None = None) -> Found | None:
        """The operation for a request, or None; `path` and `method` instead of the head's where they are given.

        UnicodeDecodeError when a label is not UTF-8.
        """
        path = head.path if path is None else path
        segments = self._segments(path)
        given: dict[str, str] | None = None
        for match in _walk(self._root, segments, 0, (), 0, method or head.method):
            if given is None:
                given = dict(reversed(pairs(head.query))) if head.query else {}
            asked = given and not self._asked_of(match.ending).isdisjoint(given)
            leaf = self._choose(match.ending.leaves, head, given) if asked else self._plain(match.ending, head)
            if leaf is not None:
                values = (unquote_to_bytes(value).decode() for value in match.values)
                labels = dict(zip(leaf.labels, values, strict=True))
                same_slash = leaf.slash == path.endswith(b"/")
                return Found(self._model.operation(leaf.name), labels, match.literal_segments, same_slash)
        return None

    def _asked_of(self, ending: _Ending) -> frozenset[str]:
        """The parameters that tell an ending's operations apart."""
        asked = ending.asked
        if asked is None:
            literals = {key for leaf in ending.leaves for key, _ in leaf.literals}
            needed = [self._needs(leaf.name)[0] for leaf in ending.plain] if len(ending.plain) > 1 else []
            asked = ending.asked = frozenset(literals.union(*needed))
        return asked

    def _plain(self, ending: _Ending, head: Head) -> Leaf | None:
        """The operation for a request without parameters."""
        plain = ending.plain
        if len(plain) <= 1:
            return plain[0] if plain else None
        telling = ending.telling
        if telling is None:
            telling = ending.telling = tuple({field for leaf in plain for field in self._needs(leaf.name)[1]})
        there = head.headers.index()
        present = tuple([field for field in telling if field in there])
        leaf = ending.chosen.get(present)
        if leaf is None:
            leaf = ending.chosen[present] = min(plain, key=lambda leaf: self._rank(leaf.name, head, {}))
        return leaf

    def _choose(self, leaves: list[Leaf], head: Head, given: Mapping[str, str]) -> Leaf | None:
        fitting = [leaf for leaf in leaves if all(_has(given, key, value) for key, value in leaf.literals)]
        if len(fitting) <= 1:
            return fitting[0] if fitting else None
        most = max([len(leaf.literals) for leaf in fitting])
        fitting = [leaf for leaf in fitting if len(leaf.literals) == most]
        if len(fitting) == 1:
            return fitting[0]
        return min(fitting, key=lambda leaf: self._rank(leaf.name, head, given))

    def _rank(self, name: str, head: Head, given: Mapping[str, str]) -> tuple[int, int, bool]:
        """Fewest required parameters and fields missing, then most present, then not deprecated."""
        parameters, fields, deprecated = self._needs(name)
        present = sum([field in given for field in parameters]) + sum([field in head.headers for field in fields])
        return len(parameters) + len(fields) - present, -present, deprecated

    def _needs(self, name: str) -> tuple[list[str], list[bytes], bool]:
        found = self._asked.get(name)
        if found is None:
            found = self._asked[name] = _asked(self._model.operation(name))
        return found


def _asked(operation: Operation) -> tuple[list[str], list[bytes], bool]:
    """The parameters and the fields (in lower case) that an operation requires, and whether it is deprecated."""
    shape = operation.input
    required = [] if shape is None else [shape.members[name] for name in shape.required if name in shape.members]
    parameters = [member.location_name or member.name for member in required if member.location == "querystring"]
    fields = [member.location_name or member.name for member in required if member.location == "header"]
    return parameters, [field.lower().encode() for field in fields], bool(operation.raw.get("deprecated"))


def _has(given: Mapping[str, str], key: str, value: str | None) -> bool:
    return key in given if value is None else given.get(key) == value


def _walk(
    node: _Node, segments: list[bytes], place: int, values: tuple[bytes, ...], literal: int, method: str
) -> Iterator[_Match]:
    """Every way a path matches, the most literal first."""
    exact = None
    while place < len(segments):
        segment = segments[place]
        exact = node.literals.get(segment)
        if exact is not None:
            break
        # Mostly one way goes on from here, and it is followed without another generator.
        greedy = node.greedy
        if greedy is None and node.label is not None and segment:
            node, place, values = node.label, place + 1, (*values, segment)
        elif greedy is not None and node.label is None and greedy.open_ended and (rest := _rest(segments, place)):
            node, place, values = greedy, len(segments), (*values, rest)
        else:
            break
    if place == len(segments):
        ending = node.endings.get(method)
        if ending is not None:
            yield _Match(ending, values, literal)
        return
    segment = segments[place]
    if exact is not None:
        yield from _walk(exact, segments, place + 1, values, literal + 1, method)
    if node.label is not None and segment:
        yield from _walk(node.label, segments, place + 1, (*values, segment), literal, method)
    if node.greedy is not None:
        for end in range(len(segments) if node.greedy.open_ended else place + 1, len(segments) + 1):
            taken = b"/".join(segments[place:end])
            if taken:
                yield from _walk(node.greedy, segments, end, (*values, taken), literal, method)


def _rest(segments: list[bytes], place: int) -> bytes:
    """What is left of a path, as a greedy label takes it."""
    return b"/".join(segments[place:])


def paths_of(model: Model) -> Paths:
    """The paths of a model, gathered on first use and kept with it."""
    found: Paths | None = model.kept.get("paths")
    if found is None:
        found = model.kept["paths"] = Paths(model)
    return found
