"""The one error class: what AWS calls an error, before any protocol has given it a form."""

from collections.abc import Mapping
from typing import Any


class Fault(Exception):
    """An error AWS would answer with.

    `code` is the name of the error's shape in the model where it has one (`QueueDoesNotExist`), else the code on
    the wire (`InvalidParameterValue`). HTTP status, Query code and sender or receiver follow from the model and the
    service's patch. `members` are further members of the error structure, by their names in the model. `message`
    may be left out where the patch knows the one that AWS always gives. `headers` are header fields of the answer, by
    the names of their members in the structure that the patch's `metadata.errorFields` names (S3: `{"VersionId": …}`).
    `status` overrides the HTTP status for codes that neither model nor patch knows; services never pass it.
    """

    __slots__ = ("code", "headers", "members", "message", "status")

    def __init__(
        self,
        code: str,
        message: str = "",
        /,
        *,
        status: int | None = None,
        headers: Mapping[str, Any] | None = None,
        **members: Any,
    ) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.status = status
        self.headers = headers
        self.members = members
