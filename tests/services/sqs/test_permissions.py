"""AddPermission and RemovePermission."""

import json
from typing import Any

import pytest
from tests.conftest import Clients
from tests.operating import set_limit
from tests.running import RunningCloud
from tests.services.sqs.asking import Queue, fault_of

ONE, OTHER = "668614515564", "111122223333"


@pytest.fixture
def jobs(aws: Clients) -> Queue:
    return Queue(aws, "jobs")


def allow(queue: Queue, label: str, *accounts: str, actions: tuple[str, ...] = ("ReceiveMessage",)) -> None:
    queue.sqs.add_permission(QueueUrl=queue.url, Label=label, AWSAccountIds=list(accounts), Actions=list(actions))


def policy(queue: Queue) -> Any:
    text = queue.attributes("Policy").get("Policy")
    return None if text is None else json.loads(text)


def statement(queue: Queue, label: str, principals: Any, action: Any = "SQS:ReceiveMessage") -> dict[str, Any]:
    return {
        "Sid": label,
        "Effect": "Allow",
        "Principal": {"AWS": principals},
        "Action": action,
        "Resource": queue.arn,
    }


@pytest.mark.row("SQS-028")
def test_a_permission_becomes_a_statement_and_the_last_one_takes_the_policy_away(jobs: Queue) -> None:
    allow(jobs, "label", ONE, OTHER)

    assert policy(jobs) == {
        "Version": "2008-10-17",
        "Id": f"{jobs.arn}/SQSDefaultPolicy",
        "Statement": [statement(jobs, "label", [f"arn:aws:iam::{ONE}:root", f"arn:aws:iam::{OTHER}:root"])],
    }
    jobs.sqs.remove_permission(QueueUrl=jobs.url, Label="label")
    assert jobs.attributes("Policy") == {}


@pytest.mark.row("SQS-028")
def test_labels_are_used_once(jobs: Queue) -> None:
    allow(jobs, "label", ONE)

    assert fault_of(allow, jobs, "label", OTHER) == (
        "InvalidParameterValue",
        "Value label for parameter Label is invalid. Reason: Already exists.",
    )
    allow(jobs, "label2", OTHER, actions=("SendMessage", "*"))
    assert policy(jobs)["Statement"] == [
        statement(jobs, "label", f"arn:aws:iam::{ONE}:root"),
        statement(jobs, "label2", f"arn:aws:iam::{OTHER}:root", ["SQS:SendMessage", "SQS:*"]),
    ]
    jobs.sqs.remove_permission(QueueUrl=jobs.url, Label="label")
    assert [one["Sid"] for one in policy(jobs)["Statement"]] == ["label2"]
    jobs.sqs.remove_permission(QueueUrl=jobs.url, Label="label2")
    assert fault_of(jobs.sqs.remove_permission, QueueUrl=jobs.url, Label="label2") == (
        "InvalidParameterValue",
        "Value label2 for parameter Label is invalid. Reason: can't find label.",
    )


@pytest.mark.row("SQS-028")
def test_a_permission_is_added_to_a_policy_that_was_set(jobs: Queue) -> None:
    own = {"Sid": "mine", "Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": jobs.arn}
    jobs.set(Policy={"Version": "2012-10-17", "Statement": own})

    allow(jobs, "label", ONE)

    assert policy(jobs) == {
        "Version": "2012-10-17",
        "Statement": [own, statement(jobs, "label", f"arn:aws:iam::{ONE}:root")],
    }


@pytest.mark.row("SQS-028")
def test_what_cannot_be_granted_is_refused(cloud: RunningCloud, jobs: Queue) -> None:
    assert fault_of(allow, jobs, "label", ONE, actions=("CreateQueue",)) == (
        "InvalidParameterValue",
        "Value SQS:CreateQueue for parameter ActionName is invalid. Reason: Only the queue owner is allowed to invoke "
        "this action.",
    )
    for label in ("", "sp ace", "x" * 81):
        assert fault_of(allow, jobs, label, ONE)[0] == "InvalidParameterValue"
    assert fault_of(allow, jobs, "label", "12")[0] == "InvalidParameterValue"
    set_limit(cloud, "sqs.permission-actions", 1)
    assert fault_of(allow, jobs, "label", ONE, actions=("SendMessage", "ReceiveMessage"))[0] == "OverLimit"
    assert jobs.attributes("Policy") == {}
