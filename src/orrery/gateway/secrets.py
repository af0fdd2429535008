"""What must not be shown of requests and records: found by the names of members, fields and parameters.

Only names that say so are known. What a user writes into a message or an object under other names is shown as it is.
"""

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, quote_plus, unquote_plus

import msgspec

OUT: Final = "[left out]"

_SECRET = re.compile(
    r"secret(?!.*(id|arn|name|version|versions|stage|stages|list)$)|passw(or)?d|passphrase|^pwd$|authorization|cookie"
    r"|privatekey|keymaterial|plaintext|customerkey$|^sig(nature)?$|signature$|samlassertion"
    r"|^token$|(session|security|access|refresh|id|auth|authentication|bearer|identity|csrf|api)token$"
)
_ELEMENT = re.compile(r"<([\w:.-]+)(\s[^<>]*)?>([^<]*)</\1>")
_SIGNED = re.compile(r"((?:chunk|x-amz-trailer)-signature[=:]\s*)[0-9a-fA-F]+")
_PARAMETERS = re.compile(r"[\w.%-]+=[^&\s]*(&[\w.%-]+=[^&\s]*)*")


def is_secret(name: str) -> bool:
    """Whether a name says that its value must not be shown: SecretAccessKey, x-amz-security-token, Password …"""
    return _SECRET.search(re.sub(r"[^a-z0-9]", "", name.lower())) is not None


def without_secrets(value: Any) -> Any:
    """A JSON value with secrets left out, also of JSON that stands in its strings."""
    if isinstance(value, Mapping):
        return {name: OUT if is_secret(str(name)) and each else without_secrets(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [without_secrets(each) for each in value]
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            inner = msgspec.json.decode(value)
        except (msgspec.MsgspecError, RecursionError):
            return value
        return msgspec.json.encode(without_secrets(inner)).decode()
    return value


def text_without_secrets(text: str) -> str:
    """JSON, XML, form parameters or other text with secrets left out."""
    start = text.lstrip()[:1]
    if start in ("{", "["):
        try:
            return msgspec.json.encode(without_secrets(msgspec.json.decode(text))).decode()
        except (msgspec.MsgspecError, RecursionError):
            pass
    if start == "<":
        return _ELEMENT.sub(_element, text)
    if _PARAMETERS.fullmatch(text.strip()):
        return query_without_secrets(text.strip())
    return _SIGNED.sub(rf"\1{OUT}", text)


def query_without_secrets(query: str) -> str:
    """Form parameters with secrets left out: by the last part of a name with dots (`Entry.1.Password`)."""
    if not query:
        return query
    told = []
    for name, value in parse_qsl(query, keep_blank_values=True):
        secret = is_secret(name) or is_secret(name.rpartition(".")[2])
        told.append(f"{quote_plus(name)}={OUT if secret and value else quote_plus(text_of(value))}")
    return "&".join(told)


def text_of(value: str) -> str:
    """A parameter's value with secrets left out where it is JSON."""
    return without_secrets(value) if isinstance(without_secrets(value), str) else value


def target_without_secrets(target: bytes) -> str:
    """A request's target without what signs it."""
    path, mark, query = target.decode("latin-1").partition("?")
    return path + mark + (query_without_secrets(query) if "=" in query else unquote_plus(query))


def _element(found: re.Match[str]) -> str:
    name = found[1].rpartition(":")[2]
    if not found[3] or not is_secret(name):
        return found[0]
    return f"<{found[1]}{found[2] or ''}>{OUT}</{found[1]}>"
