"""Invitations: a link with which one address makes an account, once."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts import events
from app.accounts import invitations
from app.accounts import tokens
from app.accounts import users
from app.core.links import NoSiteAddressError
from app.extensions import db
from app.models import AccountToken
from app.models import User
from tests.support.accounts import Account
from tests.support.accounts import is_logged_in
from tests.support.accounts import LogIn
from tests.support.accounts import MakeUser
from tests.support.accounts import PASSWORD
from tests.support.required_fields import required_fields

pytestmark = pytest.mark.usefixtures("as_shipped")

EMAIL = "grace@example.com"
BY = 4711


def invite(app: Flask, email: str = EMAIL) -> str:
    """Return the token of an invitation."""
    with app.app_context():
        link = invitations.invite(email, BY).link
    before, _, token = link.rpartition("/")
    assert before.endswith("/auth/invitation")
    return token


def accept(app: Flask, token: str, password: str = PASSWORD) -> int | None:
    """Return the id of the account that an invitation has made."""
    with app.app_context():
        user = invitations.accept(token, password, **required_fields())
        return user.id if user else None


def account_of(email: str) -> User:
    return db.session.scalars(sa.select(User).filter_by(email=email)).one()


@pytest.mark.parametrize("mode", ["open", "invite"])
def test_an_invitation_makes_a_confirmed_account_and_logs_in(
    mode: str, app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "REGISTRATION", mode)
    token = invite(app, "Grace@Example.com")
    with app.app_context():
        assert invitations.find(token) == EMAIL

    client.post(f"/auth/invitation/{token}", data={"password": PASSWORD})

    assert is_logged_in(client)
    with app.app_context():
        user = account_of(EMAIL)
        assert user.check_password(PASSWORD)
        assert (user.is_confirmed, user.is_active, user.is_admin) == (True, True, False)


def test_no_invitation_is_valid_while_registration_is_closed(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = invite(app)
    with monkeypatch.context() as patch:
        patch.setitem(app.config, "REGISTRATION", "closed")

        assert accept(app, token) is None
        with app.app_context():
            assert invitations.find(token) is None
            with pytest.raises(ValueError, match="Registration is closed"):
                invitations.invite("alan@example.com", BY)
            assert db.session.scalar(sa.select(sa.func.count(AccountToken.id))) == 1

    assert accept(app, token)


def test_an_invitation_works_once(app: Flask, client: FlaskClient) -> None:
    token = invite(app)
    assert accept(app, token)

    assert accept(app, token) is None
    with app.app_context():
        assert invitations.find(token) is None
    again = client.post(f"/auth/invitation/{token}", data={"password": PASSWORD})
    assert again.status_code == 404


@pytest.mark.real_database
def test_of_simultaneous_requests_one_makes_the_account(app: Flask) -> None:
    token, made = invite(app), []
    start = threading.Barrier(4)

    def try_it() -> None:
        start.wait()
        made.append(accept(app, token))

    threads = [threading.Thread(target=try_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(map(bool, made)) == [False, False, False, True]


@pytest.mark.parametrize("token", ["", "x", "ü", "\0", "x" * 1000])
def test_another_token_is_no_invitation(token: str, app: Flask) -> None:
    invite(app)

    assert accept(app, token) is None


def test_a_token_of_another_purpose_is_no_invitation(app: Flask) -> None:
    with app.app_context():
        token = tokens.create("reset", EMAIL, timedelta(hours=1))

    assert accept(app, token) is None


def test_another_invitation_replaces_the_first(app: Flask) -> None:
    first, second = invite(app), invite(app)

    assert accept(app, first) is None
    assert accept(app, second)


def test_an_invitation_expires(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "INVITATION_LIFETIME", timedelta(0))
    token = invite(app)

    assert accept(app, token) is None
    with app.test_request_context():
        assert list(invitations.pending().items) == []


def test_an_invitation_is_withdrawn(app: Flask) -> None:
    token, other = invite(app), invite(app, "alan@example.com")
    with app.test_request_context():
        newest, oldest = invitations.pending().items
        assert [newest.email, oldest.email] == ["alan@example.com", EMAIL]
        number = oldest.id

    with app.app_context():
        assert invitations.withdraw(number, BY)
        assert not invitations.withdraw(number, BY)
    assert accept(app, token) is None
    assert accept(app, other)


def test_no_other_token_is_withdrawn(app: Flask) -> None:
    with app.app_context():
        token = tokens.create("reset", EMAIL, timedelta(hours=1))
        number = db.session.scalars(sa.select(AccountToken.id)).one()

        assert not invitations.withdraw(number, BY)
        assert tokens.find("reset", token)


def test_a_taken_address_is_not_invited(app: Flask, user: Account) -> None:
    with app.app_context():
        with pytest.raises(users.EmailTakenError):
            invitations.invite(user.email.upper(), BY)
        assert db.session.scalar(sa.select(AccountToken.id)) is None


def test_an_address_that_was_taken_meanwhile_leaves_the_account_as_it_is(
    app: Flask, make_user: MakeUser
) -> None:
    token = invite(app)
    make_user(EMAIL)

    with app.app_context():
        with pytest.raises(users.EmailTakenError):
            invitations.accept(token, "another password", **required_fields())
        assert invitations.find(token) == EMAIL
        assert account_of(EMAIL).check_password(PASSWORD)


@pytest.mark.real_database
@pytest.mark.parametrize("taken", [True, False])
def test_what_is_refused_leaves_the_invitation_valid(
    taken: bool, app: Flask, make_user: MakeUser
) -> None:
    token = invite(app)
    if taken:
        make_user(EMAIL)

    with pytest.raises(ValueError, match="account with this" if taken else "short"):
        accept(app, token, PASSWORD if taken else "short")

    with app.app_context():
        assert invitations.find(token) == EMAIL


def test_the_address_is_no_password(app: Flask) -> None:
    with pytest.raises(ValueError, match="is the e-mail address"):
        accept(app, invite(app), EMAIL)


def test_an_invited_person_gets_an_account_that_a_stranger_has_registered(
    app: Flask, make_user: MakeUser, log_in: LogIn
) -> None:
    stranger = make_user(EMAIL)
    browser = log_in(stranger)
    with app.app_context():
        account_of(EMAIL).is_confirmed = False
        db.session.commit()

    token, password = invite(app), "the password of the invited person"
    assert accept(app, token, password) == stranger.id

    assert not is_logged_in(browser)
    with app.app_context():
        assert account_of(EMAIL).is_confirmed
        assert account_of(EMAIL).check_password(password)


def test_an_invited_person_has_the_fields_of_the_form_and_not_of_a_stranger(
    app: Flask, make_user: MakeUser
) -> None:
    make_user(EMAIL, is_admin=True, is_confirmed=False)
    token = invite(app)

    with app.app_context():
        invitations.accept(token, PASSWORD, is_admin=False)

        assert not account_of(EMAIL).is_admin


@pytest.mark.real_database
def test_no_connection_is_held_while_the_password_is_hashed(
    app: Flask, open_while_hashing: list[bool]
) -> None:
    token = invite(app)
    open_while_hashing.clear()

    assert accept(app, token)
    assert open_while_hashing == [False]


def test_the_event_has_the_address_and_the_link(app: Flask) -> None:
    heard: list[dict[str, Any]] = []

    def listen(_: Flask, **values: Any) -> None:
        heard.append(values)

    with app.app_context():
        with events.invited.connected_to(listen):
            made = invitations.invite(EMAIL, BY)
        assert heard == [{"email": EMAIL, "link": made.link}]


def test_without_the_address_of_the_site_nothing_is_made(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "SITE_URL", None)
    monkeypatch.setitem(app.config, "APP_CONFIG", "production")

    with app.app_context():
        with pytest.raises(NoSiteAddressError, match="set SITE_URL"):
            invitations.invite(EMAIL, BY)
        assert db.session.scalar(sa.select(AccountToken.id)) is None


def test_the_log_has_the_number_and_neither_address_nor_token(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    token = invite(app)
    account = accept(app, token)
    invite(app, "alan@example.com")
    with app.app_context():
        number = db.session.scalars(sa.select(AccountToken.id)).one()
        invitations.withdraw(number)

    # Without the lines of your own listeners.
    records = [vars(record) for record in caplog.records]
    lines = [record["fields"] for record in records if "fields" in record]
    first = lines[0]["invitation"]
    assert lines == [
        {"event": "invited", "invitation": first, "by": BY},
        {"event": "invitation accepted", "account": account, "invitation": first},
        {"event": "invited", "invitation": number, "by": BY},
        {"event": "invitation withdrawn", "invitation": number, "by": "command"},
    ]
    assert token not in caplog.text
