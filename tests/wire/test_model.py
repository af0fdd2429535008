"""Models: what operations, shapes, errors and paginators say of themselves."""

import pytest
from tests.wire.small_model import model_of, structure

from orrery.wire.catalog import Models
from orrery.wire.model import load_model


def test_metadata_of_a_real_service(models: Models) -> None:
    sqs = models("sqs")

    assert (sqs.service_id, sqs.api_version, sqs.signing_name) == ("SQS", "2012-11-05", "sqs")
    assert (sqs.protocol, sqs.protocols, sqs.target_prefix) == ("json", ("json", "query"), "AmazonSQS")
    assert sqs.xml_namespace == "http://queue.amazonaws.com/doc/2012-11-05/"
    assert sqs.query_compatible
    assert sqs.by_function["create_queue"] == "CreateQueue"


def test_an_operation_knows_its_shapes_errors_and_paging(models: Models) -> None:
    listing = models("sqs").operation("ListQueues")

    assert listing.function == "list_queues"
    assert listing.input is not None
    assert listing.input.name == "ListQueuesRequest"
    assert "QueueDoesNotExist" not in listing.errors
    assert listing.paginator is not None
    assert listing.paginator.output_token == ("NextToken",)
    assert listing.paginator.limit_key == "MaxResults"


def test_streams_tokens_and_checksums_are_found(models: Models) -> None:
    put, launch = models("s3").operation("PutObject"), models("ec2").operation("RunInstances")

    assert put.streaming_input is not None
    assert put.streaming_input.name == "Body"
    assert put.http_checksum["requestAlgorithmMember"] == "ChecksumAlgorithm"
    assert models("s3").operation("DeleteObjects").http_checksum_required
    assert models("s3").operation("GetObject").streaming_output is not None
    assert launch.idempotency_tokens == ("ClientToken",)


def test_how_an_operation_is_authenticated(models: Models) -> None:
    assert models("sqs").operation("SendMessage").auth == "v4"
    assert models("sts").operation("AssumeRoleWithWebIdentity").auth == "none"
    assert models("s3").operation("WriteGetObjectResponse").auth == "v4-unsigned-body"


def test_an_unknown_operation_or_shape_is_a_key_error(models: Models) -> None:
    for look in (models("sqs").operation, models("sqs").shape):
        with pytest.raises(KeyError):
            look("Nonsense")
    assert "Nonsense" not in models("sqs").operations


def test_an_unknown_service_is_a_lookup_error() -> None:
    with pytest.raises(LookupError):
        load_model("nonsense")


def test_an_error_is_found_by_its_shape_s_name_and_by_its_code(models: Models) -> None:
    by_name = models("sqs").error("QueueDoesNotExist")

    assert by_name is models("sqs").error("AWS.SimpleQueueService.NonExistentQueue")
    assert by_name is not None
    assert (by_name.status, by_name.sender) == (400, True)
    assert models("sqs").error("Nonsense") is None


def test_a_fault_of_the_service_has_status_500_where_the_model_gives_none() -> None:
    shapes = {"Broken": {"type": "structure", "members": {}, "exception": True, "fault": True}}

    error = model_of("json", shapes).error("Broken")

    assert error is not None
    assert (error.status, error.sender) == (500, False)


def test_recursive_shapes_are_built() -> None:
    shapes = {"In": structure(Next="In", Name="String")}

    members = model_of("json", shapes).shape("In").members

    assert members["Next"].shape.members["Next"].shape is members["Next"].shape


def test_a_member_s_own_traits_win_over_its_shape_s() -> None:
    shapes = {
        "In": structure(One={"shape": "Small", "max": 3}, Two="Small"),
        "Small": {"type": "integer", "min": 1, "max": 9},
    }

    members = model_of("json", shapes).shape("In").members

    assert (members["One"].min, members["One"].max, members["Two"].max) == (1, 3, 9)


def test_the_key_of_a_member_is_its_json_name_in_the_body_and_marked_elsewhere() -> None:
    shapes = {
        "In": structure(
            Body={"shape": "String", "locationName": "body"},
            Field={"shape": "String", "location": "header", "locationName": "body"},
        )
    }

    members = model_of("rest-json", shapes).shape("In").members

    assert (members["Body"].key, members["Field"].key) == ("body", "@Field")
