"""Terraform's configuration, read as far as `tflocal` must know it: blocks, their labels, and attributes as written.

Expressions are kept as they stand. https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

_NAME = re.compile(r"[^\W\d][\w-]*")
_BLANK = re.compile(r"(?:\s|#[^\n]*|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_INLINE = re.compile(r"(?:[^\S\n]|/\*.*?\*/)*", re.DOTALL)
_HEREDOC = re.compile(r"<<-?([^\W\d][\w-]*)[^\n]*\n")
_QUOTED = re.compile(r'"([^"\\$%]*)"')


class Unreadable(Exception):
    """The text is not what Terraform could read either."""


class Block(NamedTuple):
    """`provider "aws" { … }`: its kind, its labels, its attributes' expressions, the blocks in it, and its body."""

    kind: str
    labels: tuple[str, ...]
    attributes: dict[str, str]
    blocks: tuple["Block", ...]

    def literal(self, name: str) -> str | None:
        """The value of an attribute that is a plain string; None for another expression, or none."""
        found = _QUOTED.fullmatch(self.attributes.get(name, "").strip())
        return found[1] if found else None

    def within(self, kind: str, *labels: str) -> Iterator["Block"]:
        """The blocks in it of that kind, and of these labels where they are given."""
        return (each for each in self.blocks if each.kind == kind and each.labels[: len(labels)] == labels)


def configuration(directory: Path) -> Block:
    """All configuration of a directory, as one block; files that cannot be read are left to Terraform's own words."""
    found: list[Block] = []
    for path in sorted(directory.glob("*.tf")) + sorted(directory.glob("*.tf.json")):
        if path.name.split(".tf")[0].endswith("override"):
            continue
        try:
            text = path.read_text(encoding="utf-8")
            found += of_json(json.loads(text)) if path.suffix == ".json" else parse(text).blocks
        except (Unreadable, ValueError, OSError, IndexError):
            continue
    return Block("", (), {}, tuple(found))


def parse(text: str) -> Block:
    """The blocks of a file. Raises Unreadable."""
    block, end = _body(text, 0, "", ())
    if end != len(text):
        raise Unreadable(f"a closing brace too much at {end}")
    return block


def _body(text: str, at: int, kind: str, labels: tuple[str, ...]) -> tuple[Block, int]:
    attributes: dict[str, str] = {}
    blocks: list[Block] = []
    while True:
        at = _skip(_BLANK, text, at)
        if at >= len(text) or text[at] == "}":
            return Block(kind, labels, attributes, tuple(blocks)), at
        name = _NAME.match(text, at)
        if name is None:
            raise Unreadable(f"no name at {at}")
        at = _skip(_INLINE, text, name.end())
        if text[at : at + 1] == "=":
            begin = at + 1
            at = _expression(text, begin)
            attributes[name[0]] = text[begin:at].strip()
            continue
        found: list[str] = []
        while text[at : at + 1] != "{":
            label = _NAME.match(text, at) or _QUOTED.match(text, at)
            if label is None:
                raise Unreadable(f"no block at {at}")
            found.append(label[1] if label.re is _QUOTED else label[0])
            at = _skip(_INLINE, text, label.end())
        block, at = _body(text, at + 1, name[0], tuple(found))
        if text[at : at + 1] != "}":
            raise Unreadable(f"the block {name[0]} does not end")
        at += 1
        blocks.append(block)


def _skip(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


def _expression(text: str, at: int) -> int:
    """Where the expression that begins at `at` ends: at a line's end, a comment or a brace that is not its own."""
    depth = 0
    while at < len(text):
        char = text[at]
        heredoc = _HEREDOC.match(text, at) if char == "<" else None
        if char == '"':
            at = _string(text, at)
        elif heredoc:
            end = re.compile(rf"^[^\S\n]*{re.escape(heredoc[1])}[^\S\n]*$", re.MULTILINE).search(text, heredoc.end())
            if end is None:
                raise Unreadable(f"the text from {at} does not end")
            at = end.end()
        elif char == "#" or text.startswith(("//", "/*"), at):
            if not depth:
                return at
            at = _skip(_BLANK, text, at)
        elif char in "([{":
            depth += 1
            at += 1
        elif char in ")]}":
            if not depth:
                return at
            depth -= 1
            at += 1
        elif char == "\n" and not depth:
            return at
        else:
            at += 1
    return at


def _string(text: str, at: int) -> int:
    """Where the quoted string that begins at `at` ends; `${…}` in it may hold strings of its own."""
    at += 1
    while at < len(text):
        if text[at] == "\\":
            at += 2
        elif text[at] == '"':
            return at + 1
        elif text.startswith(("$${", "%%{"), at):
            at += 3
        elif text.startswith(("${", "%{"), at):
            at = _template(text, at + 2)
        else:
            at += 1
    raise Unreadable("a string does not end")


def _template(text: str, at: int) -> int:
    depth = 1
    while at < len(text) and depth:
        if text[at] == '"':
            at = _string(text, at)
            continue
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        at += 1
    return at


def of_json(content: Any) -> list[Block]:
    """The blocks of a .tf.json file: those kinds that `tflocal` looks at."""
    found: list[Block] = []
    for name, given in _members(content.get("provider")):
        found.append(_json_block("provider", (name,), given))
    for kind in ("resource", "data"):
        for name, instances in _members(content.get(kind)):
            found += [_json_block(kind, (name, label), given) for label, given in _members(instances)]
    for label, given in _members(content.get("module")):
        found.append(_json_block("module", (label,), given))
    for terraform in _listed(content.get("terraform")):
        inner = [_json_block("backend", (name,), given) for name, given in _members(terraform.get("backend"))]
        inner += [
            _json_block("required_providers", (), given) for given in _listed(terraform.get("required_providers"))
        ]
        found.append(Block("terraform", (), {}, tuple(inner)))
    return found


def _json_block(kind: str, labels: tuple[str, ...], given: dict[str, Any]) -> Block:
    # Strings of JSON are templates, as quoted strings are, so that each value is an expression as it stands.
    return Block(kind, labels, {name: json.dumps(value) for name, value in given.items()}, ())


def _listed(given: Any) -> list[dict[str, Any]]:
    return [each for each in (given if isinstance(given, list) else [given]) if isinstance(each, dict)]


def _members(given: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    for each in _listed(given):
        for name, value in each.items():
            yield from ((name, one) for one in _listed(value))
