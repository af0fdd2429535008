"""What a new bucket's configuration is, and its tags."""

from typing import Any

import pytest
from tests.operating import set_era
from tests.services.s3.refused import code_of, refused


@pytest.fixture
def s3(aws: Any) -> Any:
    """A client in an account that has one bucket, called bucket."""
    aws.s3.create_bucket(Bucket="bucket")
    return aws.s3


def answer(call: Any, **members: Any) -> dict[str, Any]:
    found: dict[str, Any] = call(Bucket="bucket", **members)
    assert found.pop("ResponseMetadata")["HTTPStatusCode"] == 200
    return found


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ("get_bucket_versioning", {}),
        ("get_bucket_logging", {}),
        ("get_bucket_notification_configuration", {}),
        ("get_bucket_accelerate_configuration", {}),
        ("get_bucket_request_payment", {"Payer": "BucketOwner"}),
        ("get_bucket_abac", {"AbacStatus": {"Status": "Disabled"}}),
        (
            "get_bucket_ownership_controls",
            {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}},
        ),
        (
            "get_public_access_block",
            {
                "PublicAccessBlockConfiguration": {
                    "BlockPublicAcls": True,
                    "IgnorePublicAcls": True,
                    "BlockPublicPolicy": True,
                    "RestrictPublicBuckets": True,
                }
            },
        ),
        ("list_bucket_analytics_configurations", {"IsTruncated": False}),
        ("list_bucket_intelligent_tiering_configurations", {"IsTruncated": False}),
        ("list_bucket_inventory_configurations", {"IsTruncated": False}),
        ("list_bucket_metrics_configurations", {"IsTruncated": False}),
    ],
)
def test_a_new_bucket_is_configured_as_aws_makes_it(s3: Any, operation: str, expected: dict[str, Any]) -> None:
    assert answer(getattr(s3, operation)) == expected


@pytest.mark.parametrize(
    ("operation", "code", "message"),
    [
        ("get_bucket_tagging", "NoSuchTagSet", "The TagSet does not exist"),
        ("get_bucket_policy", "NoSuchBucketPolicy", "The bucket policy does not exist"),
        ("get_bucket_policy_status", "NoSuchBucketPolicy", "The bucket policy does not exist"),
        ("get_bucket_cors", "NoSuchCORSConfiguration", "The CORS configuration does not exist"),
        (
            "get_bucket_website",
            "NoSuchWebsiteConfiguration",
            "The specified bucket does not have a website configuration",
        ),
        (
            "get_bucket_lifecycle_configuration",
            "NoSuchLifecycleConfiguration",
            "The lifecycle configuration does not exist",
        ),
        (
            "get_bucket_replication",
            "ReplicationConfigurationNotFoundError",
            "The replication configuration was not found",
        ),
        (
            "get_object_lock_configuration",
            "ObjectLockConfigurationNotFoundError",
            "Object Lock configuration does not exist for this bucket",
        ),
    ],
)
def test_what_a_new_bucket_does_not_have_is_said(s3: Any, operation: str, code: str, message: str) -> None:
    error = refused(getattr(s3, operation), Bucket="bucket")

    assert error == {"Code": code, "Message": message, "BucketName": "bucket", "status": 404}


@pytest.mark.parametrize(
    "operation",
    [
        "get_bucket_analytics_configuration",
        "get_bucket_intelligent_tiering_configuration",
        "get_bucket_inventory_configuration",
        "get_bucket_metrics_configuration",
        "delete_bucket_analytics_configuration",
        "delete_bucket_intelligent_tiering_configuration",
        "delete_bucket_inventory_configuration",
        "delete_bucket_metrics_configuration",
    ],
)
def test_no_named_configuration_is_there(s3: Any, operation: str) -> None:
    assert refused(getattr(s3, operation), Bucket="bucket", Id="any") == {
        "Code": "NoSuchConfiguration",
        "Message": "The specified configuration does not exist.",
        "status": 404,
    }


@pytest.mark.parametrize("name", ["policy", "cors", "website", "lifecycle", "replication", "encryption", "tagging"])
def test_deleting_what_was_never_set_succeeds(s3: Any, name: str) -> None:
    call = getattr(s3, f"delete_bucket_{name}")

    for _ in range(2):
        assert call(Bucket="bucket")["ResponseMetadata"]["HTTPStatusCode"] == 204


OPERATIONS = [
    "get_bucket_abac",
    "get_bucket_accelerate_configuration",
    "get_bucket_acl",
    "get_bucket_cors",
    "get_bucket_encryption",
    "get_bucket_lifecycle_configuration",
    "get_bucket_location",
    "get_bucket_logging",
    "get_bucket_notification_configuration",
    "get_bucket_ownership_controls",
    "get_bucket_policy",
    "get_bucket_policy_status",
    "get_bucket_replication",
    "get_bucket_request_payment",
    "get_bucket_tagging",
    "get_bucket_versioning",
    "get_bucket_website",
    "get_object_lock_configuration",
    "get_public_access_block",
    "list_bucket_inventory_configurations",
    "delete_bucket_cors",
    "delete_bucket_encryption",
    "delete_bucket_lifecycle",
    "delete_bucket_ownership_controls",
    "delete_bucket_policy",
    "delete_bucket_replication",
    "delete_bucket_tagging",
    "delete_bucket_website",
]


@pytest.mark.row("S3-017")
def test_a_bucket_that_is_not_there_has_no_configuration(s3: Any, aws: Any) -> None:
    other = aws.at(account="111111111111").s3

    for operation in OPERATIONS:
        assert code_of(getattr(s3, operation), Bucket="no-such-bucket") == ("NoSuchBucket", 404), operation
        assert code_of(getattr(other, operation), Bucket="bucket") == ("AccessDenied", 403), operation


@pytest.mark.parametrize(
    ("operation", "members"),
    [
        ("put_bucket_versioning", {"VersioningConfiguration": {"Status": "Enabled"}}),
        ("put_bucket_request_payment", {"RequestPaymentConfiguration": {"Payer": "Requester"}}),
        ("put_bucket_policy", {"Policy": "{}"}),
        ("put_public_access_block", {"PublicAccessBlockConfiguration": {"BlockPublicAcls": False}}),
        ("delete_public_access_block", {}),
    ],
)
def test_setting_what_is_not_built_is_refused(s3: Any, operation: str, members: dict[str, Any]) -> None:
    assert code_of(getattr(s3, operation), Bucket="bucket", **members) == ("NotImplemented", 501)


# --- encryption ---


def test_a_new_bucket_encrypts_with_s3_s_own_keys_and_takes_none_of_clients(s3: Any) -> None:
    found = answer(s3.get_bucket_encryption)

    assert found["ServerSideEncryptionConfiguration"]["Rules"] == [
        {
            "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
            "BucketKeyEnabled": False,
            "BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]},
        }
    ]


def test_a_deleted_encryption_leaves_an_empty_configuration(s3: Any) -> None:
    s3.delete_bucket_encryption(Bucket="bucket")

    assert answer(s3.get_bucket_encryption) == {"ServerSideEncryptionConfiguration": {}}
    assert s3.put_object(Bucket="bucket", Key="k", Body=b"x")["ServerSideEncryption"] == "AES256"


def test_buckets_of_the_notes_era_have_no_default_encryption(s3: Any, cloud: Any) -> None:
    set_era(cloud, "notes2020")

    assert refused(s3.get_bucket_encryption, Bucket="bucket") == {
        "Code": "ServerSideEncryptionConfigurationNotFoundError",
        "Message": "The server side encryption configuration was not found",
        "BucketName": "bucket",
        "status": 404,
    }


# --- who may ---


def test_the_owner_alone_has_all_rights(s3: Any, aws: Any) -> None:
    s3.put_object(Bucket="bucket", Key="k", Body=b"x")
    owner = s3.list_buckets()["Owner"]["ID"]
    expected = {
        "Owner": {"ID": owner},
        "Grants": [{"Grantee": {"ID": owner, "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"}],
    }

    assert answer(s3.get_bucket_acl) == expected
    assert answer(s3.get_object_acl, Key="k") == expected
    assert code_of(s3.get_object_acl, Bucket="bucket", Key="no-such-key") == ("NoSuchKey", 404)
    assert aws.at(account="111111111111").s3.list_buckets()["Owner"]["ID"] != owner


def test_acls_are_refused_where_the_owner_is_enforced(s3: Any) -> None:
    s3.put_object(Bucket="bucket", Key="k", Body=b"x")
    expected = {
        "Code": "AccessControlListNotSupported",
        "Message": "The bucket does not allow ACLs",
        "status": 400,
    }

    assert refused(s3.put_bucket_acl, Bucket="bucket", ACL="public-read") == expected
    assert refused(s3.put_object_acl, Bucket="bucket", Key="k", ACL="public-read") == expected


def test_objects_have_no_locks_where_the_bucket_has_none(s3: Any) -> None:
    s3.put_object(Bucket="bucket", Key="k", Body=b"x")
    retention = {"Mode": "GOVERNANCE", "RetainUntilDate": "2030-01-01T00:00:00Z"}
    for call, members in (
        (s3.get_object_retention, {}),
        (s3.get_object_legal_hold, {}),
        (s3.put_object_retention, {"Retention": retention}),
        (s3.put_object_legal_hold, {"LegalHold": {"Status": "ON"}}),
    ):
        assert refused(call, Bucket="bucket", Key="k", **members) == {
            "Code": "InvalidRequest",
            "Message": "Bucket is missing Object Lock Configuration",
            "status": 400,
        }


# --- tags ---


def tags(*pairs: tuple[str, str]) -> dict[str, Any]:
    return {"TagSet": [{"Key": key, "Value": value} for key, value in pairs]}


def test_tags_are_set_as_a_whole_read_and_taken_off(s3: Any) -> None:
    put = s3.put_bucket_tagging(Bucket="bucket", Tagging=tags(("b", "2"), ("a", "")))
    assert put["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert answer(s3.get_bucket_tagging) == tags(("b", "2"), ("a", ""))

    s3.put_bucket_tagging(Bucket="bucket", Tagging=tags(("c", "3")))
    assert answer(s3.get_bucket_tagging) == tags(("c", "3"))

    s3.delete_bucket_tagging(Bucket="bucket")
    assert code_of(s3.get_bucket_tagging, Bucket="bucket") == ("NoSuchTagSet", 404)


def test_an_empty_set_of_tags_takes_all_off(s3: Any) -> None:
    s3.put_bucket_tagging(Bucket="bucket", Tagging=tags(("a", "1")))

    s3.put_bucket_tagging(Bucket="bucket", Tagging=tags())

    assert code_of(s3.get_bucket_tagging, Bucket="bucket") == ("NoSuchTagSet", 404)


BAD_TAGS = [
    ((("k&", "v"),), "The TagKey you have provided is invalid", {"TagKey": "k&"}),
    ((("k" * 129, "v"),), "The TagKey you have provided is invalid", {"TagKey": "k" * 129}),
    ((("k", "v&"),), "The TagValue you have provided is invalid", {"TagKey": "k", "TagValue": "v&"}),
    ((("k", "v" * 257),), "The TagValue you have provided is invalid", {"TagKey": "k", "TagValue": "v" * 257}),
    ((("k", "1"), ("k", "2")), "Cannot provide multiple Tags with the same key", {"TagKey": "k"}),
    ((("aws:k", "v"),), "System tags cannot be added/updated by requester", {"TagKey": "aws:k"}),
]


@pytest.mark.parametrize(("pairs", "message", "members"), BAD_TAGS)
def test_a_bad_tag_is_refused_and_changes_nothing(
    s3: Any, pairs: tuple[tuple[str, str], ...], message: str, members: dict[str, str]
) -> None:
    expected = {"Code": "InvalidTag", "Message": message, **members, "status": 400}

    assert refused(s3.put_bucket_tagging, Bucket="bucket", Tagging=tags(*pairs)) == expected
    assert code_of(s3.get_bucket_tagging, Bucket="bucket") == ("NoSuchTagSet", 404)
    made = {"Bucket": "another", "CreateBucketConfiguration": {"Tags": tags(*pairs)["TagSet"]}}
    assert refused(s3.create_bucket, **made) == expected
    assert code_of(s3.head_bucket, Bucket="another") == ("404", 404)


def test_tags_may_hold_letters_of_every_script_and_some_signs(s3: Any) -> None:
    good = tags(("Schlüssel 鍵", "v_.:/=+-@ 9"), ("k" * 128, "v" * 256), ("xaws:", "\u00a0"))

    s3.put_bucket_tagging(Bucket="bucket", Tagging=good)

    assert answer(s3.get_bucket_tagging) == good


def test_a_bucket_has_fifty_tags_at_most(s3: Any) -> None:
    s3.put_bucket_tagging(Bucket="bucket", Tagging=tags(*((f"k{n}", "v") for n in range(50))))

    assert refused(s3.put_bucket_tagging, Bucket="bucket", Tagging=tags(*((f"k{n}", "v") for n in range(51)))) == {
        "Code": "BadRequest",
        "Message": "Bucket tag count cannot be greater than 50",
        "status": 400,
    }
    assert len(answer(s3.get_bucket_tagging)["TagSet"]) == 50
