"""Version 4A at the gate: signed by AWS's common runtime, valid where its region set says."""

import pytest
from tests.gateway.verifying import S3, SQS, StandingClock, changed, refusal, verifier
from tests.wire.signing.test_sigv4a import signed

from orrery.gateway.verify import Verified
from orrery.wire.http import Head
from orrery.wire.signing.stamp import parse_basic

EVERY = SQS._replace(services=frozenset(("s3",)))


def clock_of(head: Head) -> StandingClock:
    """A clock that stands at the moment a request was signed."""
    text = head.headers.text(b"x-amz-date")
    if text is None:
        text = head.query.decode().partition("X-Amz-Date=")[2][:16]
    return StandingClock(parse_basic(text).at)


@pytest.mark.row("SDK-005")
@pytest.mark.parametrize("query", [False, True])
def test_an_asymmetric_signature_tells_who_and_for_which_region(query: bool) -> None:
    head = signed(query=query, region_set="us-west-2")

    who = verifier(clock_of(head)).verify(head, b"", EVERY)

    assert isinstance(who, Verified)
    assert (who.region, who.service, who.form) == ("us-west-2", "s3", "query" if query else "header")


def test_a_set_of_several_regions_leaves_the_region_to_the_host() -> None:
    head = signed(query=False)

    who = verifier(clock_of(head)).verify(head, b"", EVERY)

    assert isinstance(who, Verified)
    assert who.region == ""


def test_a_region_outside_the_set_is_refused_and_one_inside_accepted() -> None:
    head = signed(query=False)
    by = verifier(clock_of(head))

    assert isinstance(by.verify(head, b"", EVERY._replace(region="eu-west-1")), Verified)
    fault = refusal(head, EVERY._replace(region="ap-south-1"), b"", by)

    assert fault.message == "Credential should be scoped to a valid region, not 'us-east-1,eu-*'. "


def test_a_change_or_a_region_set_left_out_is_refused() -> None:
    head = signed(query=False)
    by = verifier(clock_of(head))

    assert refusal(Head("PUT", head.target, head.headers.raw), EVERY, b"", by).code == "SignatureDoesNotMatch"
    assert refusal(changed(head, b"x-amz-region-set", None), EVERY, b"", by).code == "SignatureDoesNotMatch"
    assert refusal(changed(head, b"x-amz-region-set", None), S3, b"", by).message == (
        "Missing required header for this request: x-amz-region-set"
    )
