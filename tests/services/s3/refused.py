"""What a call that must fail is answered with."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError


def refused(call: Callable[..., Any], **members: Any) -> dict[str, Any]:
    """The members of the error a call ends in, without a null, and its HTTP status as `status`."""
    with pytest.raises(ClientError) as caught:
        call(**members)
    response = caught.value.response
    error = {name: value for name, value in response["Error"].items() if value is not None}
    return {**error, "status": response["ResponseMetadata"]["HTTPStatusCode"]}


def code_of(call: Callable[..., Any], **members: Any) -> tuple[str, int]:
    """The code and the HTTP status of the error a call ends in."""
    error = refused(call, **members)
    return error["Code"], error["status"]
