"""REST paths: literals, labels, greedy labels, query strings' literals, required parameters."""

from typing import Any

import pytest
from tests.wire.small_model import head, model_of, structure

from orrery.wire.paths import Found, paths_of


def operations(**uris: str) -> dict[str, Any]:
    return {
        name: {"name": name, "http": {"method": uri.split()[0], "requestUri": uri.split()[1]}}
        for name, uri in uris.items()
    }


def find(uris: dict[str, str], method: str, target: str) -> Found | None:
    return paths_of(model_of("rest-json", {}, operations(**uris))).find(head(method, target))


def name_of(found: Found | None) -> str | None:
    return found.operation.name if found else None


THINGS = {
    "List": "GET /things",
    "Make": "POST /things",
    "Get": "GET /things/{id}",
    "Special": "GET /things/special",
    "Part": "GET /things/{id}/parts/{part}",
    "Tree": "GET /tree/{path+}",
    "Policy": "GET /nodes/{name+}/policy",
    "Node": "GET /nodes/{name+}",
    "Root": "GET /",
}


@pytest.mark.parametrize(
    ("request_line", "name", "labels"),
    [
        ("GET /things", "List", {}),
        ("GET /things/", "List", {}),
        ("POST /things", "Make", {}),
        ("GET /things/a%20b%2Fc", "Get", {"id": "a b/c"}),
        ("GET /things/special", "Special", {}),
        ("GET /things/1/parts/2", "Part", {"id": "1", "part": "2"}),
        ("GET /tree/a/b%20c/d", "Tree", {"path": "a/b c/d"}),
        ("GET /nodes/a/b/policy", "Policy", {"name": "a/b"}),
        ("GET /nodes/a/b", "Node", {"name": "a/b"}),
        ("GET /", "Root", {}),
        ("DELETE /things", None, None),
        ("GET /things//parts/2", None, None),
        ("GET /nothing", None, None),
    ],
)
def test_a_path_leads_to_its_operation(request_line: str, name: str | None, labels: dict[str, str] | None) -> None:
    method, target = request_line.split()

    found = find(THINGS, method, target)

    assert name_of(found) == name
    assert (dict(found.labels) if found else None) == labels


def test_the_operation_with_the_most_literals_of_the_query_string_wins() -> None:
    uris = {"Get": "GET /b", "Acl": "GET /b?acl", "Version2": "GET /b?list-type=2"}

    assert name_of(find(uris, "GET", "/b")) == "Get"
    assert name_of(find(uris, "GET", "/b?acl")) == "Acl"
    assert name_of(find(uris, "GET", "/b?acl=&x=1")) == "Acl"
    assert name_of(find(uris, "GET", "/b?list-type=2")) == "Version2"
    assert name_of(find(uris, "GET", "/b?list-type=1")) == "Get"


def test_required_parameters_and_fields_tell_operations_of_one_path_apart() -> None:
    shapes = {
        "Copy": structure(
            Source={"shape": "String", "location": "header", "locationName": "x-source"}, required=["Source"]
        ),
        "Part": structure(
            Number={"shape": "String", "location": "querystring", "locationName": "n"}, required=["Number"]
        ),
        "Put": structure(),
    }
    uris = operations(Put="PUT /k", Copy="PUT /k", Part="PUT /k")
    for name in uris:
        uris[name]["input"] = {"shape": name}
    paths = paths_of(model_of("rest-xml", shapes, uris))

    assert name_of(paths.find(head("PUT", "/k"))) == "Put"
    assert name_of(paths.find(head("PUT", "/k", {"X-Source": "s"}))) == "Copy"
    assert name_of(paths.find(head("PUT", "/k?n=1"))) == "Part"


def test_a_deprecated_twin_is_passed_over() -> None:
    uris = operations(Aged="GET /k", Now="GET /k")
    uris["Aged"]["deprecated"] = True

    assert name_of(paths_of(model_of("rest-xml", {}, uris)).find(head("GET", "/k"))) == "Now"


def test_a_label_that_is_not_utf_8_is_an_error() -> None:
    with pytest.raises(UnicodeDecodeError):
        find(THINGS, "GET", "/things/%FF")
