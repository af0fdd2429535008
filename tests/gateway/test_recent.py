"""The short way of verification accepts what the long way would, and never more."""

from typing import Any

import pytest
from botocore.auth import SigV4Auth
from tests.gateway.verifying import BODY, ROOT, SERVICES, SQS, WHO, StandingClock
from tests.wire.signing.signers import AT, KEY, credentials, request, sign

from orrery.gateway.recent import Recent
from orrery.gateway.verify import Credential, Rules, Verified, Verifier
from orrery.kernel.call import root_of
from orrery.wire.fault import Fault
from orrery.wire.http import Head
from orrery.wire.instant import MINUTE

OTHER_BODY = b'{"QueueName": "another"}'


def signed(
    body: bytes = BODY, at: int = AT, token: str | None = None, path: str = "/", region: str = "us-east-1"
) -> Head:
    made = request("POST", f"http://sqs.us-east-1.amazonaws.com{path}", {"Content-Type": "text/plain"}, body)
    return sign(SigV4Auth(credentials(token), "sqs", region), made, at)


class Counted(Verifier):
    """A verifier that counts how often the short way sufficed."""

    def __init__(self, keys: dict[str, Credential], clock: StandingClock) -> None:
        super().__init__(keys.get, clock)
        self.short = 0
        counted = self

        class Counting(Recent):
            def verify(self, head: Head, body: bytes | str | None, rules: Rules, value: bytes) -> Verified | None:
                found = super().verify(head, body, rules, value)
                counted.short += found is not None
                return found

        self._recent = Counting(self._keys, clock)


def acquainted(keys: dict[str, Credential] | None = None, clock: StandingClock | None = None) -> Counted:
    """A verifier that has verified one request already."""
    verifier = Counted({KEY: ROOT} if keys is None else keys, clock or StandingClock())
    verifier.verify(signed(), BODY, SQS)
    return verifier


def test_a_further_request_of_the_same_second_takes_the_short_way_to_the_same_result() -> None:
    verifier = acquainted()

    short = verifier.verify(signed(OTHER_BODY), OTHER_BODY, SQS)

    assert verifier.short == 1
    assert short == Counted({KEY: ROOT}, StandingClock()).verify(signed(OTHER_BODY), OTHER_BODY, SQS)


def test_requests_for_several_operations_of_a_service_all_take_the_short_way() -> None:
    verifier = acquainted()

    for _ in range(3):
        verifier.verify(signed(OTHER_BODY), OTHER_BODY, Rules(*SQS))

    assert verifier.short == 3


@pytest.mark.row("SDK-005")
def test_another_body_than_the_signed_one_is_refused_after_a_good_request_too() -> None:
    with pytest.raises(Fault) as caught:
        acquainted().verify(signed(), OTHER_BODY, SQS)

    assert caught.value.code == "SignatureDoesNotMatch"


def test_a_signature_of_zeros_is_refused_after_a_good_request_too() -> None:
    head = signed()
    forged = [
        (name, value[:-64] + b"0" * 64 if name.lower() == b"authorization" else value)
        for name, value in head.headers.raw
    ]

    with pytest.raises(Fault) as caught:
        acquainted().verify(Head("POST", b"/", forged), BODY, SQS)

    assert caught.value.code == "SignatureDoesNotMatch"


def test_a_key_that_was_taken_away_no_longer_counts() -> None:
    keys = {KEY: ROOT}
    verifier = acquainted(keys)

    del keys[KEY]

    with pytest.raises(Fault) as caught:
        verifier.verify(signed(), BODY, SQS)
    assert caught.value.code == "InvalidClientTokenId"


def test_a_key_pair_whose_secret_was_changed_no_longer_counts() -> None:
    keys = {KEY: ROOT}
    verifier = acquainted(keys)

    keys[KEY] = Credential("changed", WHO)

    with pytest.raises(Fault) as caught:
        verifier.verify(signed(), BODY, SQS)
    assert caught.value.code == "SignatureDoesNotMatch"


def test_a_key_that_now_stands_for_somebody_else_tells_who_that_is() -> None:
    keys = {KEY: ROOT}
    verifier = acquainted(keys)

    keys[KEY] = ROOT._replace(principal=root_of("222222222222"))

    who = verifier.verify(signed(), BODY, SQS)
    assert isinstance(who, Verified)
    assert who.principal.account == "222222222222"


def test_a_good_request_repeated_a_quarter_of_an_hour_later_is_refused() -> None:
    clock = StandingClock()
    verifier = acquainted(clock=clock)

    clock.host += 16 * MINUTE

    with pytest.raises(Fault) as caught:
        verifier.verify(signed(), BODY, SQS)
    assert caught.value.code == "SignatureDoesNotMatch"


def test_a_credential_scope_of_another_service_is_refused_after_a_good_request_too() -> None:
    with pytest.raises(Fault):
        acquainted().verify(signed(), BODY, SERVICES["dynamodb"])


@pytest.mark.parametrize(
    "head", [signed(path="/path"), signed(path="/?a=b"), signed(at=AT + 1000), signed(region="eu-west-1")]
)
def test_what_differs_in_more_than_its_body_takes_the_long_way(head: Head) -> None:
    verifier = acquainted()

    assert isinstance(verifier.verify(head, BODY, SQS), Verified)
    assert verifier.short == 0


def test_a_token_nobody_was_given_is_refused_after_a_good_request_too() -> None:
    head = signed()
    with_token = Head("POST", b"/", [*head.headers.raw, (b"X-Amz-Security-Token", b"token")])

    with pytest.raises(Fault) as caught:
        acquainted().verify(with_token, BODY, SQS)

    assert caught.value.code == "InvalidClientTokenId"


@pytest.mark.parametrize(
    "change",
    [
        lambda fields: [(n, b"text/html" if n.lower() == b"content-type" else v) for n, v in fields],
        lambda fields: [*fields, (b"Content-Type", b"text/html")],
        lambda fields: [(n, v) for n, v in fields if n.lower() != b"content-type"],
    ],
    ids=["another value", "a second value", "no value"],
)
def test_a_signed_field_that_was_tampered_with_is_refused_after_a_good_request_too(change: Any) -> None:
    verifier = acquainted()
    verifier.verify(signed(), BODY, SQS)

    with pytest.raises(Fault) as caught:
        verifier.verify(Head("POST", b"/", change(signed().headers.raw)), BODY, SQS)

    assert caught.value.code in ("SignatureDoesNotMatch", "IncompleteSignature")


def test_fields_with_ever_new_values_take_the_short_way_too() -> None:
    verifier = acquainted()

    for number in range(100):
        made = request("POST", "http://sqs.us-east-1.amazonaws.com/", {"Content-Type": f"text/{number % 70}"}, BODY)
        verifier.verify(sign(SigV4Auth(credentials(), "sqs", "us-east-1"), made, AT), BODY, SQS)

    assert verifier.short == 100
