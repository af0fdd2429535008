"""Values ready for CBOR."""

from typing import Any

from tests.wire.small_model import model_of, structure

from orrery.wire.instant import Instant
from orrery.wire.protocols.cbor_values import structure_encoder

SHAPES: dict[str, Any] = {
    "Out": structure(At="Time", Ratio="Ratio", Times="Times", Map="Map", Doc="Doc", Self="Out"),
    "Times": {"type": "list", "member": {"shape": "Time"}, "sparse": True},
    "Map": {"type": "map", "key": {"shape": "String"}, "value": {"shape": "Ratio"}},
    "Doc": {"type": "structure", "members": {}, "document": True},
    "Time": {"type": "timestamp"},
    "Ratio": {"type": "double"},
}


def test_timestamps_are_instants_floats_floats_and_none_is_left_out() -> None:
    encode = structure_encoder(model_of("smithy-rpc-v2-cbor", SHAPES).shape("Out"))

    values = encode({"At": 1, "Ratio": 1, "Times": [None, 2], "Map": {"a": 3}, "Doc": {"x": 1}, "Self": {"At": None}})

    assert values == {"At": 1, "Ratio": 1.0, "Times": [None, 2], "Map": {"a": 3.0}, "Doc": {"x": 1}, "Self": {}}
    assert [type(values["At"]), type(values["Times"][1])] == [Instant, Instant]
    assert [type(values["Ratio"]), type(values["Map"]["a"])] == [float, float]
