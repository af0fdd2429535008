"""Policies of browser uploads: what they say and what they let pass."""

import json
from base64 import b64encode
from typing import Any

import pytest

from orrery.wire.signing.post_policy import PostPolicy, check_fields, check_size, decode
from orrery.wire.signing.problem import SignatureProblem


def document(policy: Any) -> str:
    text = policy if isinstance(policy, str) else json.dumps(policy)
    return b64encode(text.encode()).decode()


def policy_of(*conditions: Any) -> PostPolicy:
    return decode(document({"expiration": "2007-12-01T12:00:00.000Z", "conditions": list(conditions)}))


def test_a_policy_tells_when_it_ends_and_which_sizes_it_takes() -> None:
    policy = policy_of({"acl": "public-read"}, ["content-length-range", 10, 1048579])

    assert policy.expiration == 1_196_510_400_000
    assert (policy.smallest, policy.largest) == (10, 1048579)
    assert [(one.operator, one.field, one.value) for one in policy.conditions] == [("eq", "acl", "public-read")]


def test_a_dollar_and_a_vertical_tab_may_be_escaped() -> None:
    text = '{"expiration":"2007-12-01T12:00:00Z","conditions":[["eq","\\$key","a\\\\$\\v\\u00e9"]]}'

    condition = decode(document(text)).conditions[0]

    assert (condition.field, condition.value) == ("key", "a\\$\x0bé")


def test_a_form_that_meets_every_condition_passes() -> None:
    policy = policy_of(
        {"bucket": "b"},
        ["starts-with", "$key", "user/"],
        ["eq", "$acl", "private"],
        ["starts-with", "$Content-Type", "image/"],
        ["starts-with", "$x-amz-meta-tag", ""],
    )
    fields = {
        "key": "user/me.jpg",
        "acl": "private",
        "content-type": "image/png,image/jpeg",
        "x-amz-meta-tag": "anything",
        "policy": "...",
        "awsaccesskeyid": "AK",
        "signature": "s",
        "x-amz-signature": "s",
        "x-ignore-me": "1",
    }

    check_fields(policy, fields, "b")


@pytest.mark.parametrize(
    ("condition", "fields", "text"),
    [
        ({"bucket": "c"}, {}, '["eq", "$bucket", "c"]'),
        (["eq", "$key", "a"], {"key": "b"}, '["eq", "$key", "a"]'),
        (["eq", "key", "a"], {"key": "a"}, '["eq", "key", "a"]'),
        (["content-length-range", "test", 10], {}, '["content-length-range", "test", "10"]'),
        ({"bucket": "b"}, {"bucket": "b"}, '["eq", "$bucket", "b"]'),
        (["starts-with", "$key", "user/"], {"key": "root"}, '["starts-with", "$key", "user/"]'),
        (["starts-with", "$Content-Type", ""], {}, '["starts-with", "$Content-Type", ""]'),
        (
            ["starts-with", "$content-type", "image/"],
            {"content-type": "image/png,text/html"},
            '["starts-with", "$content-type", "image/"]',
        ),
    ],
)
def test_a_condition_that_is_not_met_is_named(condition: Any, fields: dict[str, str], text: str) -> None:
    with pytest.raises(SignatureProblem) as caught:
        check_fields(policy_of(condition), fields, "elsewhere")

    assert (caught.value.kind, caught.value.details) == ("policy-failed", {"condition": text})


def test_a_field_that_no_condition_names_is_extra() -> None:
    with pytest.raises(SignatureProblem) as caught:
        check_fields(policy_of(["eq", "$key", "a"]), {"key": "a", "acl": "private", "tagging": "x"}, "b")

    assert (caught.value.kind, caught.value.details) == ("policy-extra", {"fields": "acl, tagging"})


@pytest.mark.parametrize(("size", "kind"), [(9, "too-small"), (10, None), (20, None), (21, "too-large")])
def test_a_files_size_is_held_against_the_range(size: int, kind: str | None) -> None:
    policy = policy_of(["content-length-range", 10, 20])

    if kind is None:
        check_size(policy, size)
    else:
        with pytest.raises(SignatureProblem, match=kind):
            check_size(policy, size)


@pytest.mark.parametrize(
    "text",
    [
        "!!!",
        document("nonsense"),
        document("[]"),
        document({"conditions": []}),
        document({"expiration": "2007-12-01T12:00:00Z"}),
        document({"expiration": "soon", "conditions": []}),
        document({"expiration": "2007-13-01T12:00:00Z", "conditions": []}),
        document({"expiration": 5, "conditions": []}),
        document({"expiration": "2007-12-01T12:00:00Z", "conditions": {}}),
        document({"expiration": "2007-12-01T12:00:00Z", "conditions": [{}]}),
        document({"expiration": "2007-12-01T12:00:00Z", "conditions": [{"a": "b", "c": "d"}]}),
        document({"expiration": "2007-12-01T12:00:00Z", "conditions": [{"a": 1}]}),
        document({"expiration": "2007-12-01T12:00:00Z", "conditions": [["eq", "$key"]]}),
        document({"expiration": "2007-12-01T12:00:00Z", "conditions": [["like", "$key", "a"]]}),
        document({"expiration": "2007-12-01T12:00:00Z", "conditions": [["content-length-range", 1]]}),
        document({"expiration": "2007-12-01T12:00:00Z", "conditions": ["eq"]}),
        document("[" * 100_000),
    ],
)
def test_a_malformed_policy_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(SignatureProblem) as caught:
        decode(text)

    assert caught.value.kind == "policy-malformed"
    assert caught.value.details["reason"]
