"""Change of the address: confirmed at the new one, told to the old one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.message import EmailMessage
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError

from app.accounts import email_change
from app.accounts import tokens
from app.accounts import users
from app.core import mail
from app.extensions import db
from app.models import AccountToken
from app.models import User
from tests.support.accounts import Account
from tests.support.accounts import is_logged_in
from tests.support.accounts import LogIn
from tests.support.accounts import MakeUser
from tests.support.mail_fixtures import text_of

pytestmark = pytest.mark.usefixtures("as_shipped")

NEW = "new@example.com"


def ask(browser: FlaskClient, user: Account, email: str = NEW) -> str:
    form = {"email": email, "current": user.password}
    return browser.post("/auth/email", data=form).text


def path_in(message: EmailMessage) -> str:
    """Return the path of the link in a mail."""
    found = re.search(r"link: https?://[^/]+(/\S+)", text_of(message))
    assert found
    return found[1]


def email_of(app: Flask, user: Account) -> str:
    with app.app_context():
        found = db.session.get(User, user.id)
        assert found
        return found.email


def sent(outbox: list[EmailMessage]) -> list[tuple[str, str]]:
    return [(str(each["Subject"]), str(each["To"])) for each in outbox]


@contextmanager
def statements() -> Iterator[list[str]]:
    """The statements of a block."""
    done: list[str] = []

    def note(_: Any, __: Any, text: str, *___: Any) -> None:
        # Those of the transaction of the test are numbered.
        done.append(re.sub(r"savepoint_\d+", "savepoint", text))

    event.listen(sa.Engine, "before_cursor_execute", note)
    yield done
    event.remove(sa.Engine, "before_cursor_execute", note)


def test_an_address_changes_when_the_new_one_is_confirmed(
    app: Flask,
    logged_in_client: FlaskClient,
    user: Account,
    outbox: list[EmailMessage],
) -> None:
    assert ask(logged_in_client, user) == "Check your inbox."
    path = path_in(outbox[0])
    assert logged_in_client.get(path).text == NEW
    assert email_of(app, user) == user.email

    assert logged_in_client.post(path).text == "True"

    assert email_of(app, user) == NEW
    assert sent(outbox) == [("email_change", NEW), ("email_changed", user.email)]
    assert is_logged_in(logged_in_client)
    assert logged_in_client.post(path).text == "False"


def test_a_change_asks_for_the_password(
    app: Flask,
    logged_in_client: FlaskClient,
    user: Account,
    outbox: list[EmailMessage],
) -> None:
    form = {"email": NEW, "current": "not the password"}

    answer = logged_in_client.post("/auth/email", data=form)

    assert answer.text == "This is not your password."
    assert outbox == []


def test_wrong_passwords_are_counted_and_forgiven_after_the_right_one(
    logged_in_client: FlaskClient, user: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted: list[tuple[str, str]] = []
    for name in ("count_failure", "forgive"):
        note = partial(lambda what, email: noted.append((what, email)), name)
        monkeypatch.setattr(f"app.accounts.throttling.{name}", note)

    logged_in_client.post("/auth/email", data={"email": NEW, "current": "wrong"})
    ask(logged_in_client, user)

    assert noted == [("count_failure", user.email), ("forgive", user.email)]


def test_a_taken_address_is_told_to_its_owner_only(
    app: Flask,
    logged_in_client: FlaskClient,
    user: Account,
    make_user: MakeUser,
    outbox: list[EmailMessage],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_user("abc@example.com")
    found = []
    with monkeypatch.context() as patch, statements() as done:
        patch.setattr(mail, "later", lambda *_: None)
        for email in ("abc@example.com", NEW):
            done.clear()
            found.append((ask(logged_in_client, user, email), list(done)))

    ask(logged_in_client, user, "abc@example.com")

    assert found[0] == found[1]
    assert sent(outbox) == [("email_taken", "abc@example.com")]


@pytest.mark.parametrize("is_full", [False, True])
@pytest.mark.parametrize("second", ["abc@example.com", "free@example.com"])
def test_the_link_before_does_not_tell_whether_an_address_is_taken(
    second: str,
    is_full: bool,
    logged_in_client: FlaskClient,
    user: Account,
    make_user: MakeUser,
    outbox: list[EmailMessage],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_user("abc@example.com")
    ask(logged_in_client, user)
    if is_full:
        monkeypatch.setattr("app.accounts.mail_limits.may_mail", lambda *_: False)

    ask(logged_in_client, user, second)

    assert logged_in_client.get(path_in(outbox[0])).text == "None"


def test_the_link_is_of_no_use_to_who_reads_a_mistyped_mailbox(
    app: Flask,
    logged_in_client: FlaskClient,
    user: Account,
    make_user: MakeUser,
    log_in: LogIn,
    client: FlaskClient,
    outbox: list[EmailMessage],
) -> None:
    ask(logged_in_client, user)
    path, stranger = path_in(outbox[0]), log_in(make_user())

    assert client.post(path).location
    assert stranger.get(path).text == "None"
    assert stranger.post(path).text == "False"

    assert email_of(app, user) == user.email
    assert logged_in_client.post(path).text == "True"


def test_an_address_that_was_taken_meanwhile_is_an_answer(
    app: Flask,
    logged_in_client: FlaskClient,
    user: Account,
    make_user: MakeUser,
    outbox: list[EmailMessage],
) -> None:
    ask(logged_in_client, user)
    make_user(NEW)

    assert logged_in_client.post(path_in(outbox[0])).text == "False"

    assert email_of(app, user) == user.email
    assert [name for name, _ in sent(outbox)] == ["email_change"]


def test_an_error_of_another_column_is_not_a_taken_address(
    app: Flask, user: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(account: int, token: str) -> str:
        raise IntegrityError("UPDATE", {}, Exception("of a rule of the owner"))

    monkeypatch.setattr(email_change, "replace_address", refuse)
    monkeypatch.setattr(email_change, "new_address", lambda *_: NEW)
    with app.app_context():
        found = db.session.get(User, user.id)
        assert found
        with pytest.raises(IntegrityError):
            email_change.change(found, "token")


def test_other_links_die_with_a_change_of_address(
    app: Flask,
    logged_in_client: FlaskClient,
    user: Account,
    outbox: list[EmailMessage],
) -> None:
    ask(logged_in_client, user)
    with app.app_context():
        found = db.session.get(User, user.id)
        hour = timedelta(hours=1)
        reset = tokens.create("reset", user.email, hour, user=found)

    logged_in_client.post(path_in(outbox[0]))

    with app.app_context():
        assert tokens.find("reset", reset) is None
        assert db.session.scalar(sa.select(sa.func.count(AccountToken.id))) == 0


def test_a_change_of_password_ends_the_link(
    app: Flask,
    logged_in_client: FlaskClient,
    user: Account,
    outbox: list[EmailMessage],
    log_in: LogIn,
) -> None:
    ask(logged_in_client, user)
    with app.test_request_context():
        found = db.session.get(User, user.id)
        assert found
        assert users.change_password(found, user.password, "another long password")

    browser = log_in(user)
    assert browser.post(path_in(outbox[0])).text == "False"
    assert email_of(app, user) == user.email


def test_a_change_confirms_the_address(
    app: Flask,
    make_user: MakeUser,
    log_in: LogIn,
    outbox: list[EmailMessage],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(app.config, "EMAIL_CONFIRMATION", "banner")
    user = make_user(is_confirmed=False)
    browser = log_in(user)
    ask(browser, user)

    browser.post(path_in(outbox[0]))

    with app.app_context():
        found = db.session.get(User, user.id)
        assert found
        assert found.is_confirmed


def test_a_mailbox_that_has_had_enough_gets_nothing(
    logged_in_client: FlaskClient,
    user: Account,
    outbox: list[EmailMessage],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.accounts.mail_limits.may_mail", lambda *_: False)

    assert ask(logged_in_client, user) == "Check your inbox."
    assert outbox == []


def test_no_connection_is_held_while_the_password_is_checked(
    logged_in_client: FlaskClient, user: Account, open_while_hashing: list[bool]
) -> None:
    ask(logged_in_client, user)

    assert open_while_hashing == [False]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_log_in_page_has_no_token_in_its_address(
    method: str, client: FlaskClient
) -> None:
    """The log of a proxy has addresses, and so does the Referer of the page's files."""
    answer = client.open("/auth/email/a-token", method=method)

    assert answer.location == "/auth/login"
    with client.session_transaction() as session:
        flashed = [message for _, message in session["_flashes"]]
    assert flashed == ["Please log in to see this page.", "Then open the link again."]
