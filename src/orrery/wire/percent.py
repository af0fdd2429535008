"""Percent-encoding of keys in S3's listings, for clients that cannot read every character in XML."""

from urllib.parse import quote_plus

_KEPT = "/*"


def percent_encode(text: str) -> str:
    """A key as listings give it with `encoding-type=url`: letters, digits and `/*-._` as they are, a space as `+`,
    all else in UTF-8 as `%XX`. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html"""
    encoded = quote_plus(text, safe=_KEPT, errors="surrogateescape")
    return encoded.replace("~", "%7E") if "~" in encoded else encoded
