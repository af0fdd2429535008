"""Values out of XML bodies."""

from typing import Any

import pytest
from tests.wire.small_model import model_of, structure

from orrery.wire.protocols.xml_requests import structure_reader
from orrery.wire.xmltree import parse_xml

SHAPES: dict[str, Any] = {
    "In": structure(
        Text="String",
        Count="Integer",
        Yes="Flag",
        When="Time",
        Data="Bytes",
        Plain="Names",
        Flat={"shape": "Names", "flattened": True, "locationName": "F"},
        Map="Map",
        FlatMap={"shape": "Map", "flattened": True, "locationName": "M"},
        Inner="Inner",
        Elsewhere={"shape": "String", "location": "uri"},
    ),
    "Inner": structure(Kind={"shape": "String", "xmlAttribute": True, "locationName": "xsi:type"}, Self="Inner"),
    "Names": {"type": "list", "member": {"shape": "String"}},
    "Map": {"type": "map", "key": {"shape": "String"}, "value": {"shape": "Integer"}},
    "Flag": {"type": "boolean"},
    "Time": {"type": "timestamp"},
    "Bytes": {"type": "blob"},
}


@pytest.mark.parametrize(
    ("inside", "values"),
    [
        ("<Text> a b </Text>", {"Text": " a b "}),
        ("<Text/>", {"Text": ""}),
        ("<Count> 7 </Count><Yes>true</Yes>", {"Count": 7, "Yes": True}),
        ("<Count>x</Count>", {"Count": "x"}),
        ("<When>1970-01-01T00:00:01Z</When>", {"When": 1000}),
        ("<Data>YWJj</Data>", {"Data": b"abc"}),
        ("<Plain><member>a</member><member>b</member></Plain>", {"Plain": ["a", "b"]}),
        ("<Plain/>", {"Plain": []}),
        ("<F>a</F><Text>t</Text><F>b</F>", {"Flat": ["a", "b"], "Text": "t"}),
        ("<Map><entry><key>a</key><value>1</value></entry></Map>", {"Map": {"a": 1}}),
        ("<M><key>a</key><value>1</value></M><M><key>b</key><value>2</value></M>", {"FlatMap": {"a": 1, "b": 2}}),
        ('<Inner xmlns:y="u" y:type="T"><Self/></Inner>', {"Inner": {"Kind": "T", "Self": {}}}),
        ("<Elsewhere>x</Elsewhere><Unknown>y</Unknown>", {}),
    ],
)
def test_elements_are_read_as_the_model_says(inside: str, values: dict[str, Any]) -> None:
    read = structure_reader(model_of("rest-xml", SHAPES).shape("In"))

    assert read(parse_xml(f'<In xmlns="u">{inside}</In>'.encode())) == values
