"""XML request bodies as a light tree, without entities, document types or network: what AWS accepts and no more."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final
from xml.parsers import expat

MAX_DEPTH = 200
_NONE: Final = MappingProxyType[str, str]({})


class Element:
    """An element: its name without prefix, attributes by their names as written, children in order, and its text."""

    __slots__ = ("_first", "_more", "attributes", "children", "name")

    def __init__(self, name: str, attributes: Mapping[str, str]) -> None:
        self.name = name
        self.attributes = attributes
        self.children: Sequence[Element] = ()
        self._first = ""
        self._more: list[str] | None = None

    def add(self, child: "Element") -> None:
        """One more child."""
        if isinstance(self.children, list):
            self.children.append(child)
        else:
            self.children = [child]

    def write(self, text: str) -> None:
        """More character data."""
        if not self._first:
            self._first = text
        elif self._more is None:
            self._more = [self._first, text]
        else:
            self._more.append(text)

    @property
    def text(self) -> str:
        """All character data directly inside, joined."""
        return self._first if self._more is None else "".join(self._more)


class XmlError(ValueError):
    """The body is not well-formed XML, or uses what is not accepted."""


def parse_xml(body: bytes) -> Element:
    """The root element. Raises XmlError."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    top = Element("", _NONE)
    stack = [top]

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(stack) > MAX_DEPTH:
            raise XmlError("the elements are nested too deeply")
        element = Element(name.rpartition(":")[2], attributes or _NONE)
        stack[-1].add(element)
        stack.append(element)

    def end(_name: str) -> None:
        stack.pop()

    def text(data: str) -> None:
        stack[-1].write(data)

    def refuse(*_facts: object) -> None:
        raise XmlError("a document type is not accepted")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, UnicodeError, LookupError) as problem:
        raise XmlError(str(problem)) from None
    except XmlError:
        raise
    except ValueError as problem:  # an encoding that is declared and Python knows, but expat cannot use
        raise XmlError(str(problem)) from None
    return next(iter(top.children))
