"""Old clients: signed form posts in the Query protocol, XML back."""

from collections.abc import Mapping
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen
from xml.etree import ElementTree

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from tests.running import RunningCloud

NAMESPACE = "{http://queue.amazonaws.com/doc/2012-11-05/}"

LISTS = {
    "AttributeNames": "AttributeName",
    "MessageAttributeNames": "MessageAttributeName",
    "MessageSystemAttributeNames": "MessageSystemAttributeName",
    "AWSAccountIds": "AWSAccountId",
    "Actions": "ActionName",
    "TagKeys": "TagKey",
}
MAPS = {
    "Attributes": ("Attribute", "Name", "Value"),
    "Tags": ("Tag", "Key", "Value"),
    "tags": ("Tag", "Key", "Value"),
    "MessageAttributes": ("MessageAttribute", "Name", "Value"),
    "MessageSystemAttributes": ("MessageSystemAttribute", "Name", "Value"),
}


def ask(cloud: RunningCloud, action: str, *, path: str = "/", **arguments: Any) -> tuple[int, ElementTree.Element]:
    """Status and root element of the answer to a Query request."""
    form = {"Action": action, "Version": "2012-11-05", **dict(flat(action, "", arguments))}
    request = AWSRequest(
        "POST",
        cloud.url + path,
        data=urlencode(form),
        headers={"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"},
    )
    SigV4Auth(Credentials("test", "test"), "sqs", "us-east-1").add_auth(request)
    sent = Request(request.url, data=request.data.encode(), headers=dict(request.headers))
    try:
        with urlopen(sent, timeout=30) as answer:
            return answer.status, ElementTree.fromstring(answer.read())
    except HTTPError as error:
        with error:
            return error.code, ElementTree.fromstring(error.read())


def flat(action: str, prefix: str, value: Any) -> list[tuple[str, str]]:
    """Arguments as the form's fields: lists and maps flattened, under the names old clients use."""
    fields: list[tuple[str, str]] = []
    for name, given in value.items():
        if name in MAPS and isinstance(given, Mapping):
            label, key, item = MAPS[name]
            for place, (one, other) in enumerate(given.items(), 1):
                fields.append((f"{prefix}{label}.{place}.{key}", one))
                inner = other if isinstance(other, Mapping) else None
                if inner is None:
                    fields.append((f"{prefix}{label}.{place}.{item}", str(other)))
                else:
                    fields += flat(action, f"{prefix}{label}.{place}.{item}.", inner)
        elif name == "Entries":
            for place, entry in enumerate(given, 1):
                fields += flat(action, f"{prefix}{action}RequestEntry.{place}.", entry)
        elif name in LISTS:
            fields += [(f"{prefix}{LISTS[name]}.{place}", one) for place, one in enumerate(given, 1)]
        else:
            fields.append((prefix + name, str(given)))
    return fields


def texts(root: ElementTree.Element, name: str) -> list[str]:
    """The texts of all elements called `name`."""
    return [element.text or "" for element in root.iter(NAMESPACE + name)]
