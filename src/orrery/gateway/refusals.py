"""AWS's words for a refused signature: per family of services and problem, the code, status and message.

A family is a manner of answering, not a protocol: SQS answers with Query's codes by JSON too, S3 has a language of
its own, EC2 another. Rows name the page they stand on; wordings that no page gives are those that AWS answers with.
"""

from types import MappingProxyType
from typing import Final, NamedTuple

from orrery.wire.fault import Fault
from orrery.wire.signing.problem import SignatureProblem

_IAM: Final = "https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html"
_SIGV: Final = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html"
_JSON: Final = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html"
_REST: Final = "https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html"
_EC2: Final = "https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-error-codes.html"
_S3: Final = "https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"
_S3_QUERY: Final = "https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html"
_S3_CHUNKS: Final = "https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html"
_S3_POST: Final = "https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html"


class Refusal(NamedTuple):
    """One answer. `message` is a template over the problem's details; `members` pairs member with detail."""

    code: str
    status: int
    message: str
    source: str
    members: tuple[tuple[str, str], ...] = ()


Table = MappingProxyType[str, Refusal]

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


def _general(suffix: str, status: int, page: str, rows: dict[str, Refusal]) -> Table:
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
    return _general("", 403, _IAM, rows)


def _json(status: int, unsigned: str, page: str) -> Table:
    rows = {kind: Refusal("UnrecognizedClientException", status, _INVALID_TOKEN, page) for kind in _UNKNOWN}
    rows["unsigned"] = Refusal("MissingAuthenticationTokenException", status, unsigned, page)
    rows["token-expired"] = Refusal("ExpiredTokenException", status, _EXPIRED_TOKEN, page)
    return _general("Exception", status, page, rows)


def _ec2() -> Table:
    failure = Refusal("AuthFailure", 401, "AWS was not able to validate the provided access credentials", _EC2)
    rows = dict.fromkeys((*_UNKNOWN, "unsigned", *_UNLIKE), failure)
    gone = Refusal("RequestExpired", 400, "Request has expired.", _EC2)
    early = ("expired", "not-yet", "presigned-expired", "presigned-not-yet", "token-expired")
    rows.update(dict.fromkeys(early, gone))
    return _general("", 401, _EC2, rows)


def _malformed(texts: dict[str, str]) -> dict[str, Refusal]:
    rows: dict[str, Refusal] = {}
    for kind, text in texts.items():
        members = (("Region", "expected"),) if kind == "scope-region" else ()
        header, query = (
            "The authorization header is malformed; ",
            "Error parsing the X-Amz-Credential parameter; ",
        )
        rows[kind] = Refusal("AuthorizationHeaderMalformed", 400, header + text, _S3, members)
        rows[kind + ".query"] = Refusal("AuthorizationQueryParametersError", 400, query + text, _S3_QUERY, members)
    return rows


_S3_SCOPE: Final = {
    "bad-credential": 'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
    "empty-key": "a non-empty Access Key (AKID) must be provided in the credential.",
    "scope-terminator": 'incorrect terminal "{terminator}". This endpoint uses "aws4_request".',
    "scope-service": 'incorrect service "{service}". This endpoint belongs to "{expected}".',
    "scope-region": "the region '{region}' is wrong; expecting '{expected}'",
    "scope-date": 'Invalid credential date "{date}". This date is not the same as X-Amz-Date: "{day}".',
    "malformed-pair": "the authorization header requires three components: Credential, SignedHeaders, and Signature.",
    "missing-parts": "the authorization header requires three components: Credential, SignedHeaders, and Signature.",
}
_QUERY_PARAMETERS: Final = {
    "query-missing": "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, "
    "X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
    "bad-algorithm.query": 'X-Amz-Algorithm only supports "AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256"',
    "no-date.query": "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"",
    "bad-date.query": "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"",
    "expires-not-number": "X-Amz-Expires should be a number",
    "expires-negative": "X-Amz-Expires must be non-negative",
    "presigned-too-long": "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires "
    "must be less than 604800 seconds",
}
_S3_MISMATCH: Final = (
    ("AWSAccessKeyId", "access_key"),
    ("StringToSign", "text"),
    ("SignatureProvided", "provided"),
    ("StringToSignBytes", "text_bytes"),
    ("CanonicalRequest", "canonical"),
    ("CanonicalRequestBytes", "canonical_bytes"),
)
_SKEWED: Final = (
    ("RequestTime", "stamp"),
    ("ServerTime", "server_iso"),
    ("MaxAllowedSkewMilliseconds", "allowed"),
)
_STRANGER: Final = Refusal(
    "InvalidAccessKeyId",
    403,
    "The AWS Access Key Id you provided does not exist in our records.",
    _S3,
    (("AWSAccessKeyId", "access_key"),),
)


def _s3_identity() -> dict[str, Refusal]:
    bad_token = "The provided token is malformed or otherwise invalid."
    return {
        "unsigned": Refusal("AccessDenied", 403, "Access Denied", _S3),
        "unknown-key": _STRANGER,
        "inactive-key": _STRANGER,
        "token-missing": _STRANGER,
        "token-wrong": Refusal("InvalidToken", 400, bad_token, _S3, (("Token-0", "token"),)),
        "token-expired": Refusal("ExpiredToken", 400, "The provided token has expired.", _S3, (("Token-0", "token"),)),
        "mismatch": Refusal(
            "SignatureDoesNotMatch",
            403,
            "The request signature we calculated does not match the signature you provided. Check your key and "
            "signing method.",
            _S3,
            _S3_MISMATCH,
        ),
    }


def _s3_times() -> dict[str, Refusal]:
    skewed = Refusal(
        "RequestTimeTooSkewed",
        403,
        "The difference between the request time and the current time is too large.",
        _S3,
        _SKEWED,
    )
    return {
        "expired": skewed,
        "not-yet": skewed,
        "presigned-expired": Refusal(
            "AccessDenied",
            403,
            "Request has expired",
            _S3_QUERY,
            (("X-Amz-Expires", "lifetime"), ("Expires", "until_iso"), ("ServerTime", "server_iso")),
        ),
        "presigned-expired.v2": Refusal(
            "AccessDenied",
            403,
            "Request has expired",
            _S3_QUERY,
            (("Expires", "until_iso"), ("ServerTime", "server_iso")),
        ),
        "presigned-not-yet": Refusal("AccessDenied", 403, "Request is not valid yet", _S3_QUERY),
        "no-date": Refusal("AccessDenied", 403, "AWS authentication requires a valid Date or x-amz-date header", _S3),
        "bad-date": Refusal("AccessDenied", 403, "AWS authentication requires a valid Date or x-amz-date header", _S3),
    }


def _s3_headers() -> dict[str, Refusal]:
    not_signed = Refusal(
        "AccessDenied",
        403,
        "There were headers present in the request which were not signed",
        _S3,
        (("HeadersNotSigned", "headers"),),
    )
    return {
        "host-unsigned": not_signed,
        "headers-unsigned": not_signed,
        "header-absent": Refusal(
            "SignatureDoesNotMatch",
            403,
            "The request signature we calculated does not match the signature you provided. Check your key and "
            "signing method.",
            _S3,
        ),
        "bad-algorithm": Refusal(
            "InvalidArgument",
            400,
            "Unsupported Authorization Type",
            _S3,
            (("ArgumentName", "argument"), ("ArgumentValue", "value")),
        ),
        "two-mechanisms": Refusal(
            "InvalidArgument",
            400,
            "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string "
            "parameter or the Authorization header should be specified",
            _S3,
            (("ArgumentName", "argument"), ("ArgumentValue", "value")),
        ),
        "region-set-missing": Refusal(
            "InvalidRequest", 400, "Missing required header for this request: x-amz-region-set", _S3
        ),
    }


def _s3_payload() -> dict[str, Refusal]:
    return {
        "sha256-missing": Refusal(
            "InvalidRequest", 400, "Missing required header for this request: x-amz-content-sha256", _S3
        ),
        "sha256-malformed": Refusal(
            "InvalidArgument",
            400,
            "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, "
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, "
            "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or a valid "
            "sha256 value.",
            _S3,
            (("ArgumentName", "argument"), ("ArgumentValue", "value")),
        ),
        "sha256-mismatch": Refusal(
            "XAmzContentSHA256Mismatch",
            400,
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
            _S3,
            (("ClientComputedContentSHA256", "client"), ("S3ComputedContentSHA256", "computed")),
        ),
    }


def _s3() -> Table:
    rows = _malformed(_S3_SCOPE)
    rows.update(
        {
            kind: Refusal("AuthorizationQueryParametersError", 400, text, _S3_QUERY)
            for kind, text in _QUERY_PARAMETERS.items()
        }
    )
    return MappingProxyType(rows | _s3_identity() | _s3_times() | _s3_headers() | _s3_payload())


TABLES: Final = MappingProxyType(
    {
        QUERY: _query(),
        JSON: _json(400, "Request is missing Authentication Token", _JSON),
        REST_JSON: _json(403, "Missing Authentication Token", _REST),
        EC2: _ec2(),
        S3: _s3(),
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
    members = {member: str(details[name]) for member, name in row.members if name in details}
    return Fault(row.code, row.message.format_map(details), status=row.status, **members)
