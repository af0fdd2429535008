"""The Python names of operations are boto3's, for every operation of every service."""

import pytest
from botocore import xform_name

from orrery.wire.catalog import Models
from orrery.wire.naming import snake


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("CreateQueue", "create_queue"),
        ("ListWebACLs", "list_web_acls"),
        ("DescribeCachediSCSIVolumes", "describe_cached_iscsi_volumes"),
        ("ExecutePartiQLStatement", "execute_partiql_statement"),
        ("GetHITsForX", "get_hi_ts_for_x"),
        ("CreateOAuth2Token", "create_oauth2_token"),
        ("already_snake", "already_snake"),
    ],
)
def test_a_name_becomes_what_boto3_calls_it(name: str, expected: str) -> None:
    assert snake(name) == expected


def test_every_operation_has_boto3_s_name(models: Models) -> None:
    different = [
        f"{service}.{name}"
        for service in models.catalog.services
        for name in models(service).operations
        if snake(name) != xform_name(name)
    ]

    assert not different
