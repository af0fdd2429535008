"""S3's words for a refused signature, body or form. Its errors carry members of their own.

https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

from types import MappingProxyType
from typing import Final

from orrery.gateway.refusal import Refusal, Table

_S3: Final = "https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"
_S3_QUERY: Final = "https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html"
_S3_CHUNKS: Final = "https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html"
_S3_POST: Final = "https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html"
_S3_FORM: Final = "https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html"
_S3_V2: Final = "https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html"
_S3_SUMS: Final = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html"


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
_MISMATCH: Final = (
    "The request signature we calculated does not match the signature you provided. Check your key and signing method."
)
_MISMATCH_MEMBERS: Final = (
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
            _MISMATCH,
            _S3,
            _MISMATCH_MEMBERS,
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
            _MISMATCH,
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


def _s3_v2() -> dict[str, Refusal]:
    argument = (("ArgumentName", "argument"), ("ArgumentValue", "value"))
    return {
        "malformed-v2": Refusal(
            "InvalidArgument",
            400,
            "AWS authorization header is invalid.  Expected AwsAccessKeyId:signature",
            _S3_V2,
            argument,
        ),
        "query-missing-v2": Refusal(
            "AccessDenied",
            403,
            "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters",
            _S3_V2,
        ),
        "bad-expires-v2": Refusal(
            "AccessDenied", 403, "Invalid date (should be seconds since epoch): {expires}", _S3_V2
        ),
    }


def _s3_chunks() -> dict[str, Refusal]:
    return {
        "chunk-malformed": Refusal("IncompleteBody", 400, "The request body terminated unexpectedly", _S3),
        "chunk-truncated": Refusal("IncompleteBody", 400, "The request body terminated unexpectedly", _S3),
        "chunk-length": Refusal(
            "IncompleteBody",
            400,
            "You did not provide the number of bytes specified by the Content-Length HTTP header",
            _S3,
        ),
        "chunk-mismatch": Refusal("SignatureDoesNotMatch", 403, _MISMATCH, _S3_CHUNKS, (_MISMATCH_MEMBERS[1:4])),
        "chunk-too-small": Refusal(
            "InvalidChunkSizeError",
            403,
            "Only the last chunk is allowed to have a size less than 8192 bytes",
            _S3_CHUNKS,
            (("Chunk", "chunk"), ("BadChunkSize", "size")),
        ),
        "trailer-malformed": Refusal(
            "MalformedTrailerError",
            400,
            "The request contained trailing data that was not well-formed or did not conform to our published schema.",
            _S3_CHUNKS,
        ),
        "length-missing": Refusal(
            "MissingContentLength", 411, "You must provide the Content-Length HTTP header.", _S3_CHUNKS
        ),
    }


def _s3_sums() -> dict[str, Refusal]:
    return {
        "md5-malformed": Refusal("InvalidDigest", 400, "The Content-MD5 you specified was invalid.", _S3),
        "md5-mismatch": Refusal(
            "BadDigest",
            400,
            "The Content-MD5 you specified did not match what we received.",
            _S3,
            (("ExpectedDigest", "expected"), ("CalculatedDigest", "computed")),
        ),
        "checksum-malformed": Refusal("InvalidRequest", 400, "Value for {header} header is invalid.", _S3_SUMS),
        "checksum-trailer-malformed": Refusal(
            "InvalidRequest", 400, "Value for {header} trailing header is invalid.", _S3_SUMS
        ),
        "checksum-mismatch": Refusal(
            "BadDigest", 400, "The {algorithm} you specified did not match the calculated checksum.", _S3_SUMS
        ),
        "checksum-several": Refusal(
            "InvalidRequest",
            400,
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
            _S3_SUMS,
        ),
        "checksum-absent": Refusal(
            "InvalidRequest",
            400,
            "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers "
            "were found.",
            _S3_SUMS,
        ),
        "checksum-unlike": Refusal(
            "InvalidRequest", 400, "Value for x-amz-sdk-checksum-algorithm header is invalid.", _S3_SUMS
        ),
        "trailer-unknown": Refusal(
            "InvalidRequest", 400, "The value specified in the x-amz-trailer header is not supported", _S3_SUMS
        ),
    }


def _s3_posts() -> dict[str, Refusal]:
    return {
        "policy-malformed": Refusal("InvalidPolicyDocument", 400, "Invalid Policy: {reason}", _S3_POST),
        "policy-expired": Refusal("AccessDenied", 403, "Invalid according to Policy: Policy expired.", _S3_POST),
        "policy-failed": Refusal(
            "AccessDenied", 403, "Invalid according to Policy: Policy Condition failed: {condition}", _S3_POST
        ),
        "policy-extra": Refusal(
            "AccessDenied", 403, "Invalid according to Policy: Extra input fields: {fields}", _S3_POST
        ),
        "too-large": Refusal(
            "EntityTooLarge",
            400,
            "Your proposed upload exceeds the maximum allowed size",
            _S3,
            (("ProposedSize", "size"), ("MaxSizeAllowed", "limit")),
        ),
        "too-small": Refusal(
            "EntityTooSmall",
            400,
            "Your proposed upload is smaller than the minimum allowed size",
            _S3,
            (("ProposedSize", "size"), ("MinSizeAllowed", "limit")),
        ),
        "field-missing": Refusal(
            "InvalidArgument",
            400,
            "Bucket POST must contain a field named '{argument}'.  If it is specified, please check the order of the "
            "fields.",
            _S3_POST,
            (("ArgumentName", "argument"), ("ArgumentValue", "value")),
        ),
    }


def _s3_forms() -> dict[str, Refusal]:
    return {
        "form-type": Refusal(
            "PreconditionFailed",
            412,
            "At least one of the pre-conditions you specified did not hold",
            _S3_FORM,
            (("Condition", "condition"),),
        ),
        "form-malformed": Refusal(
            "MalformedPOSTRequest", 400, "The body of your POST request is not well-formed multipart/form-data.", _S3
        ),
        # AWS is seen to answer with a shorter code than the page has, and with a count where that has a code.
        "form-fields-long": Refusal(
            "MaxPostPreDataLengthExceeded",
            400,
            "Your POST request fields preceeding the upload file was too large.",
            _S3_FORM,
            (("MaxPostPreDataLengthBytes", "limit"),),
        ),
        "form-files": Refusal(
            "InvalidArgument",
            400,
            "POST requires exactly one file upload per request.",
            _S3_FORM,
            (("ArgumentName", "argument"), ("ArgumentValue", "count")),
        ),
        "form-key-empty": Refusal(
            "InvalidArgument",
            400,
            "User key must have a length greater than 0.",
            _S3_FORM,
            (("ArgumentName", "argument"), ("ArgumentValue", "value")),
        ),
        "form-field-malformed": Refusal(
            "InvalidArgument",
            400,
            "The field '{argument}' cannot be a header: its name or value holds characters that no header holds.",
            _S3_FORM,
            (("ArgumentName", "argument"),),
        ),
    }


def s3_table() -> Table:
    """S3's answer to every problem with a request's signature, body or form."""
    rows = _malformed(_S3_SCOPE)
    rows.update(
        {
            kind: Refusal("AuthorizationQueryParametersError", 400, text, _S3_QUERY)
            for kind, text in _QUERY_PARAMETERS.items()
        }
    )
    for more in (_s3_identity, _s3_times, _s3_headers, _s3_payload, _s3_v2, _s3_chunks, _s3_sums, _s3_posts, _s3_forms):
        rows.update(more())
    return MappingProxyType(rows)
