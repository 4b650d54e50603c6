"""The mails of a new project. tests/test_projects.py copies this module."""

from __future__ import annotations

from datetime import datetime
from datetime import UTC
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from markupsafe import Markup

from app.core import mail
from tests.support.mail_fixtures import text_of

FOLDER = Path(__file__).parents[2] / "app/templates/mail"
WHEN = datetime(2040, 2, 29, tzinfo=UTC)
VALUES: dict[str, Any] = {"link": "https://www.example.com/a-link", "minutes": 60}


@pytest.mark.parametrize("name", [path.stem for path in FOLDER.glob("*.txt")])
def test_a_mail_says_the_same_in_its_text_and_in_its_page(
    name: str, app: Flask, outbox: list[EmailMessage]
) -> None:
    with app.app_context():
        mail.send(name, "ada@example.com", **VALUES, until=WHEN, when=WHEN)

    (sent,) = outbox
    text, page = text_of(sent), text_of(sent, "html")
    shown = Markup(page).striptags()  # noqa: S704  # it is only read
    for paragraph in [sent["Subject"], *text.replace("`", "").split("\n\n")]:
        assert " ".join(paragraph.split()) in shown
