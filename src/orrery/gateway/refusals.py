"""AWS's words for a refused signature: per family of services and problem, the code, status and message.

A family is a manner of answering, not a protocol: SQS answers with Query's codes by JSON too, S3 has a language of
its own, EC2 another. Rows name the page they stand on; wordings that no page gives are those that AWS answers with.
"""

from types import MappingProxyType
from typing import Any, Final

from orrery.gateway.refusal import Refusal, Table
from orrery.gateway.refusals_s3 import s3_table
from orrery.wire.fault import Fault
from orrery.wire.signing.problem import SignatureProblem

_IAM: Final = "https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html"
_SIGV: Final = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html"
_JSON: Final = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html"
_REST: Final = "https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html"
_EC2: Final = "https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-error-codes.html"

QUERY: Final = "query"
JSON: Final = "json"
REST_JSON: Final = "rest-json"
EC2: Final = "ec2"
S3: Final = "s3"

_MISMATCH: Final = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access "
    "Key and signing method. Consult the service documentation for details."
)
_MISMATCH_TEXTS: Final = (
    _MISMATCH + "\n\nThe Canonical String for this request should have been\n'{canonical}'"
    "\n\nThe String-to-Sign should have been\n'{text}'\n"
)
_EXPIRED: Final = "Signature expired: {stamp} is now earlier than {limit} ({server} - {minutes} min.)"
_NOT_YET: Final = "Signature not yet current: {stamp} is still later than {limit} ({server} + {minutes} min.)"
_INVALID_TOKEN: Final = "The security token included in the request is invalid."
_EXPIRED_TOKEN: Final = "The security token included in the request is expired"
_HOST: Final = "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
_HASHED: Final = "(hashed with SHA-256 and encoded with Base64): '{hash}'."

_INCOMPLETE: Final = {
    "bad-algorithm": f"Invalid key=value pair (missing equal-sign) in Authorization header {_HASHED}",
    "bad-algorithm.query": "Unsupported AWS 'algorithm': '{algorithm}'.",
    "malformed-pair": f"Invalid key=value pair (missing equal-sign) in Authorization header {_HASHED}",
    "missing-parts": "{missing} (Hashed with SHA-256 and encoded with Base64) Authorization={hash}",
    "query-missing": "{missing} Re-examine the query-string parameters.",
    "no-date": "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
    "no-date.query": "AWS query-string parameters must include 'X-Amz-Date'. Re-examine the query-string parameters.",
    "bad-date": "Date must be in ISO-8601 'basic format'. Got '{date}'. See http://en.wikipedia.org/wiki/ISO_8601",
    "bad-credential": "Credential must have exactly {count} slash-delimited elements, e.g. "
    "keyid/date/region/service/term, got '{credential}'",
    "empty-key": "Credential must have exactly 5 slash-delimited elements, e.g. "
    "keyid/date/region/service/term, got '{credential}'",
    "expires-not-number": "X-Amz-Expires should be a number",
    "expires-negative": "X-Amz-Expires must be non-negative",
}
_UNLIKE: Final = {
    "mismatch": _MISMATCH_TEXTS,
    "scope-service": "Credential should be scoped to correct service: '{expected}'. ",
    "scope-region": "Credential should be scoped to a valid region, not '{region}'. ",
    "scope-terminator": "Credential should be scoped with a valid terminator: 'aws4_request', not '{terminator}'. ",
    "scope-date": "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
    "'{date}' != '{day}', from '{stamp}'.",
    "host-unsigned": _HOST,
    "headers-unsigned": _MISMATCH,
    "header-absent": "'{header}' is named as a SignedHeader, but it does not exist in the HTTP request",
    "presigned-too-long": "X-Amz-Expires must be less than 604800 seconds",
    "two-mechanisms": _MISMATCH,
    "sha256-mismatch": _MISMATCH,
    "sha256-malformed": _MISMATCH,
    "sha256-missing": _MISMATCH,
    "region-set-missing": _MISMATCH,
    "expired": _EXPIRED,
    "not-yet": _NOT_YET,
    "presigned-expired": _EXPIRED,
    "presigned-not-yet": _NOT_YET,
}
_UNKNOWN: Final = ("unknown-key", "inactive-key", "token-missing", "token-wrong")


def _general(suffix: str, status: int, rows: dict[str, Refusal]) -> Table:
    incomplete, unlike = f"IncompleteSignature{suffix}", "InvalidSignatureException"
    codes = 400 if suffix == "" else status
    table = {kind: Refusal(incomplete, codes, message, _SIGV) for kind, message in _INCOMPLETE.items()}
    if suffix == "":
        unlike = "SignatureDoesNotMatch"
    table.update({kind: Refusal(unlike, status, message, _SIGV) for kind, message in _UNLIKE.items()})
    return MappingProxyType(table | rows)


def _query() -> Table:
    rows = {kind: Refusal("InvalidClientTokenId", 403, _INVALID_TOKEN, _IAM) for kind in _UNKNOWN}
    rows["unsigned"] = Refusal("MissingAuthenticationToken", 403, "Request is missing Authentication Token", _IAM)
    rows["token-expired"] = Refusal("ExpiredToken", 403, _EXPIRED_TOKEN, _IAM)
    return _general("", 403, rows)


def _json(status: int, unsigned: str, page: str) -> Table:
    rows = {kind: Refusal("UnrecognizedClientException", status, _INVALID_TOKEN, page) for kind in _UNKNOWN}
    rows["unsigned"] = Refusal("MissingAuthenticationTokenException", status, unsigned, page)
    rows["token-expired"] = Refusal("ExpiredTokenException", status, _EXPIRED_TOKEN, page)
    return _general("Exception", status, rows)


def _ec2() -> Table:
    failure = Refusal("AuthFailure", 401, "AWS was not able to validate the provided access credentials", _EC2)
    rows = dict.fromkeys((*_UNKNOWN, *_UNLIKE), failure)
    # EC2 is the one service that still asks for the parameter of Signature Version 2.
    rows["unsigned"] = Refusal("MissingParameter", 400, "The request must contain the parameter AWSAccessKeyId", _EC2)
    gone = Refusal("RequestExpired", 400, "Request has expired.", _EC2)
    early = ("expired", "not-yet", "presigned-expired", "presigned-not-yet", "token-expired")
    rows.update(dict.fromkeys(early, gone))
    return _general("", 401, rows)


TABLES: Final = MappingProxyType(
    {
        QUERY: _query(),
        JSON: _json(400, "Request is missing Authentication Token", _JSON),
        REST_JSON: _json(403, "Missing Authentication Token", _REST),
        EC2: _ec2(),
        S3: s3_table(),
    }
)


def family_of(protocol: str, service: str, *, query_compatible: bool = False) -> str:
    """The family a service answers in: by service for S3 and EC2, by Query's codes where its clients know them."""
    if service in ("s3", "s3control", "s3outposts"):
        return S3
    if protocol == "ec2":
        return EC2
    if query_compatible or protocol in ("query", "rest-xml"):
        return QUERY
    return REST_JSON if protocol == "rest-json" else JSON


def refuse(family: str, problem: SignatureProblem, form: str = "header") -> Fault:
    """The fault a family answers a problem with; `form` is "header", "query", "v2-header", "v2-query" or "post"."""
    table = TABLES[family]
    suffix = ".query" if form == "query" else ".v2" if form.startswith("v2") else ""
    row = table.get(problem.kind + suffix) or table[problem.kind]
    details = problem.details
    members: dict[str, Any] = {member: str(details[name]) for member, name in row.members if name in details}
    return Fault(row.code, row.message.format_map(details), status=row.status, **members)
