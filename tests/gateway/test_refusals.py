"""The table of refusals: whole in every family, its sources named."""

import re
from collections import defaultdict
from pathlib import Path

import pytest

from orrery.gateway import refusals, verify
from orrery.gateway.refusals import TABLES, family_of, refuse
from orrery.wire.signing.problem import SignatureProblem

SOURCES = Path(verify.__file__).parents[1]
ONLY_S3 = ("chunk-", "checksum-", "md5-", "policy-", "too-", "trailer-", "length-", "field-", "-v2")


def kinds() -> set[str]:
    """Every kind of problem that the code names."""
    found: set[str] = set()
    for path in [*SOURCES.glob("wire/signing/*.py"), *SOURCES.glob("gateway/*.py")]:
        found.update(re.findall(r'SignatureProblem\(\s*"([a-z0-9-]+)"', path.read_text()))
    return found | {"expired", "not-yet", "presigned-expired", "presigned-not-yet"}


@pytest.mark.parametrize("family", TABLES)
def test_every_problem_has_an_answer_in_every_family_it_can_come_up_in(family: str) -> None:
    wanted = {kind for kind in kinds() if family == refusals.S3 or not any(part in kind for part in ONLY_S3)}

    assert wanted - set(TABLES[family]) - {kind.removesuffix(".query") for kind in TABLES[family]} == set()


@pytest.mark.parametrize("family", TABLES)
def test_every_answer_names_its_page_and_has_a_status(family: str) -> None:
    for row in TABLES[family].values():
        assert row.source.startswith("https://docs.aws.amazon.com/")
        assert 400 <= row.status < 500
        assert row.code and row.message


def test_a_members_absent_detail_leaves_the_member_out() -> None:
    details = defaultdict(str, access_key="AK")

    fault = refuse(refusals.S3, SignatureProblem("mismatch", **details))

    assert fault.members == {"AWSAccessKeyId": "AK"}


@pytest.mark.parametrize(
    ("protocol", "service", "compatible", "family"),
    [
        ("json", "sqs", True, refusals.QUERY),
        ("query", "sts", False, refusals.QUERY),
        ("rest-xml", "route53", False, refusals.QUERY),
        ("json", "dynamodb", False, refusals.JSON),
        ("smithy-rpc-v2-cbor", "arc-region-switch", False, refusals.JSON),
        ("rest-json", "lambda", False, refusals.REST_JSON),
        ("ec2", "ec2", False, refusals.EC2),
        ("rest-xml", "s3", False, refusals.S3),
        ("rest-xml", "s3control", False, refusals.S3),
    ],
)
def test_a_service_answers_in_its_family(protocol: str, service: str, compatible: bool, family: str) -> None:
    assert family_of(protocol, service, query_compatible=compatible) == family
