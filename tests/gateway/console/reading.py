"""Pages of the console, as a strict reader sees them."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from tests.running import RunningCloud

VOID = {"br", "input", "link", "meta"}
LABELLED = {"input", "select", "textarea"}


@dataclass
class Shown:
    """A page: its status, its fields in lower case, its source, and what a reader found in it."""

    status: int
    fields: dict[str, str]
    source: str
    text: str = ""
    links: list[str] = field(default_factory=list)
    inputs: dict[str, str] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)


class Reader(HTMLParser):
    """Reads a page; AssertionError for elements that are not closed in order, inputs without labels, scripts and
    styles within the page, and anything from elsewhere."""

    def __init__(self, shown: Shown) -> None:
        super().__init__()
        self.shown = shown
        self.open: list[str] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, given: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in given}
        self.shown.tags.append(tag)
        assert len(attributes) == len(given), f"<{tag}> has an attribute twice"
        assert not any(name.startswith("on") or name == "style" for name in attributes), given
        if "id" in attributes:
            assert attributes["id"] not in self.ids
            self.ids.add(attributes["id"])
        for name in ("href", "src", "action"):
            if name in attributes:
                assert attributes[name].startswith(("/_orrery", "#")), attributes[name]
        if tag == "script":
            assert attributes.get("src"), "a script within the page"
        if tag in LABELLED and attributes.get("type") not in ("hidden", "submit"):
            assert "label" in self.open, f"{attributes.get('name')} has no label"
        if tag == "input":
            self.shown.inputs[attributes["name"]] = attributes.get("value", "")
        if tag == "a":
            self.shown.links.append(attributes["href"])
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag, f"</{tag}> is out of order"

    def handle_data(self, data: str) -> None:
        self.shown.text += data


def look(cloud: RunningCloud, path: str, form: dict[str, str] | None = None, **fields: str) -> Shown:
    """Fetch a page, or send a form and be led on, and read it strictly."""
    body = None if form is None else urlencode(form).encode()
    headers = {name.replace("_", "-"): value for name, value in fields.items()}
    try:
        with urlopen(Request(cloud.url + path, data=body, headers=headers), timeout=10) as answer:
            status, got, source = answer.status, answer.headers, answer.read().decode()
    except HTTPError as refused:
        status, got, source = refused.code, refused.headers, refused.read().decode()
        refused.close()
    shown = Shown(status, {name.lower(): value for name, value in got.items()}, source)
    if shown.fields["content-type"].startswith("text/html"):
        assert source.startswith("<!DOCTYPE html>\n<html")
        reader = Reader(shown)
        reader.feed(source)
        reader.close()
        assert not reader.open
        assert shown.tags.count("h1") == shown.tags.count("main") == shown.tags.count("title") == 1
    return shown


def token(cloud: RunningCloud) -> str:
    """The token of the console's forms, from its first page."""
    return look(cloud, "/_orrery/").inputs["form-token"]
