"""XML bodies as a tree, and what is refused."""

import pytest

from orrery.wire.xmltree import XmlError, parse_xml

BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><x>&b;</x>'


def test_names_lose_their_prefix_and_attributes_keep_theirs() -> None:
    root = parse_xml(b'<p:A xmlns:p="u" p:type="t"><B>x</B> y <p:C/></p:A>')

    assert root.name == "A"
    assert root.attributes["p:type"] == "t"
    assert [child.name for child in root.children] == ["B", "C"]
    assert root.children[0].text == "x"
    assert root.text == " y "


def test_entities_of_xml_itself_are_read() -> None:
    assert parse_xml(b"<a>&lt;&#65;&amp;<![CDATA[<b>]]></a>").text == "<A&<b>"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"text",
        b"<a>",
        b"<a></b>",
        BOMB,
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        pytest.param(b"<a>" * 500, id="deep"),
        b"<a>\xff</a>",
        b'<?xml version="1.0" encoding="utf-7"?><a/>',
        b'<?xml version="1.0" encoding="idna"?><a/>',
        b'<?xml version="1.0" encoding="bz2"?><a/>',
    ],
)
def test_what_is_not_accepted_is_an_xml_error(body: bytes) -> None:
    with pytest.raises(XmlError):
        parse_xml(body)
