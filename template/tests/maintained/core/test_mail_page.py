"""/dev/mail: the mails of development, without what a stranger could do with them."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

import pytest
from flask import Flask

from app.core import mail
from app.core import mail_page
from tests.support.applications import MakeApp

EVIL = (
    '<html><head><title>x</title></head><body style="color: red">'
    '<script>alert(1)</script><a href="https://example.com/a?b=1&amp;c=2">Go</a></body>'
)


@pytest.fixture
def development(
    make_app: MakeApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Flask:
    """An application that has the page, and its mails in an empty folder."""
    app = make_app()
    monkeypatch.setattr(app, "instance_path", str(tmp_path))
    monkeypatch.setitem(app.config, "APP_CONFIG", "development")
    app.extensions[mail.KEY].outbox = None
    mail_page.init_app(app)
    return app


def message(text: str, html: str = EVIL) -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"] = "<b>Hello</b>"
    mail["To"] = "ada@example.com"
    mail.set_content(text)
    mail.add_alternative(html, subtype="html")
    return mail


def test_only_development_has_the_page(make_app: MakeApp) -> None:
    app = make_app()

    assert app.test_client().get("/dev/mail/").status_code == 404


def test_a_mail_is_on_the_console_and_on_the_page(
    development: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    client = development.test_client()
    assert "No mail was sent yet" in client.get("/dev/mail/").text

    with development.app_context():
        mail.send("hello", "ada@example.com", link="https://example.com/a?b=1")
        (name,) = mail_page.names()

    printed = capsys.readouterr().err
    assert "ada@example.com: hello" in printed
    assert "link: https://example.com/a?b=1" in printed
    page = client.get("/dev/mail/").text
    assert "ada@example.com" in page
    assert f'href="/dev/mail/{name}"' in page
    shown = client.get(f"/dev/mail/{name}").text
    assert 'href="https://example.com/a?b=1"' in shown


def test_what_a_mail_says_is_text_on_the_page(development: Flask) -> None:
    with development.app_context():
        mail_page.keep(message("<script>alert(1)</script> https://example.com/"))
        (name,) = mail_page.names()
    answer = development.test_client().get(f"/dev/mail/{name}")

    assert "<script>" not in answer.text
    assert "<b>Hello</b>" not in answer.text
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in answer.text
    assert "'unsafe-inline'" not in answer.headers["Content-Security-Policy"]


def test_the_html_part_has_its_styles_and_no_script(development: Flask) -> None:
    with development.app_context():
        mail_page.keep(message("text"))
        (name,) = mail_page.names()
    answer = development.test_client().get(f"/dev/mail/{name}/html")
    policy = answer.headers["Content-Security-Policy"]

    assert '<head><base target="_blank"><title>' in answer.text
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "style-src 'unsafe-inline'" in policy
    assert "sandbox allow-popups" in policy
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.parametrize("name", ["x", "..%2f..%2fconfig", f"{0:020}-{'0' * 8}"])
def test_other_names_are_not_found(name: str, development: Flask) -> None:
    client = development.test_client()

    assert client.get(f"/dev/mail/{name}").status_code == 404
    assert client.get(f"/dev/mail/{name}/html").status_code == 404


def test_the_newest_mails_are_kept(
    development: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail_page, "MAX_KEPT", 3)
    with development.app_context():
        for number in range(5):
            mail_page.keep(message(f"number {number}"))
        found = [mail_page.read(name) for name in mail_page.names()]
        left = list(mail_page.folder().iterdir())

    assert [mail_page.part(mail, "plain").strip() for mail in found if mail] == [
        "number 4",
        "number 3",
        "number 2",
    ]
    assert len(left) == 3


def test_a_folder_that_cannot_be_written_is_logged(
    development: Flask, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "mail").write_text("a file")
    with development.app_context():
        mail_page.keep(message("text"))

    assert "/dev/mail will not show the mail" in caplog.text
