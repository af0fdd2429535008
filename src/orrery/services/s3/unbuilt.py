"""The answer to what nobody has built."""

from orrery.wire.fault import Fault


def not_built(header: str) -> Fault:
    """A field that promises what nobody has built: 501, as S3 answers where a kind of bucket lacks something."""
    text = "A header you provided implies functionality that is not implemented"
    return Fault("NotImplemented", text, status=501, Header=header)
