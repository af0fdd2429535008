"""A service's patch: what AWS does and the published model does not say, as data with its source.

The file is `services/<service>/model.patch.json` (or `services/<service>.patch.json`). Its keys, all
optional:

`metadata`, `operations`, `shapes`, `pagination`
    Merged deeply into the model's parts of the same names; a null removes what it names. Traits are
    botocore's (`locationName`, `flattened`, `xmlNamespace`, `timestampFormat`, ...), and besides them
    `queryName` on members, list members, map keys and values: the name in the Query protocol, both ways,
    where it differs from the JSON name. `metadata.protocols` lists every protocol that is served, the
    preferred one first in `metadata.protocol`. `metadata.dialect` names the style of validation messages
    where the protocol's own is not the service's, and `metadata.errorNamespace` what stands before `#` in a
    JSON error's `__type`. `metadata.urlMember` names
    the member that a Query request may give as the URL it is sent to (SQS: QueueUrl), `metadata.validationError` the
    code of validation errors where it is not ValidationException, and `metadata.errorForm` is "detail" where Query
    errors end with an empty `<Detail/>`. `metadata.errorFields` names the structure whose members, all bound to header
    fields, a fault's `headers` may fill. An operation's `http` may give `moreUris`, further paths that lead to it;
    `statusWhen`, the status of answers that hold a member (`{"ContentRange": 206}`); and `contentType`, that of a
    payload which is not XML, or that an answer without body (to HEAD) names. `unwrappedOutput` makes its output's only
    member the root element. A shape's `lenient` lets texts in fields and parameters that cannot be read count as not
    given; `encodedWords` is of maps bound to header fields whose values beyond ASCII go as RFC 2047's encoded words.
    For REST-XML, `metadata.strictXml` refuses bodies with elements that the model does not have, `metadata.labelBytes`
    bounds labels, an operation's `malformed` is the code for its bad bodies, and `digestRequired` demands Content-MD5
    or a checksum.

`errors`
    Error shape → `{"code", "status", "sender", "source"}`: the code in Query answers and in
    `x-amzn-query-error`, the HTTP status, whether the sender is to blame. `message` is what AWS always says with that
    error, for faults that are raised without one. A name the model does not have
    becomes a new error shape, so undeclared errors (`InvalidParameterValue`) have a status and a side to
    blame too. `type` sets the JSON `__type` where it is not the shape's name, in full
    (`com.amazon.coral.service#...`).

`constraints`
    `Structure.Member`, `List.member`, `Map.key`, `Map.value` or a bare shape → one constraint or a list of
    them: `{"min", "max", "pattern", "enum", "required", "code", "message", "members", "source"}`. `min` and `max`
    bound numbers by value and everything else by length; a null removes the model's own, and `"enum": true` is
    the model's own list. With `code` and `message` a violation is answered with exactly that, instead of the
    service's dialect; `{value}`, `{member}` (the wire name) and `{path}` are replaced in the message and in the
    texts of `members`, the error's further members. In S3's dialect such an entry may have `"unreadable": true`:
    it is for texts that are not of the member's type; with `"blank": true` an empty text is as good as none. When
    several entries are given they are tried in order, before the model's own. Example:

        "ReceiveMessageRequest.MaxNumberOfMessages": {
            "min": 1, "max": 10, "code": "InvalidParameterValue",
            "message": "Value {value} for parameter {member} is invalid. Reason: Must be between 1 and 10, if
            provided.", "source":
            "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html"
        }

Other keys are the service's own; `Model.patch` hands them out.
"""

from typing import Any

Raw = dict[str, Any]

CONSTRAINT_TRAITS = ("min", "max", "pattern", "enum")


def merge_patch(source: Raw, patch: Raw) -> Raw:
    """`source` with `patch` applied; ValueError for a patch that names a shape or member which is not there."""
    source = dict(source)
    for part in ("metadata", "operations", "shapes", "pagination"):
        if part in patch:
            source[part] = _merged(source.get(part, {}), patch[part])
    for name, facts in patch.get("errors", {}).items():
        _add_error(source["shapes"], name, facts)
    for path, given in patch.get("constraints", {}).items():
        _constrain(source["shapes"], path, given if isinstance(given, list) else [given])
    source["patch"] = {
        key: value
        for key, value in patch.items()
        if key not in ("metadata", "operations", "shapes", "pagination", "errors", "constraints")
    }
    return source


def _merged(base: Any, extra: Any) -> Any:
    if not (isinstance(base, dict) and isinstance(extra, dict)):
        return extra
    result = dict(base)
    for key, value in extra.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = _merged(result.get(key), value)
    return result


def _add_error(shapes: Raw, name: str, facts: Raw) -> None:
    shape = dict(shapes.get(name) or {"type": "structure", "members": {}, "exception": True, "undeclared": True})
    error = dict(shape.get("error") or {})
    for trait, key in (
        ("code", "code"),
        ("httpStatusCode", "status"),
        ("senderFault", "sender"),
        ("type", "type"),
        ("message", "message"),
    ):
        if key in facts:
            error[trait] = facts[key]
    shape["exception"] = True
    shape["error"] = error
    shapes[name] = shape


def _constrain(shapes: Raw, path: str, entries: list[Raw]) -> None:
    name, _, part = path.partition(".")
    if name not in shapes:
        raise ValueError(f"the patch constrains {path}, but there is no shape {name}")
    shape = dict(shapes[name])
    shapes[name] = shape
    if not part:
        _apply(shape, entries, shape.get("enum"))
        return
    if shape["type"] == "structure":
        if part not in shape.get("members", {}):
            raise ValueError(f"the patch constrains {path}, but {name} has no such member")
        shape["members"] = dict(shape["members"])
        holder, key = shape["members"], part
        _require(shape, part, entries)
    elif part in ("member", "key", "value") and part in shape:
        holder, key = shape, part
    else:
        raise ValueError(f"the patch constrains {path}, but {name} is a {shape['type']}")
    holder[key] = dict(holder[key])
    _apply(holder[key], entries, shapes[holder[key]["shape"]].get("enum"))


def _apply(target: Raw, entries: list[Raw], choices: Any) -> None:
    """Worded constraints stay apart as `rules`; bare ones replace the model's traits (null: none)."""
    rules = [
        {**entry, "enum": choices} if entry.get("enum") is True else entry for entry in entries if "message" in entry
    ]
    if rules:
        target["rules"] = [*target.get("rules", []), *rules]
    for entry in entries:
        if "message" not in entry:
            for trait in CONSTRAINT_TRAITS:
                if trait in entry:
                    target[trait] = entry[trait]


def _require(shape: Raw, member: str, entries: list[Raw]) -> None:
    for entry in entries:
        if "required" in entry:
            required = [name for name in shape.get("required", []) if name != member]
            shape["required"] = [*required, member] if entry["required"] else required
