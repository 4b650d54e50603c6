"""A new password by a link: from a mail, or from the command."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskCliRunner
from werkzeug.routing import BuildError

from app.accounts import events
from app.accounts import resets
from app.accounts import tokens
from app.accounts import users
from app.core.links import NoSiteAddressError
from app.extensions import db
from app.models import User
from app.models import UserSession
from tests.support.accounts import Account
from tests.support.accounts import LogIn
from tests.support.accounts import PASSWORD

pytestmark = pytest.mark.usefixtures("as_shipped", "site_with_links")

NEW = "a longer horse, a better battery"
LinkOf = Callable[..., str]


@pytest.fixture
def site_with_links(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let links be built, as the rule of a project's own page for them does."""
    built: list[str] = []

    def link(endpoint: str, **values: str) -> str:
        built.append(endpoint)
        return f"https://www.example.com/new/{values['token']}"

    monkeypatch.setattr("app.core.links.link", link)
    with app.app_context():
        yield
    assert {*built} <= {resets.ENDPOINT}


def account_of(user: Account) -> User:
    return db.session.get_one(User, user.id)


def token_for(user: Account, purpose: str = resets.BY_MAIL) -> str:
    return resets.link(account_of(user), purpose).rpartition("/")[2]


@pytest.fixture
def told(app: Flask) -> Iterator[list[object]]:
    heard: list[object] = []

    def listen(_: Flask, **values: object) -> None:
        heard.append(values)

    with events.password_changed.connected_to(listen):
        yield heard


@pytest.mark.parametrize("purpose", [resets.BY_MAIL, resets.BY_COMMAND])
def test_a_link_sets_the_password_once(
    purpose: str, user: Account, told: list[object]
) -> None:
    token = token_for(user, purpose)

    assert resets.address_of(token) == user.email
    assert resets.set_password(token, NEW)
    assert told == [{"user_id": user.id, "email": user.email}]
    assert users.authenticate(user.email, NEW)
    assert users.authenticate(user.email, PASSWORD) is None

    assert resets.address_of(token) is None
    assert not resets.set_password(token, f"{NEW}, again")
    assert users.authenticate(user.email, NEW)
    assert len(told) == 1


def test_opening_the_link_changes_nothing(user: Account) -> None:
    token = token_for(user)

    assert [resets.address_of(token) for _ in range(3)] == [user.email] * 3
    assert users.authenticate(user.email, PASSWORD)


def test_a_new_password_logs_out_everywhere(user: Account, log_in: LogIn) -> None:
    for remember in (False, True):
        log_in(user, remember=remember)
    token = token_for(user)
    other = tokens.create(
        "other", user.email, timedelta(hours=1), user=account_of(user)
    )

    assert resets.set_password(token, NEW)

    assert db.session.scalar(sa.select(sa.func.count(UserSession.id))) == 0
    assert tokens.find("other", other) is None


@pytest.mark.parametrize(
    ("purpose", "is_confirmed"), [(resets.BY_MAIL, True), (resets.BY_COMMAND, False)]
)
def test_only_a_link_that_came_by_mail_confirms_the_address(
    purpose: str, is_confirmed: bool, user: Account
) -> None:
    account_of(user).is_confirmed = False
    db.session.commit()
    token = token_for(user, purpose)

    assert resets.set_password(token, NEW)

    found = db.session.scalar(sa.select(User.is_confirmed).where(User.id == user.id))
    assert found is is_confirmed


@pytest.mark.parametrize(
    ("refused", "words"), [("short", "at least"), ("ADA@example.com", "address")]
)
def test_a_password_that_is_refused_leaves_the_link_valid(
    refused: str, words: str, user: Account, told: list[object]
) -> None:
    token = token_for(user)

    with pytest.raises(ValueError, match=words):
        resets.set_password(token, refused)

    assert told == []
    assert resets.set_password(token, NEW)


def test_no_connection_is_held_while_hashing(
    user: Account, open_while_hashing: list[bool]
) -> None:
    token = token_for(user)

    assert resets.set_password(token, NEW)

    assert open_while_hashing == [False]


@pytest.mark.parametrize("token", ["", "guess", "x" * 5000])
def test_a_wrong_token_hashes_no_password(
    token: str, user: Account, open_while_hashing: list[bool]
) -> None:
    token_for(user)

    assert not resets.set_password(token, NEW)
    assert open_while_hashing == []


def test_a_link_is_valid_as_long_as_the_setting_says(
    app: Flask, user: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "RESET_LIFETIME", timedelta(minutes=5))
    found = tokens.find(resets.BY_MAIL, token_for(user))

    assert found
    assert found.expires_at - found.created_at == timedelta(minutes=5)


def test_a_deactivated_account_has_no_link(user: Account) -> None:
    token = token_for(user)

    users.deactivate(account_of(user))

    assert not resets.set_password(token, NEW)


def test_the_command_prints_a_link(user: Account, runner: FlaskCliRunner) -> None:
    done = runner.invoke(args=["users", "reset-link", "ADA@example.com"])

    assert done.exit_code == 0, done.output
    (address,) = done.stdout.splitlines()
    token = address.removeprefix("https://www.example.com/new/")
    assert resets.set_password(token, NEW)
    assert "for 60 minutes" in done.stderr


@pytest.mark.parametrize(
    ("error", "words"),
    [(NoSiteAddressError(), "set SITE_URL"), (BuildError("", {}, ""), "no view")],
)
def test_the_command_says_why_there_is_no_link(
    error: Exception,
    words: str,
    user: Account,
    runner: FlaskCliRunner,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def link(endpoint: str, **values: str) -> str:
        raise error

    monkeypatch.setattr("app.core.links.link", link)

    done = runner.invoke(args=["users", "reset-link", user.email])

    assert done.exit_code == 1
    assert words in done.stderr


def test_the_command_refuses_an_account_that_is_not_there_or_not_active(
    user: Account, runner: FlaskCliRunner
) -> None:
    users.deactivate(account_of(user))

    refused = runner.invoke(args=["users", "reset-link", user.email])
    unknown = runner.invoke(args=["users", "reset-link", "nobody@example.com"])

    assert (refused.exit_code, unknown.exit_code) == (1, 1)
    assert "not active: activate it first" in refused.stderr
    assert "There is no account" in unknown.stderr
