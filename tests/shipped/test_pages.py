"""The pages of a new project. tests/test_projects.py copies this module into each.

The project itself has fewer tests of its pages, because its owner changes them.
"""

from __future__ import annotations

from html.parser import HTMLParser

from flask.testing import FlaskClient


class Page(HTMLParser):
    """The tags of a page with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def test_index_can_be_read_and_used_without_a_mouse(client: FlaskClient) -> None:
    page = Page(client.get("/").text)

    assert page.all("html") == [{"lang": "en"}]
    assert page.all("a")[0]["href"] == "#content"
    assert [main["id"] for main in page.all("main")] == ["content"]
    assert len(page.all("h1")) == 1


def test_index_loads_nothing_that_its_policy_forbids(client: FlaskClient) -> None:
    response = client.get("/")
    page = Page(response.text)
    loaded = [link["href"] for link in page.all("link")] + [
        tag.get("src") for name, tag in page.tags if name in {"script", "img"}
    ]

    assert "default-src 'self'" in response.headers["Content-Security-Policy"]
    assert all(address and address.startswith("/static/") for address in loaded)
    assert not page.all("style")
    assert not [tag for _, tag in page.tags if "style" in tag or "onclick" in tag]


def test_flashed_messages_are_shown_once_by_category(client: FlaskClient) -> None:
    with client.session_transaction() as session:
        session["_flashes"] = [("success", "Saved & <done>."), ("error", "Not sent.")]

    first = client.get("/")
    messages = [
        (message["class"], message["role"])
        for message in Page(first.text).all("p")
        if "role" in message
    ]

    assert messages == [
        ("message message-success", "status"),
        ("message message-error", "alert"),
    ]
    assert "Saved &amp; &lt;done&gt;." in first.text
    assert "Saved" not in client.get("/").text
