"""Nothing is silently ignored: what has no effect is named in the answer, and refused by `--strict`."""

from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.conftest import Clients, CloudThread
from tests.running import RunningCloud

from orrery.gateway.unread import load_unread

UNREAD = {"sts": {"GetSessionToken": ("DurationSeconds",)}}


def with_unread(cloud: RunningCloud) -> RunningCloud:
    """Let the gateway believe that nothing reads DurationSeconds."""
    cloud.cloud.pipeline.unread = UNREAD
    return cloud


def test_a_member_without_effect_is_named_in_the_answer_and_the_ring(cloud: RunningCloud) -> None:
    sts = Clients(with_unread(cloud)).sts

    headers = sts.get_session_token(DurationSeconds=900)["ResponseMetadata"]["HTTPHeaders"]
    plain = sts.get_session_token()["ResponseMetadata"]["HTTPHeaders"]

    assert headers["x-orrery-ignored"] == "DurationSeconds"
    assert "x-orrery-ignored" not in plain
    assert [entry.ignored for entry in cloud.cloud.ring.last(2)] == ["DurationSeconds", ""]


def test_strict_refuses_a_member_without_effect_and_changes_nothing(harness: CloudThread) -> None:
    cloud = with_unread(harness.start(strict=True))

    with pytest.raises(ClientError) as raised:
        Clients(cloud).sts.get_session_token(DurationSeconds=900)
    error: Any = raised.value.response
    Clients(cloud).sts.get_session_token()
    cloud.stop()

    assert error["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert "DurationSeconds" in error["Error"]["Message"]


def test_the_table_of_unread_members_can_be_read() -> None:
    assert set(load_unread()) >= {"sqs", "sts"}
