"""Values as XML: names, flattening, namespaces, attributes, order, escapes, scalars."""

from typing import Any

import pytest
from tests.wire.small_model import model_of, structure

from orrery.wire.protocols.xml_values import EC2, QUERY, REST, S3, Form, escape, structure_writer

SHAPES: dict[str, Any] = {
    "Out": structure(
        Plain="Names",
        Named="NamedList",
        Flat={"shape": "Names", "flattened": True},
        FlatNamed={"shape": "NamedList", "flattened": True},
        FlatRenamed={"shape": "NamedList", "flattened": True, "locationName": "Other"},
        Map="Map",
        FlatMap={"shape": "Map", "flattened": True},
        Spaced={"shape": "Inner", "xmlNamespace": {"prefix": "x", "uri": "u"}},
        Asked={"shape": "Names", "queryName": "Ask", "flattened": True},
        When="Time",
        Date={"shape": "Time", "timestampFormat": "rfc822"},
        Seconds={"shape": "Time", "timestampFormat": "unixTimestamp"},
        Data="Bytes",
        Yes="Flag",
        Ratio="Ratio",
        Text="String",
        Self="Out",
    ),
    "Inner": structure(Kind={"shape": "String", "xmlAttribute": True, "locationName": "x:kind"}, Text="String"),
    "Ordered": {**structure(A="String", B="String", C="String"), "xmlOrder": ["C", "A"]},
    "Names": {"type": "list", "member": {"shape": "String"}},
    "NamedList": {"type": "list", "member": {"shape": "String", "locationName": "Item"}},
    "Map": {"type": "map", "key": {"shape": "String"}, "value": {"shape": "Integer"}},
    "Time": {"type": "timestamp"},
    "Bytes": {"type": "blob"},
    "Flag": {"type": "boolean"},
    "Ratio": {"type": "double"},
}


def written(values: dict[str, Any], form: Form = REST, shape: str = "Out") -> str:
    out: list[str] = []
    structure_writer(model_of("rest-xml", SHAPES).shape(shape), form)(values, out)
    return "".join(out)


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"Plain": ["a", None]}, "<Plain><member>a</member></Plain>"),
        ({"Plain": []}, "<Plain/>"),
        ({"Named": ["a"]}, "<Named><Item>a</Item></Named>"),
        ({"Flat": ["a", "b"]}, "<Flat>a</Flat><Flat>b</Flat>"),
        ({"FlatNamed": ["a"]}, "<Item>a</Item>"),
        ({"FlatRenamed": ["a"]}, "<Other>a</Other>"),
        ({"Map": {"a": 1}}, "<Map><entry><key>a</key><value>1</value></entry></Map>"),
        ({"FlatMap": {"a": 1, "b": None}}, "<FlatMap><key>a</key><value>1</value></FlatMap>"),
        ({"Spaced": {"Kind": "k&", "Text": "t"}}, '<Spaced xmlns:x="u" x:kind="k&amp;"><Text>t</Text></Spaced>'),
        ({"When": 0}, "<When>1970-01-01T00:00:00Z</When>"),
        ({"Date": 0}, "<Date>Thu, 01 Jan 1970 00:00:00 GMT</Date>"),
        ({"Seconds": 1500}, "<Seconds>1.5</Seconds>"),
        ({"Data": b"abc"}, "<Data>YWJj</Data>"),
        ({"Yes": False}, "<Yes>false</Yes>"),
        ({"Ratio": float("-inf")}, "<Ratio>-Infinity</Ratio>"),
        ({"Ratio": 0.1}, "<Ratio>0.1</Ratio>"),
        ({"Text": ""}, "<Text></Text>"),
        ({"Text": None}, ""),
        ({"Self": {"Self": {"Text": "t"}}}, "<Self><Self><Text>t</Text></Self></Self>"),
    ],
)
def test_values_are_written_as_the_model_says(values: dict[str, Any], text: str) -> None:
    assert written(values) == text


def test_query_has_names_of_its_own() -> None:
    assert written({"Asked": ["a"]}, QUERY) == "<Ask>a</Ask>"
    assert written({"Asked": ["a"]}, REST) == "<Asked>a</Asked>"


@pytest.mark.parametrize("form", [EC2, S3])
def test_ec2_and_s3_always_write_milliseconds(form: Form) -> None:
    assert written({"When": 0}, form) == "<When>1970-01-01T00:00:00.000Z</When>"


def test_the_model_s_order_of_elements_is_kept() -> None:
    assert written({"A": "a", "B": "b", "C": "c"}, shape="Ordered") == "<C>c</C><A>a</A><B>b</B>"


def test_what_xml_cannot_hold_is_a_reference() -> None:
    assert escape('a&<>"\r\x01\n\t') == "a&amp;&lt;&gt;&quot;&#xd;&#x1;\n\t"
