"""Percent-encoding of keys in S3's listings, for clients that cannot read every character in XML."""

import re
from urllib.parse import quote_plus

_KEPT = "/*"
_CHANGED = re.compile(r"[^A-Za-z0-9_.*/-]")


def percent_encode(text: str) -> str:
    """A key as listings give it with `encoding-type=url`: letters, digits and `/*-._` as they are, a space as `+`,
    all else in UTF-8 as `%XX`. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html"""
    if _CHANGED.search(text) is None:
        return text
    encoded = quote_plus(text, safe=_KEPT, errors="surrogateescape")
    return encoded.replace("~", "%7E") if "~" in encoded else encoded
