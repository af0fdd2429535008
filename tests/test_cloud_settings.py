from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.conftest import Clients, CloudThread


def made_again_and_purged_twice(aws: Any) -> list[str]:
    """The codes of a queue made again at once after its deletion, and of a second purge at once."""
    codes = []
    url = aws.sqs.create_queue(QueueName="again")["QueueUrl"]
    aws.sqs.purge_queue(QueueUrl=url)
    for call in (aws.sqs.purge_queue, aws.sqs.delete_queue):
        codes.append(code(lambda call=call: call(QueueUrl=url)))
    codes.append(code(lambda: aws.sqs.create_queue(QueueName="again")))
    return codes


def code(call: Any) -> str:
    try:
        call()
    except ClientError as refused:
        assert "--sqs-60-second-rules off lifts it" in refused.response["Error"]["Message"]
        return str(refused.response["Error"]["Code"]).rpartition(".")[2]
    return "done"


@pytest.mark.row("SQS-029", "SQS-043")
@pytest.mark.parametrize(
    ("rules", "codes"),
    [(True, ["PurgeQueueInProgress", "done", "QueueDeletedRecently"]), (False, ["done", "done", "done"])],
)
def test_a_setting_lifts_the_60_second_rules_of_sqs(harness: CloudThread, rules: bool, codes: list[str]) -> None:
    running = harness.start(sqs_60_second_rules=rules)
    try:
        assert made_again_and_purged_twice(Clients(running)) == codes
    finally:
        running.stop()
