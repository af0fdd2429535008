"""The forms of signature that only S3 takes: Version 2, and the policies of browser uploads."""

from collections.abc import Mapping, Sequence
from typing import Final

from orrery.gateway.identity import Rules, Verified
from orrery.gateway.keyring import Keyring, right
from orrery.gateway.lifetimes import Lifetimes
from orrery.kernel.call import Principal
from orrery.wire.http import Head
from orrery.wire.instant import SECOND
from orrery.wire.signing import post_policy, sigv2, sigv4
from orrery.wire.signing.post_policy import PostPolicy
from orrery.wire.signing.problem import SignatureProblem
from orrery.wire.signing.stamp import Stamp, parse_basic, parse_http

_FIELDS_4: Final = ("x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature")
SIGNING_FIELDS: Final = (*_FIELDS_4, "awsaccesskeyid", "signature")
"""The fields of a form that say who signed its policy: without any of them nobody did."""


class OldForms:
    """Verifies with the keys of `keys` and the times of `lifetimes`; raises SignatureProblem throughout."""

    __slots__ = ("_keys", "_lifetimes")

    def __init__(self, keys: Keyring, lifetimes: Lifetimes) -> None:
        self._keys = keys
        self._lifetimes = lifetimes

    def by_header(self, head: Head, value: bytes, bucket: str | None) -> Verified:
        """Who signed a request with `Authorization: AWS key:signature`."""
        claim = sigv2.parse_authorization(value)
        stamp = _stamp(head)
        self._lifetimes.check_header(stamp)
        credential = self._keys.find(claim.access_key, head.headers.text(b"x-amz-security-token"))
        _check(claim.access_key, credential.secret, sigv2.strings_to_sign(head, bucket), claim.signature)
        return _verified(credential.principal, claim.access_key, stamp.at, "v2-header", claim.signature)

    def by_query(self, head: Head, bucket: str | None) -> Verified:
        """Who made a URL with AWSAccessKeyId, Signature and Expires."""
        claim = sigv2.parse_query(head.query)
        expires = claim.expires or ""
        if not expires.isascii() or not expires.isdigit() or len(expires) > 12:
            raise SignatureProblem("bad-expires-v2", expires=expires)
        self._lifetimes.check_until(claim.signature, int(expires) * SECOND)
        credential = self._keys.find(claim.access_key, claim.token)
        _check(claim.access_key, credential.secret, sigv2.strings_to_sign(head, bucket, expires), claim.signature)
        self._lifetimes.used(claim.signature)
        return _verified(credential.principal, claim.access_key, 0, "v2-query", claim.signature)

    def by_form(self, fields: Mapping[str, str], rules: Rules, bucket: str) -> tuple[Verified, PostPolicy]:
        """Who signed a form's policy, which the form obeys."""
        _needed(fields, "policy")
        if any(name in fields for name in _FIELDS_4):
            who, policy = self._by_form_4(fields, rules)
        else:
            who, policy = self._by_form_2(fields)
        post_policy.check_fields(policy, fields, bucket)
        return who, policy

    def _by_form_4(self, fields: Mapping[str, str], rules: Rules) -> tuple[Verified, PostPolicy]:
        for name in ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Signature"):
            _needed(fields, name)
        algorithm = fields["x-amz-algorithm"].encode()
        if algorithm not in (sigv4.ALGORITHM, sigv4.ALGORITHM_A):
            raise SignatureProblem("bad-algorithm", argument="X-Amz-Algorithm", value=fields["x-amz-algorithm"])
        claim = sigv4.parse_claim(algorithm, fields["x-amz-credential"], b"")
        stamp = parse_basic(fields["x-amz-date"])
        sigv4.check_scope(claim, stamp, rules.services, rules.region)
        credential = self._keys.find(claim.access_key, fields.get("x-amz-security-token"))
        key, text, given = self._keys.key_for(claim, credential.secret), fields["policy"], fields["x-amz-signature"]
        if not right(key, text.encode(), given):
            raise _mismatch(claim.access_key, text.encode(), given)
        policy = post_policy.decode(text)
        self._lifetimes.check_presigned(given, stamp, policy.expiration - stamp.at, "policy-expired")
        self._lifetimes.used(given)
        who = Verified(
            credential.principal,
            claim.access_key,
            stamp.at,
            "post",
            claim.region,
            claim.service,
            b"",
            given,
            key,
            claim.scope,
            stamp.text,
        )
        return who, policy

    def _by_form_2(self, fields: Mapping[str, str]) -> tuple[Verified, PostPolicy]:
        key = _needed(fields, "AWSAccessKeyId")
        given = _needed(fields, "signature")
        credential = self._keys.find(key, fields.get("x-amz-security-token"))
        text = fields["policy"]
        _check(key, credential.secret, [text.encode()], given)
        policy = post_policy.decode(text)
        self._lifetimes.check_until(given, policy.expiration, "policy-expired")
        self._lifetimes.used(given)
        return _verified(credential.principal, key, 0, "post", given), policy


def check_signed_fields(head: Head, names: tuple[bytes, ...]) -> None:
    """That every `x-amz-` field was signed. Raises SignatureProblem "headers-unsigned"."""
    unsigned = [name for name in head.headers.index() if name.startswith(b"x-amz-") and name not in names]
    if unsigned:
        listed = ", ".join(sorted(name.decode("latin-1") for name in unsigned))
        raise SignatureProblem("headers-unsigned", headers=listed)


def _stamp(head: Head) -> Stamp:
    text = head.headers.text(b"x-amz-date") or head.headers.text(b"date")
    if text is None:
        raise SignatureProblem("no-date")
    return parse_http(text)


def _needed(fields: Mapping[str, str], name: str) -> str:
    value = fields.get(name.lower())
    if not value:
        raise SignatureProblem("field-missing", argument=name, value="")
    return value


def _check(access_key: str, secret: str, texts: Sequence[bytes], given: str) -> None:
    """That `given` signs one of `texts`; the first is the one shown to whom it does not."""
    if not any(sigv4.same(sigv2.signature(secret, text), given) for text in texts):
        raise _mismatch(access_key, texts[0], given)


def _mismatch(access_key: str, text: bytes, given: str) -> SignatureProblem:
    return SignatureProblem(
        "mismatch",
        access_key=access_key,
        provided=given,
        text=text.decode("utf-8", "replace"),
        text_bytes=text.hex(" "),
    )


def _verified(principal: Principal, access_key: str, at: int, form: str, given: str) -> Verified:
    return Verified(principal, access_key, at, form, "", "s3", b"", given, b"", b"", "")
