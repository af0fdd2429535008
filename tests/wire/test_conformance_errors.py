"""Every modelled error of every service: botocore reads its code, message, members and status."""

from typing import Any

import pytest
from botocore.model import ServiceModel, Shape
from botocore.parsers import create_parser
from tests.wire.conformance.exchange import REQUEST_ID, response
from tests.wire.conformance.samples import Sampler, plain
from tests.wire.conformance.services import every_service, protocols, report, their_model

from orrery.wire.codec import fault_answer
from orrery.wire.fault import Fault
from orrery.wire.model import Model, load_model

MESSAGE = 'It <was> "wrong" & ä 漢.'


@pytest.mark.parametrize("service", every_service())
def test_every_modelled_error_is_read_as_the_fault_it_was_made_from(service: str) -> None:
    theirs, ours = their_model(service), load_model(service)

    problems = [
        problem
        for protocol in protocols(theirs)
        for shape in theirs.error_shapes
        for problem in _problems(theirs, ours, protocol, shape)
    ]

    assert not problems, report(problems)


@pytest.mark.parametrize("service", every_service())
def test_an_error_no_model_knows_is_read_by_its_code(service: str) -> None:
    theirs, ours = their_model(service), load_model(service)

    for protocol in protocols(theirs):
        answer = fault_answer(ours, protocol, Fault("OddlyUnknown.Code", MESSAGE, status=418), REQUEST_ID)
        read = create_parser(protocol).parse(response(answer), None)

        assert answer.status == 418
        assert read["Error"]["Code"] == "OddlyUnknown.Code"
        assert read["Error"]["Message"] == MESSAGE
        assert read["ResponseMetadata"]["RequestId"] == REQUEST_ID


def _problems(theirs: ServiceModel, ours: Model, protocol: str, shape: Shape) -> list[str]:
    name = f"{theirs.service_name} {shape.name} {protocol}"
    values = Sampler(everything=True, answer=True, protocol=protocol).structure(shape)
    members = {key: value for key, value in values.items() if not _ours(shape, key)}
    answer = fault_answer(ours, protocol, Fault(shape.name, MESSAGE, **plain(members)), REQUEST_ID)
    parser = create_parser(protocol)
    try:
        read = parser.parse(response(answer), None)
        codes = [read["Error"]["Code"], read["Error"].get("QueryErrorCode", "")]
        known = next(filter(None, map(theirs.shape_for_error_code, codes)), None)
        modelled: dict[str, Any] = parser.parse(response(answer), known) if known else {}
    except Exception as problem:  # noqa: BLE001 - whatever botocore makes of a wrong answer is the finding
        return [f"{name}: {problem!r} for {answer.status} {answer.headers} {answer.body[:300]!r}"]
    found = []
    if known is None or known.error_code != shape.error_code:
        found.append(f"{name}: code {shape.error_code!r} read as {codes}")
    if read["Error"]["Message"] != MESSAGE:
        found.append(f"{name}: message read as {read['Error'].get('Message')!r} in {answer.body!r}")
    if read["ResponseMetadata"].get("RequestId") != REQUEST_ID:
        found.append(f"{name}: request id in {read['ResponseMetadata']}")
    status = shape.metadata.get("error", {}).get("httpStatusCode")
    if status is not None and answer.status != status:
        found.append(f"{name}: status {status} answered as {answer.status}")
    for key, value in members.items():
        if known is shape and modelled.get(key) != value:
            found.append(f"{name}.{key}: {value!r} read as {modelled.get(key)!r}")
    return found


def _ours(shape: Shape, name: str) -> bool:
    """Whether the member says what every fault has: its message, its code, its status (`Fault`'s own argument)."""
    traits = shape.members[name].serialization
    header = traits.get("name", "").lower() if traits.get("location") == "header" else ""
    everywhere = name.lower() in ("message", "code", "status") or traits.get("location") == "statusCode"
    return everywhere or header == "x-amzn-errortype"
