"""Key pairs: the root's own, and the temporary ones that STS hands out."""

import base64
from collections.abc import Callable, Mapping
from operator import methodcaller
from typing import NamedTuple

from orrery.kernel.call import Principal, root_of
from orrery.kernel.context import Context
from orrery.kernel.ids import secret
from orrery.kernel.kernel import HOME, Kernel
from orrery.kernel.records import Record
from orrery.kernel.service import Service

auth = Service("auth")

TEST = "test"
"""Access key id and secret of the root of account 000000000000 on loopback; also the secret of every other root."""
TEST_ACCOUNT = "000000000000"


class Credential(NamedTuple):
    """One key pair: whom it stands for, and for temporary ones the token that goes with it and when it is over."""

    secret: str
    principal: Principal
    session_token: str | None = None
    expires: int | None = None
    active: bool = True


Lookup = Callable[[str], Credential | None]


@auth.table(key="access_key", scope="partition", expires="forgotten")
class SessionKey(Record, frozen=True):
    """Temporary credentials. They are refused as expired from `expires` on, and remembered until `forgotten`, so that
    who uses them late is told why."""

    access_key: str
    secret: str
    token: str
    expires: int
    forgotten: int
    account: str
    arn: str
    user_id: str
    kind: str


@auth.table(key="account", scope="partition")
class RootKey(Record, frozen=True):
    """The key pair of an account's root for callers from other machines, made at the first start that needs it."""

    account: str
    access_key: str
    secret: str


def kept_root_key(kernel: Kernel, account: str = TEST_ACCOUNT) -> RootKey:
    """The kept key pair of an account's root, made now if there is none yet."""
    home = kernel.place(*HOME)
    found = kernel.read(home).get(RootKey, account)
    if found is None:
        found = RootKey(account, new_access_key("AKIA", account), base64.b64encode(secret(30)).decode())
        kernel.change(methodcaller("insert", found), home)
        kernel.committer.flush()
    return found


class Keys:
    """Finds who an access key id belongs to.

    `roots` are root keys from settings or made at first start, as access key id → (secret, account). With
    `test_keys`, `test` and every 12-digit account id are root keys with the secret `test`.
    """

    def __init__(self, kernel: Kernel, *, roots: dict[str, tuple[str, str]], test_keys: bool) -> None:
        self._kernel = kernel
        self._roots = roots
        self._test_keys = test_keys
        self._found: dict[str, Credential] = {}

    def lookup(self, access_key: str) -> Credential | None:
        """The credential of an access key id, None when nobody has it."""
        found = self._found.get(access_key)
        if found is None:
            found = root_credential(access_key, self._roots, test_keys=self._test_keys)
            if found is None:
                return self._session(access_key)
            if len(self._found) < 10_000:
                self._found[access_key] = found
        return found

    def _session(self, access_key: str) -> Credential | None:
        if not access_key.startswith("ASIA"):
            return None
        key = self._kernel.read(self._kernel.place(*HOME)).get(SessionKey, access_key)
        if key is None:
            return None
        principal = Principal(key.account, key.arn, key.user_id, key.kind, key.access_key)
        return Credential(key.secret, principal, key.token, key.expires)


def root_credential(access_key: str, roots: Mapping[str, tuple[str, str]], *, test_keys: bool) -> Credential | None:
    """The credential of a root key, which no record holds: one of `roots`, or a test key; None for all others."""
    if access_key in roots:
        known, account = roots[access_key]
        return Credential(known, root_of(account))
    tested = tested_account(access_key)
    return Credential(TEST, root_of(tested)) if test_keys and tested is not None else None


FORGET = 90 * 24 * 3600 * 1000
"""How long after its end a session is known to have been one: clocks are turned by a month at a time."""


def issue_session(ctx: Context, principal: Principal, lifetime: int, token_size: int = 0) -> SessionKey:
    """Make temporary credentials for `principal`, valid for `lifetime` milliseconds, in the open transaction; the
    token has at least `token_size` characters."""
    expires = ctx.now + lifetime
    return ctx.at(*HOME).insert(
        SessionKey(
            access_key=new_access_key("ASIA", principal.account),
            secret=base64.b64encode(secret(30)).decode(),
            token=base64.b64encode(secret(max(270, token_size))).decode(),
            expires=expires,
            forgotten=expires + FORGET,
            account=principal.account,
            arn=principal.arn,
            user_id=principal.user_id,
            kind=principal.kind,
        )
    )


def new_access_key(kind: str, account: str) -> str:
    """An access key id of `kind` (AKIA, ASIA) that names its account the way AWS's do: 40 bits after the first one.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html
    """
    head = (1 << 47 | int(account) << 7 | secret(1)[0] & 0x7F).to_bytes(6, "big")
    return kind + base64.b32encode(head + secret(4)).decode()


def tested_account(access_key: str) -> str | None:
    """The account whose root a test key, whose secret everybody knows, stands for; None for all other keys."""
    if access_key == TEST:
        return TEST_ACCOUNT
    return access_key if len(access_key) == 12 and access_key.isascii() and access_key.isdigit() else None


def account_meant(access_key: str) -> str:
    """The account whose root a key stands for when any key is accepted (`--auth open`): the one the key names."""
    return tested_account(access_key) or account_in(access_key) or TEST_ACCOUNT


def account_in(access_key: str) -> str | None:
    """The account an access key id names, None when it is not of AWS's form."""
    try:
        data = base64.b32decode(access_key[4:20])
    except ValueError:
        return None
    if len(access_key) < 20 or len(data) < 6:
        return None
    return f"{(int.from_bytes(data[:6], 'big') & 0x7FFFFFFFFF80) >> 7:012d}"
