"""What can be wrong with a signature, before any service has given it a code and a message."""


class SignatureProblem(Exception):
    """A request's signature is not acceptable.

    `kind` names the problem (`"mismatch"`, `"expired"`, `"malformed-pair"` ...); `details` are what messages about
    it need. The gateway's refusal table gives code, status and message per family of services.
    """

    __slots__ = ("details", "kind")

    def __init__(self, kind: str, /, **details: str | int) -> None:
        super().__init__(kind)
        self.kind = kind
        self.details: dict[str, str | int] = details
