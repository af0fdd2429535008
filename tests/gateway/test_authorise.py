"""Who may do what: root all, other principals nothing but what needs no permission; test keys on this machine only."""

from collections.abc import Iterator
from operator import methodcaller
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.conftest import Clients, CloudThread
from tests.running import RunningCloud

from orrery.auth.credentials import SessionKey, new_access_key
from orrery.gateway import callers
from orrery.kernel.kernel import HOME

ADA = "arn:aws:iam::000000000000:user/ada"


def keys_of_a_user(running: RunningCloud) -> dict[str, str]:
    """The session keys of a user who is not root, put where STS puts them."""
    later = running.clock.now() + 3_600_000
    key = SessionKey(
        access_key=new_access_key("ASIA", "000000000000"),
        secret="hush",
        token="token",
        expires=later,
        forgotten=later,
        account="000000000000",
        arn=ADA,
        user_id="AIDAEXAMPLE",
        kind="user",
    )
    kernel = running.cloud.kernel
    running.do(lambda: kernel.change(methodcaller("insert", key), kernel.place(*HOME)))
    return {
        "aws_access_key_id": key.access_key,
        "aws_secret_access_key": key.secret,
        "aws_session_token": key.token,
    }


def code(call: Any) -> str:
    """The code a call is refused with, or "done"."""
    try:
        call()
    except ClientError as refused:
        return str(refused.response["Error"]["Code"])
    return "done"


@pytest.fixture
def auditing(harness: CloudThread) -> Iterator[RunningCloud]:
    """A cloud that lets pass what it would refuse."""
    running = harness.start(auth="audit")
    yield running
    running.stop()


def test_a_principal_without_permissions_may_do_nothing_and_is_told_who_it_is(cloud: RunningCloud) -> None:
    sqs = Clients(cloud).client("sqs", **keys_of_a_user(cloud))
    with pytest.raises(ClientError) as refused:
        sqs.create_queue(QueueName="orders")
    error = refused.value.response["Error"]
    assert error["Code"] == "AccessDenied"
    assert error["Message"].startswith(f"User: {ADA} is not authorized to perform: sqs:CreateQueue on resource: ")
    assert Clients(cloud).sqs.list_queues().get("QueueUrls") is None


def test_what_needs_no_permission_is_given_to_everybody_who_signs(cloud: RunningCloud) -> None:
    sts = Clients(cloud).client("sts", **keys_of_a_user(cloud))
    assert sts.get_caller_identity()["Arn"] == ADA


def test_an_operation_that_is_not_built_is_denied_before_it_is_said_to_be_missing(cloud: RunningCloud) -> None:
    clients = Clients(cloud)
    assert code(clients.client("dynamodb", **keys_of_a_user(cloud)).list_tables).startswith("AccessDenied")
    assert code(clients.client("dynamodb").list_tables) == "NotImplemented"


def test_audit_lets_pass_what_enforce_refuses(auditing: RunningCloud) -> None:
    sqs = Clients(auditing).client("sqs", **keys_of_a_user(auditing))
    assert code(lambda: sqs.create_queue(QueueName="orders")) == "done"


def test_test_keys_open_nothing_to_other_machines_and_roots_own_key_does(
    harness: CloudThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = harness.start(root_key_id="AKIAROOT", root_secret="s3cret")
    try:
        monkeypatch.setattr(callers, "is_loopback", lambda peer: False)
        clients = Clients(running)
        stranger = code(clients.client("sts").get_caller_identity)
        other_root = code(clients.at(account="111122223333").client("sts").get_caller_identity)
        keys = {"aws_access_key_id": "AKIAROOT", "aws_secret_access_key": "s3cret"}
        root = code(clients.client("sts", **keys).get_caller_identity)
    finally:
        running.stop()
    assert (stranger, other_root, root) == ("InvalidClientTokenId", "InvalidClientTokenId", "done")


def test_trusting_the_test_keys_opens_to_other_machines(harness: CloudThread, monkeypatch: pytest.MonkeyPatch) -> None:
    running = harness.start(trust_test_keys=True)
    try:
        monkeypatch.setattr(callers, "is_loopback", lambda peer: False)
        assert code(Clients(running).client("sts").get_caller_identity) == "done"
    finally:
        running.stop()
