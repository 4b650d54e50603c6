"""Addresses are confirmed by mail. Change these tests with app/auth/mail_routes.py."""

from __future__ import annotations

import re
from email.message import EmailMessage

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.extensions import db
from app.models import User
from tests.support.accounts import Account
from tests.support.accounts import MakeUser
from tests.support.accounts import submit
from tests.support.accounts import url_of
from tests.support.mail_fixtures import text_of

REMEDY = "If your form or your mail asks for something else, change this test."


def path_in_last(outbox: list[EmailMessage]) -> str:
    """Return the path of the link in the last mail."""
    text = text_of(outbox[-1]) if outbox else ""
    found = re.search(r"https?://[^/\s]+(/\S+)", text)
    assert found, f"There is no mail with a link, but {text!r}. {REMEDY}"
    return found[1]


def test_the_link_in_a_mail_confirms_an_address(
    app: Flask, client: FlaskClient, make_user: MakeUser, outbox: list[EmailMessage]
) -> None:
    user = make_user(is_confirmed=False)

    submit(client, url_of(app, "auth.confirm"), email=user.email)
    submit(client, path_in_last(outbox))

    with app.app_context():
        found = db.session.get(User, user.id)
        assert found
        assert found.is_confirmed, REMEDY


def test_an_address_is_changed_by_a_link_to_the_new_one(
    app: Flask,
    logged_in_client: FlaskClient,
    user: Account,
    outbox: list[EmailMessage],
) -> None:
    form = {"email": "new@example.com", "current": user.password}

    submit(logged_in_client, url_of(app, "auth.email"), **form)
    submit(logged_in_client, path_in_last(outbox))

    with app.app_context():
        email = db.session.scalar(sa.select(User.email).where(User.id == user.id))
    assert email == "new@example.com", REMEDY


# Add your tests below this line.
