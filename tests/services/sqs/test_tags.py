"""Tags of queues."""

import pytest
from tests.conftest import Clients
from tests.services.sqs.asking import Queue, fault_of


def test_tags_are_set_at_birth_added_changed_and_taken_off(aws: Clients) -> None:
    url = aws.sqs.create_queue(QueueName="jobs", tags={"Environment": "Production", "Department": "Finance"})[
        "QueueUrl"
    ]

    aws.sqs.tag_queue(QueueUrl=url, Tags={"Department": "Sales", "Team": "a"})
    aws.sqs.untag_queue(QueueUrl=url, TagKeys=["Environment", "Unknown"])

    assert aws.sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"Department": "Sales", "Team": "a"}


def test_a_queue_without_tags_has_no_tags_member(aws: Clients) -> None:
    queue = Queue(aws, "jobs")

    assert "Tags" not in aws.sqs.list_queue_tags(QueueUrl=queue.url)


def test_a_queue_has_fifty_tags_at_most(aws: Clients) -> None:
    queue = Queue(aws, "jobs")
    aws.sqs.tag_queue(QueueUrl=queue.url, Tags={f"k{n}": "v" for n in range(50)})

    aws.sqs.tag_queue(QueueUrl=queue.url, Tags={"k1": "changed"})
    assert fault_of(aws.sqs.tag_queue, QueueUrl=queue.url, Tags={"one": "more"})[0] == "InvalidParameterValue"
    too_many = {f"k{n}": "v" for n in range(51)}
    assert fault_of(aws.sqs.create_queue, QueueName="new", tags=too_many)[0] == "InvalidParameterValue"


@pytest.mark.row("SQS-001")
def test_tags_are_no_part_of_a_queues_sameness(aws: Clients) -> None:
    first = aws.sqs.create_queue(QueueName="jobs", tags={"a": "1"})

    assert aws.sqs.create_queue(QueueName="jobs", tags={"a": "2"})["QueueUrl"] == first["QueueUrl"]
    assert aws.sqs.list_queue_tags(QueueUrl=first["QueueUrl"])["Tags"] == {"a": "1"}
