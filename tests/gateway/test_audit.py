"""`--auth audit` lets pass what would be denied, and says so."""

from typing import Any

import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError
from tests.conftest import Clients, CloudThread


@pytest.mark.parametrize(("auth", "code"), [("enforce", "AccessDenied"), ("audit", "NotImplemented")])
def test_a_call_that_nobody_may_make_is_denied_or_noted(harness: CloudThread, auth: str, code: str) -> None:
    cloud = harness.start(auth=auth)
    sts = Clients(cloud).client("sts", config=Config(signature_version=UNSIGNED, retries={"max_attempts": 0}))

    with pytest.raises(ClientError) as raised:
        sts.assume_role_with_web_identity(
            RoleArn="arn:aws:iam::000000000000:role/some-role", RoleSessionName="me", WebIdentityToken="a.b.c.d"
        )
    error: Any = raised.value.response["Error"]
    entry = cloud.cloud.ring.last(1)[0]
    cloud.stop()

    assert error["Code"] == code
    assert ("is not authorized to perform: sts:AssumeRoleWithWebIdentity" in entry.audited) == (auth == "audit")
    assert ("let pass" in entry.line()) == (auth == "audit")
