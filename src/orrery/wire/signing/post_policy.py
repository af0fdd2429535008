"""Policies of browser uploads to S3: what a signed form may contain, and whether it does.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
"""

import json
import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from orrery.wire.signing.problem import SignatureProblem

_UNCHECKED: Final = frozenset(("awsaccesskeyid", "file", "policy", "signature", "x-amz-signature"))
_IGNORED: Final = "x-ignore-"
_ESCAPE: Final = re.compile(r'\\(["\\/bfnrtu$v])')
_EXPIRATION: Final = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?Z")


class Condition(NamedTuple):
    """One condition: `operator` is "eq", "starts-with" or "never", `field` a form field's name in lower case."""

    operator: str
    field: str
    value: str
    text: str


class PostPolicy(NamedTuple):
    """A policy document: when it ends (ms, the maker's clock), its conditions, and the sizes a file may have."""

    expiration: int
    conditions: tuple[Condition, ...]
    smallest: int | None = None
    largest: int | None = None


def decode(document: str) -> PostPolicy:
    """The policy in a form's `policy` field (Base64 of JSON in UTF-8).

    Raises SignatureProblem "policy-malformed" with the reason.
    """
    try:
        text = b64decode("".join(document.split()), validate=True).decode()
        found = json.loads(_ESCAPE.sub(_plain, text))
    except (Base64Error, UnicodeDecodeError):
        raise _malformed("Invalid Base64 Encoding.") from None
    except (ValueError, RecursionError):
        raise _malformed("Invalid JSON.") from None
    if not isinstance(found, dict):
        raise _malformed("Invalid JSON.")
    if "expiration" not in found:
        raise _malformed("Policy missing expiration.")
    if "conditions" not in found:
        raise _malformed("Policy missing conditions.")
    if not isinstance(found["conditions"], list):
        raise _malformed("Invalid JSON.")
    conditions: list[Condition] = []
    smallest, largest = None, None
    for given in found["conditions"]:
        if isinstance(given, list) and given and str(given[0]).lower() == "content-length-range":
            found_range = _range(given)
            if found_range is None:
                conditions.append(_unmeetable(given))
            else:
                smallest, largest = found_range
        else:
            conditions += _conditions(given)
    return PostPolicy(_instant(found["expiration"]), tuple(conditions), smallest, largest)


def check_fields(policy: PostPolicy, fields: Mapping[str, str], bucket: str) -> None:
    """That every condition holds for the form, and every field of the form is named by a condition.

    `fields` are those before the file, names in lower case, variables expanded; `bucket` is the one asked for.
    Raises SignatureProblem "policy-failed" or "policy-extra".
    """
    values = {**fields, "bucket": bucket}
    for condition in policy.conditions:
        if not _met(condition, values.get(condition.field)):
            raise SignatureProblem("policy-failed", condition=condition.text)
    named = {condition.field for condition in policy.conditions} | _UNCHECKED
    extra = sorted(name for name in fields if name not in named and not name.startswith(_IGNORED))
    if extra:
        raise SignatureProblem("policy-extra", fields=", ".join(extra))


def check_size(policy: PostPolicy, size: int) -> None:
    """That a file of `size` bytes is in the policy's range. Raises SignatureProblem "too-large" or "too-small"."""
    if policy.largest is not None and size > policy.largest:
        raise SignatureProblem("too-large", size=size, limit=policy.largest)
    if policy.smallest is not None and size < policy.smallest:
        raise SignatureProblem("too-small", size=size, limit=policy.smallest)


def _plain(match: re.Match[str]) -> str:
    letter = match[1]
    return "$" if letter == "$" else "\\u000b" if letter == "v" else match[0]


def _malformed(reason: str) -> SignatureProblem:
    return SignatureProblem("policy-malformed", reason=reason)


def _conditions(given: Any) -> list[Condition]:
    if isinstance(given, dict):
        if len(given) != 1 or not all(isinstance(value, str) for value in given.values()):
            raise _malformed("Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.")
        return [_condition("eq", name, value) for name, value in given.items()]
    if not isinstance(given, list) or len(given) != 3 or not all(isinstance(part, str) for part in given):
        raise _malformed("Invalid Condition: expected an operator and two arguments.")
    operator, name, value = given
    if operator.lower() not in ("eq", "starts-with"):
        raise _malformed(f"Invalid Condition: unknown operation '{operator}'.")
    if not name.startswith("$"):
        return [_unmeetable(given)]
    return [_condition(operator.lower(), name[1:], value)]


def _condition(operator: str, name: str, value: str) -> Condition:
    return Condition(operator, name.lower(), value, json.dumps([operator, f"${name}", value]))


def _unmeetable(given: list[Any]) -> Condition:
    """What S3 takes for a condition that no form meets: of a field without a dollar, of a size that is no number."""
    return Condition("never", "", "", json.dumps([str(part) for part in given]))


def _range(given: list[Any]) -> tuple[int, int] | None:
    if len(given) != 3:
        raise _malformed("Invalid Condition: content-length-range needs two numbers.")
    try:
        return int(given[1]), int(given[2])
    except (TypeError, ValueError):
        return None


def _instant(text: Any) -> int:
    match = _EXPIRATION.fullmatch(text) if isinstance(text, str) else None
    try:
        if match is None:
            raise ValueError
        numbers = [int(group) for group in match.groups()[:6]]
        seconds = int(datetime(*numbers, tzinfo=UTC).timestamp())  # type: ignore[misc,arg-type]
    except ValueError:
        raise _malformed(f"Invalid 'expiration' value: '{text}'") from None
    return seconds * 1000 + int((match[7] or "0").ljust(3, "0")[:3])


def _met(condition: Condition, value: str | None) -> bool:
    if value is None or condition.operator == "never":
        return False
    if condition.operator == "eq":
        return value == condition.value
    if condition.field == "content-type":
        return all(part.strip().startswith(condition.value) for part in value.split(","))
    return value.startswith(condition.value)
