"""Who may sign and who did: the values that verification takes and gives."""

from typing import Final, NamedTuple, Protocol

from orrery.auth.credentials import Credential, Lookup
from orrery.kernel.call import Principal
from orrery.wire.signing.chunked import Chain, hmac_chain
from orrery.wire.signing.sigv4a import PublicKey, ecdsa_chain

__all__ = ["ANONYMOUS", "Anonymous", "Clock", "Credential", "Lookup", "Rules", "Verified"]


class Clock(Protocol):
    """The two times a request is judged by."""

    def now(self) -> int:
        """Virtual time, ms."""

    def host_now(self) -> int:
        """The machine's time, ms."""

    def at_host(self, host: int, /) -> int:
        """The virtual time it was when the machine's clock stood at `host`, by the recorded offsets."""


class Rules(NamedTuple):
    """How one service on one protocol is verified.

    `family` says in whose words a refusal is written (refusals.py); `services` are the names a credential's scope
    may carry; `region` the only region accepted, None for any; `anonymous` lets an unsigned request through as
    ANONYMOUS; `unsigned_body` is the model's `v4-unsigned-body`.
    """

    family: str
    services: frozenset[str]
    region: str | None = None
    anonymous: bool = False
    unsigned_body: bool = False


class Verified(NamedTuple):
    """A request whose signature is right.

    `signed_at` is the instant as signed, by the client's clock (0 where the form does not say); `form` is "header",
    "query", "v2-header", "v2-query" or "post"; `region` is that of the scope, "" where the
    form names none or several. `payload` is what was signed in place of the body's hash: a hex hash that the body must
    have, UNSIGNED-PAYLOAD, a streaming kind whose chunks continue from `signature`, or b"" where none was.
    """

    principal: Principal
    access_key: str
    signed_at: int
    form: str
    region: str
    service: str
    payload: bytes
    signature: str
    key: bytes | PublicKey
    scope: bytes
    stamp: str

    def chain(self) -> Chain:
        """The chain that the signatures of the body's chunks continue."""
        if isinstance(self.key, bytes):
            return hmac_chain(self.key, self.signature, self.stamp, self.scope)
        return ecdsa_chain(self.key, self.signature, self.stamp, self.scope)


class Anonymous:
    """A request that nobody signed."""

    __slots__ = ()


ANONYMOUS: Final = Anonymous()
