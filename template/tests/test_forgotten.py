"""A forgotten password. Change these tests with app/auth/mail_routes.py."""

from __future__ import annotations

import re
from email.message import EmailMessage

from flask import Flask
from flask.testing import FlaskClient

from tests.support.accounts import Account
from tests.support.accounts import submit
from tests.support.accounts import url_of
from tests.support.mail_fixtures import text_of


def test_a_forgotten_password_brings_a_link_by_mail(
    app: Flask, client: FlaskClient, user: Account, outbox: list[EmailMessage]
) -> None:
    asked = submit(client, url_of(app, "auth.reset"), email=user.email)

    assert [mail["To"] for mail in outbox] == [user.email], (
        f"The form is {asked.status_code}, and {len(outbox)} mails were sent. If it "
        "has other required fields, change this test: add them to `submit`."
    )
    (link,) = re.findall(r"https?://\S+/reset/\S+", text_of(outbox[0]))
    assert client.get(link).status_code == 200


def test_nobody_learns_who_has_an_account(
    app: Flask, user: Account, outbox: list[EmailMessage]
) -> None:
    path = url_of(app, "auth.reset")
    addresses = (user.email, "nobody@example.com")

    # Each in a browser of its own: the first page may set a cookie.
    known, unknown = (submit(app.test_client(), path, email=each) for each in addresses)

    assert len(outbox) == 1, (
        f"{path} is {known.status_code}, and {len(outbox)} mails were sent. If mail is "
        "asked for in another way, change this test."
    )
    # Without the token of a form, which your page may show.
    pages = {re.sub(r"[\w.-]{40,}", "", answer.text) for answer in (known, unknown)}
    assert (known.status_code, len(pages)) == (unknown.status_code, 1), (
        "The page tells who has an account. If it shows a value that is new each time, "
        "change this test."
    )


# Add your tests below this line.
