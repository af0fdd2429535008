"""Every way a signature can be malformed or misdirected, in the words of every family."""

import pytest
from tests.gateway.verifying import BODY, SERVICES, changed, header_signed, presigned, refusal
from tests.wire.signing.signers import KEY

from orrery.wire.http import Head

INCOMPLETE = {
    "sqs": ("IncompleteSignature", 400),
    "dynamodb": ("IncompleteSignatureException", 400),
    "lambda": ("IncompleteSignatureException", 403),
    "ec2": ("IncompleteSignature", 400),
}
UNLIKE = {
    "sqs": ("SignatureDoesNotMatch", 403),
    "dynamodb": ("InvalidSignatureException", 400),
    "lambda": ("InvalidSignatureException", 403),
    "ec2": ("AuthFailure", 401),
}
MALFORMED = ("AuthorizationHeaderMalformed", 400)
PARAMETERS = ("AuthorizationQueryParametersError", 400)
DENIED = ("AccessDenied", 403)
ARGUMENT = ("InvalidArgument", 400)
HASHED = "(hashed with SHA-256 and encoded with Base64): "


def authorization(service: str, value: str) -> Head:
    """A signed request whose Authorization field is replaced; `{scope}` stands for the right scope."""
    scope = f"{KEY}/20150830/us-east-1/{service}/aws4_request"
    return changed(header_signed(service), b"Authorization", value.format(scope=scope).encode())


def whole(credential: str, headers: str = "host") -> str:
    return f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={headers}, Signature=00"


IN_HEADER = [
    (
        "Bearer abc",
        INCOMPLETE,
        f"Invalid key=value pair (missing equal-sign) in Authorization header {HASHED}",
        ARGUMENT,
    ),
    (
        "AWS4-HMAC-SHA256 Credential",
        INCOMPLETE,
        f"Invalid key=value pair (missing equal-sign) in Authorization header {HASHED}",
        MALFORMED,
    ),
    (
        "AWS4-HMAC-SHA256 Credential={scope}",
        INCOMPLETE,
        "Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter.",
        MALFORMED,
    ),
    (
        whole("abc"),
        INCOMPLETE,
        "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'abc'",
        MALFORMED,
    ),
    (
        whole(f"{KEY}/20150830/us-east-1/glacier/aws4_request"),
        UNLIKE,
        "Credential should be scoped to correct service: ",
        MALFORMED,
    ),
    (
        whole(f"{KEY}/20150830/us-east-1/s3/aws4"),
        UNLIKE,
        "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws4'. ",
        MALFORMED,
    ),
    (whole("{scope}", "x-amz-date"), UNLIKE, "'Host' or ':authority' must be a 'SignedHeader'", DENIED),
]


@pytest.mark.row("SDK-005")
@pytest.mark.parametrize(("value", "codes", "message", "in_s3"), IN_HEADER)
def test_a_malformed_header_is_refused_with_aws_words(
    value: str, codes: dict[str, tuple[str, int]], message: str, in_s3: tuple[str, int]
) -> None:
    faults = {service: refusal(authorization(service, value), SERVICES[service]) for service in SERVICES}

    found = {service: (fault.code, fault.status) for service, fault in faults.items()}
    assert found == codes | {"s3": in_s3}
    for service in ("sqs", "dynamodb", "lambda"):
        assert faults[service].message.startswith(message)


def test_the_right_service_is_named() -> None:
    head = authorization("sqs", whole(f"{KEY}/20150830/us-east-1/glacier/aws4_request"))

    assert refusal(head, SERVICES["sqs"]).message == "Credential should be scoped to correct service: 'sqs'. "


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."),
        (b"2015-08-30", "Date must be in ISO-8601 'basic format'. Got '2015-08-30'."),
        (b"20150830T250000Z", "Date must be in ISO-8601 'basic format'. Got '20150830T250000Z'."),
        (b"Sunday, noon", "Date must be in ISO-8601 'basic format'. Got 'Sunday, noon'."),
    ],
)
def test_a_date_missing_or_malformed_is_refused(value: bytes | None, message: str) -> None:
    faults = {
        service: refusal(changed(header_signed(service), b"x-amz-date", value), SERVICES[service])
        for service in SERVICES
    }

    found = {service: (fault.code, fault.status) for service, fault in faults.items()}
    assert found == INCOMPLETE | {"s3": DENIED}
    assert faults["sqs"].message.startswith(message)


def test_a_scope_of_another_day_is_refused() -> None:
    faults = {
        service: refusal(changed(header_signed(service), b"x-amz-date", b"20150831T000000Z"), SERVICES[service])
        for service in SERVICES
    }

    assert {service: (fault.code, fault.status) for service, fault in faults.items()} == UNLIKE | {"s3": MALFORMED}
    assert faults["sqs"].message == (
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
        "'20150830' != '20150831', from '20150831T000000Z'."
    )


def test_a_scope_of_another_region_is_refused_where_one_is_expected() -> None:
    faults = {
        service: refusal(header_signed(service, region="eu-west-1"), rules._replace(region="us-east-1"))
        for service, rules in SERVICES.items()
    }

    assert {service: (fault.code, fault.status) for service, fault in faults.items()} == UNLIKE | {"s3": MALFORMED}
    assert faults["sqs"].message == "Credential should be scoped to a valid region, not 'eu-west-1'. "
    assert faults["s3"].message == (
        "The authorization header is malformed; the region 'eu-west-1' is wrong; expecting 'us-east-1'"
    )
    assert faults["s3"].members == {"Region": "us-east-1"}


def test_a_signed_header_that_did_not_come_is_named() -> None:
    faults = {
        service: refusal(changed(header_signed(service), b"Content-Type", None), SERVICES[service])
        for service in SERVICES
    }

    found = {service: (fault.code, fault.status) for service, fault in faults.items()}
    assert found == UNLIKE | {"s3": ("SignatureDoesNotMatch", 403)}
    assert faults["sqs"].message == (
        "'content-type' is named as a SignedHeader, but it does not exist in the HTTP request"
    )


def replaced(head: Head, old: bytes, new: bytes) -> Head:
    assert old in head.target
    return Head(head.method, head.target.replace(old, new), head.headers.raw)


@pytest.mark.row("SDK-005")
@pytest.mark.parametrize(
    ("old", "new", "codes", "in_s3", "words"),
    [
        (
            b"X-Amz-SignedHeaders=host&",
            b"",
            INCOMPLETE,
            PARAMETERS,
            "AWS query-string parameters must include 'X-Amz-SignedHeaders'. Re-examine the query-string parameters.",
        ),
        (b"X-Amz-Date=20150830T123600Z&", b"", INCOMPLETE, PARAMETERS, "AWS query-string parameters must include 'X-"),
        (b"20150830T123600Z", b"now", INCOMPLETE, PARAMETERS, "Date must be in ISO-8601 'basic format'. Got 'now'."),
        (b"AWS4-HMAC-SHA256", b"AWS5", INCOMPLETE, PARAMETERS, "Unsupported AWS 'algorithm': 'AWS5'."),
        (b"%2Faws4_request", b"", INCOMPLETE, PARAMETERS, "Credential must have exactly 5 slash-delimited elements"),
        (b"Expires=3600", b"Expires=soon", INCOMPLETE, PARAMETERS, "X-Amz-Expires should be a number"),
        (b"Expires=3600", b"Expires=1_0", INCOMPLETE, PARAMETERS, "X-Amz-Expires should be a number"),
        (b"Expires=3600", b"Expires=-1", INCOMPLETE, PARAMETERS, "X-Amz-Expires must be non-negative"),
        (b"Expires=3600", b"Expires=604801", UNLIKE, PARAMETERS, "X-Amz-Expires must be less than"),
        (b"aws4_request", b"aws4", UNLIKE, PARAMETERS, "Credential should be scoped with a valid terminator"),
        (b"SignedHeaders=host", b"SignedHeaders=x", UNLIKE, DENIED, "'Host' or ':authority' must be a 'SignedHeader'"),
    ],
)
def test_a_malformed_presigned_url_is_refused_with_aws_words(
    old: bytes,
    new: bytes,
    codes: dict[str, tuple[str, int]],
    in_s3: tuple[str, int],
    words: str,
) -> None:
    faults = {service: refusal(replaced(presigned(service), old, new), SERVICES[service], b"") for service in SERVICES}

    assert {service: (fault.code, fault.status) for service, fault in faults.items()} == codes | {"s3": in_s3}
    assert faults["sqs"].message.startswith(words)


def test_a_presigned_url_that_was_changed_is_refused() -> None:
    faults = {
        service: refusal(replaced(presigned(service), b"Get%20it", b"Get%20all"), SERVICES[service], b"")
        for service in SERVICES
    }

    found = {service: (fault.code, fault.status) for service, fault in faults.items()}
    assert found == UNLIKE | {"s3": ("SignatureDoesNotMatch", 403)}


def test_a_url_of_s3_that_does_not_say_how_long_it_lasts_is_refused() -> None:
    fault = refusal(replaced(presigned("s3"), b"X-Amz-Expires=3600&", b""), SERVICES["s3"], b"")

    assert (fault.code, fault.status) == PARAMETERS
    assert "X-Amz-Expires parameters." in fault.message


def test_a_request_signed_in_two_places_is_refused() -> None:
    faults = {
        service: refusal(changed(presigned(service), b"Authorization", b"AWS4-HMAC-SHA256 x"), SERVICES[service], BODY)
        for service in SERVICES
    }

    assert {service: (fault.code, fault.status) for service, fault in faults.items()} == UNLIKE | {"s3": ARGUMENT}
    assert faults["s3"].members["ArgumentName"] == "Authorization"
