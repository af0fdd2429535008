"""The frame of every page of the console."""

from typing import Final

from orrery import __version__
from orrery.gateway.console.markup import Markup, joined, link, tag
from orrery.wire.http import Answer, Header

HOME: Final = "/_orrery/"
CONSOLE: Final = "/_orrery/console"

GUARDS: Final[list[Header]] = [
    (b"Content-Security-Policy", b"default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"),
    (b"X-Content-Type-Options", b"nosniff"),
    (b"X-Frame-Options", b"DENY"),
    (b"Referrer-Policy", b"same-origin"),
    (b"Cross-Origin-Opener-Policy", b"same-origin"),
    (b"Cross-Origin-Resource-Policy", b"same-origin"),
    (b"Cache-Control", b"no-store"),
]
"""What keeps other sites out of these pages, and scripts of others out of them."""

_NAVIGATION: Final = (
    (HOME, "Overview"),
    (f"{CONSOLE}/requests", "Requests"),
    (f"{CONSOLE}/services", "Services"),
    (f"{CONSOLE}/states", "Saved states"),
)


def page(title: str, *content: object, here: str = "", status: int = 200) -> Answer:
    """A page with navigation; `here` is the path of the entry that is shown as current."""
    entries = [tag("li", link(path, text, aria_current="page" if path == here else None)) for path, text in _NAVIGATION]
    body = joined(
        link("#content", "Skip to the content", class_="skip"),
        tag(
            "header",
            tag("p", "Orrery ", tag("small", __version__)),
            tag("nav", tag("ul", *entries), aria_label="Pages"),
        ),
        tag("main", tag("h1", title), *content, id="content", tabindex="-1"),
    )
    head = joined(
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", f"{title} – Orrery"),
        tag("link", rel="stylesheet", href=f"{CONSOLE}/console.css"),
        tag("script", src=f"{CONSOLE}/console.js", defer=True),
    )
    whole = "<!DOCTYPE html>\n" + tag("html", tag("head", head), tag("body", body), lang="en") + "\n"
    return Answer(status, [(b"Content-Type", b"text/html; charset=utf-8"), *GUARDS], whole.encode())


def asset(content: bytes, media_type: bytes) -> Answer:
    """A file that pages refer to."""
    return Answer(200, [(b"Content-Type", media_type), *GUARDS], content)


def elsewhere(target: str) -> Answer:
    """Send the browser to a page, after a form was done."""
    return Answer(303, [(b"Location", target.encode()), *GUARDS])


def section(title: str, *content: object, id: str) -> Markup:
    """A part of a page with its heading."""
    return tag("section", tag("h2", title, id=f"{id}-heading"), *content, id=id, aria_labelledby=f"{id}-heading")


def alert(text: str) -> Markup:
    """What went wrong, or was done, told to screen readers at once."""
    return tag("p", text, role="alert", class_="alert")
