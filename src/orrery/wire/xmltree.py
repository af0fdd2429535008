"""XML request bodies as a light tree, without entities, document types or network: what AWS accepts and no more."""

from typing import NamedTuple
from xml.parsers import expat

MAX_DEPTH = 200


class Element(NamedTuple):
    """An element: its name without prefix, attributes by their names as written, children in order, and its text."""

    name: str
    attributes: dict[str, str]
    children: list["Element"]
    texts: list[str]

    @property
    def text(self) -> str:
        """All character data directly inside, joined."""
        return "".join(self.texts)


class XmlError(ValueError):
    """The body is not well-formed XML, or uses what is not accepted."""


def parse_xml(body: bytes) -> Element:
    """The root element. Raises XmlError."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    top = Element("", {}, [], [])
    stack = [top]

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(stack) > MAX_DEPTH:
            raise XmlError("the elements are nested too deeply")
        element = Element(name.rpartition(":")[2], attributes, [], [])
        stack[-1].children.append(element)
        stack.append(element)

    def end(_name: str) -> None:
        stack.pop()

    def text(data: str) -> None:
        stack[-1].texts.append(data)

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
    return top.children[0]
