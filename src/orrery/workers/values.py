"""Inputs and outputs of operations as bytes: Structs and dicts as msgpack, absent members left out, null kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec
from msgspec import Raw

from orrery.gateway.streaming import StreamedBody
from orrery.kernel.bodies import Outgoing
from orrery.wire.fault import Fault
from orrery.wire.instant import Instant
from orrery.wire.model import Operation
from orrery.wire.structs import Input, attribute_name, input_struct
from orrery.workers.messages import Trouble


def _plain(value: Any) -> Any:
    """For msgspec: what it does not know as what it knows. Bodies travel beside the values."""
    if isinstance(value, Instant):
        return int(value)
    if isinstance(value, StreamedBody | Outgoing):
        return None
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Iterable):
        return list(value)
    raise NotImplementedError(f"a {type(value).__name__} cannot be told to another process")


def _typed(kind: type, value: Any) -> Any:
    if kind is not Instant or type(value) is not int:
        raise NotImplementedError(kind)
    return Instant(value)


_ENCODE: Final = msgspec.msgpack.Encoder(enc_hook=_plain).encode
_DECODE: Final = msgspec.msgpack.Decoder().decode


def told(values: Any) -> Raw:
    """An input Struct, or what an operation gave."""
    return Raw(_ENCODE(values))


def given(values: Raw) -> Any:
    """What an operation gave."""
    return _DECODE(values)


def read_input(operation: Operation, values: Raw, body: Any) -> Input:
    """The input Struct of an operation, with `body` as its streaming member."""
    decode = operation.kept.get("told")
    if decode is None:
        decode = operation.kept["told"] = msgspec.msgpack.Decoder(input_struct(operation), dec_hook=_typed).decode
    found = decode(values)
    member = operation.streaming_input
    if member is not None and body is not None:
        msgspec.structs.force_setattr(found, attribute_name(member.name), body)
    return found


def read_struct(kind: type[msgspec.Struct], values: Raw) -> Any:
    """A Struct of a model."""
    return msgspec.msgpack.decode(values, type=kind, dec_hook=_typed)


def trouble_of(fault: Fault) -> Trouble:
    """A Fault, to be told."""
    return Trouble(fault.code, fault.message, fault.status, told(fault.members), told(fault.headers))


def fault_of(trouble: Trouble) -> Fault:
    """A Fault that was told."""
    members: dict[str, Any] = given(trouble.members)
    fault = Fault(trouble.code, trouble.message, status=trouble.status, headers=given(trouble.headers))
    fault.members = members
    return fault
