"""Mail: what is sent, to whom, and when."""

from __future__ import annotations

from email.message import EmailMessage

import pytest
from flask import Flask
from flask import url_for

from app.core import mail
from tests.support.mail_fixtures import text_of


def test_a_mail_has_its_values_in_text_and_html(
    app: Flask, outbox: list[EmailMessage]
) -> None:
    with app.app_context():
        mail.send("hello", "ada@example.com", name="<b>Ada</b>")

    (sent,) = outbox
    assert sent["To"] == "ada@example.com"
    assert sent["Subject"] == "hello"
    assert "name: <b>Ada</b>" in text_of(sent)
    assert "name: &lt;b&gt;Ada&lt;/b&gt;" in text_of(sent, "html")


def test_a_job_makes_links_to_the_site(app: Flask) -> None:
    links: list[str] = []

    def note(endpoint: str) -> None:
        links.append(url_for(endpoint))

    with app.test_request_context("/", base_url="http://evil.example"):
        mail.later(note, "main.index")

    assert links == ["http://localhost:5000/"]


@pytest.mark.parametrize(
    "address",
    [
        "ada@example.com\nBcc: eve@example.com",
        "ada@example.com, eve@example.com",
        "ada@example.com\r",
        "no address",
        "",
    ],
)
def test_what_is_not_one_address_is_refused(
    address: str, app: Flask, outbox: list[EmailMessage]
) -> None:
    with app.app_context(), pytest.raises(ValueError, match="is not one e-mail"):
        mail.send("hello", address)

    assert outbox == []
