"""The fixture `outbox`: no test sends mail, each mail is in this list.

Maintained by copier-flask.
"""

from __future__ import annotations

from email.message import EmailMessage

import pytest
from flask import Flask

from app.core.mail import KEY


@pytest.fixture
def outbox(app: Flask) -> list[EmailMessage]:
    """The mails of this test: `outbox[0]["Subject"]`, and `text_of()` for the text."""
    mails: list[EmailMessage] = app.extensions[KEY].outbox
    return mails


@pytest.fixture(autouse=True)
def no_mail_yet(migrated_app: Flask) -> None:
    """Remove the mails of the previous test."""
    migrated_app.extensions[KEY].outbox.clear()


def text_of(mail: EmailMessage, kind: str = "plain") -> str:
    """Return the text of a mail, or with "html" its page.

    Raises AssertionError if the mail has no such part.
    """
    part = mail.get_body((kind,))
    assert part, f"The mail has no part of the kind {kind}."
    content: str = part.get_content()
    return content
