"""From a fault to status, code and side, by model, patch and AWS's common errors."""

import pytest

from orrery.wire.catalog import Models
from orrery.wire.errors import resolve
from orrery.wire.fault import Fault


def test_a_modelled_error_has_the_model_s_facts(models: Models) -> None:
    error = resolve(models("sqs"), Fault("QueueDoesNotExist", "Gone."), "json")

    assert (error.name, error.code, error.status) == (
        "QueueDoesNotExist",
        "AWS.SimpleQueueService.NonExistentQueue",
        400,
    )
    assert error.message_name == "message"


@pytest.mark.parametrize(
    ("code", "protocol", "status"),
    [
        ("AccessDenied", "query", 403),
        ("AccessDeniedException", "json", 400),
        ("AccessDeniedException", "rest-json", 403),
        ("InternalFailure", "json", 500),
        ("NotImplemented", "query", 501),
        ("UnknownOperationException", "rest-json", 404),
        ("UnknownOperationException", "json", 400),
        ("NeverHeardOf", "query", 400),
    ],
)
def test_aws_s_common_errors_have_their_status(models: Models, code: str, protocol: str, status: int) -> None:
    assert resolve(models("sts"), Fault(code), protocol).status == status


def test_a_fault_may_bring_its_own_status(models: Models) -> None:
    assert resolve(models("sqs"), Fault("Whatever", status=418), "json").status == 418


def test_members_that_are_none_are_left_out(models: Models) -> None:
    fault = Fault("TransactionCanceledException", "no", CancellationReasons=None)

    assert resolve(models("dynamodb"), fault, "json").members == {}


def test_an_error_s_own_member_called_status_is_no_http_status(models: Models) -> None:
    error = resolve(models("cloudsearchdomain"), Fault("DocumentServiceException", "m", status="failed"), "rest-json")  # type: ignore[arg-type]

    assert error.members == {"status": "failed"}
    assert error.status == 400
