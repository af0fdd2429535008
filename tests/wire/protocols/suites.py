"""botocore's suites, read from their archive (see README.md beside this file)."""

import base64
import functools
import json
import tarfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from botocore.model import OperationModel, ServiceModel, Shape

from orrery.wire.model import Model, Operation
from orrery.wire.source import pack

ARCHIVE = Path(__file__).with_name("botocore-1.44.5.tar.xz")


class Case(NamedTuple):
    """One case: where it stands, its service with this operation alone, and what it demands."""

    id: str
    description: dict[str, Any]
    demands: dict[str, Any]

    @property
    def protocol(self) -> str:
        """The protocol, by its name in the models."""
        name: str = self.description["metadata"]["protocol"]
        return name

    @property
    def theirs(self) -> OperationModel:
        """botocore's model of the operation."""
        model = ServiceModel(self.description, "suite")
        return model.operation_model(self.demands["given"]["name"])

    @property
    def ours(self) -> Operation:
        """Our model of the operation."""
        return Model("suite", pack(self.description)).operation(self.demands["given"]["name"])

    def body(self, part: str) -> bytes:
        """The body of the `serialized` or `response` part."""
        text = self.demands[part].get("body")
        if text is None:
            return b""
        return base64.b64decode(text) if self.protocol == "smithy-rpc-v2-cbor" else text.encode()


@functools.cache
def members() -> dict[str, bytes]:
    """Every file of the archive by its path."""
    files: dict[str, bytes] = {}
    with tarfile.open(ARCHIVE) as archive:
        for info in archive:
            content = archive.extractfile(info)
            if content is not None:
                files[info.name.removeprefix("./")] = content.read()
    return files


def member(name: str) -> bytes:
    """One file of the archive."""
    return members()[name]


def cases(direction: str, exceptions: Mapping[str, str]) -> list[object]:
    """The cases of "input" or "output", the legacy ones too, as parameters for a test.

    `exceptions` gives the reasons why some, named in full or by what stands after the colon, are to fail.
    """
    found: list[object] = []
    for case in _cases(direction):
        reason = exceptions.get(case.id) or exceptions.get(case.id.rpartition(":")[2])
        marks = [pytest.mark.xfail(reason=reason, strict=True)] if reason else []
        found.append(pytest.param(case, id=case.id, marks=marks))
    return found


def _cases(direction: str) -> Iterator[Case]:
    for path in sorted(members()):
        if f"{direction}/" not in path:
            continue
        for number, suite in enumerate(json.loads(member(path))):
            for position, demands in enumerate(suite["cases"]):
                demands["given"].setdefault("name", "OperationName")
                name = demands.get("id") or f"{number}.{position}"
                label = f"{path.removesuffix('.json')}:{name}"
                yield Case(label, _description(suite, demands["given"]), demands)


def _description(suite: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    metadata = {"endpointPrefix": "suite", "apiVersion": "", "targetPrefix": "", "jsonVersion": "1.0"}
    output = given.get("output")
    if output and suite["metadata"]["protocol"] == "query":
        output.setdefault("resultWrapper", f"{given['name']}Result")
    return {
        "metadata": metadata | suite["metadata"],
        "operations": {given["name"]: given},
        "shapes": suite["shapes"],
        "pagination": {},
    }


def valued(shape: Shape, given: Any) -> Any:
    """The suite's notation of a value as botocore's: moments, bytes, special floats."""
    match shape.type_name, given:
        case "structure", list():  # an event stream's events
            return [valued(shape, event) for event in given]
        case "structure", dict() if not getattr(shape, "is_document_type", False):
            return {name: valued(shape.members[name], value) for name, value in given.items() if value is not None}
        case "list", list():
            return [None if value is None else valued(shape.member, value) for value in given]
        case "map", dict():
            return {key: None if value is None else valued(shape.value, value) for key, value in given.items()}
        case "timestamp", int() | float():
            return datetime.fromtimestamp(0, UTC) + timedelta(seconds=given)
        case "blob", str():
            return given.encode()
        case "float" | "double", str():
            return float(given)
    return given
