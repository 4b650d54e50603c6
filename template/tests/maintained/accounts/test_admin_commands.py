"""`flask users`: what administrators do with accounts, from the command line."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskCliRunner

from app.accounts import command_line
from app.extensions import db
from app.models import AccountToken
from app.models import User
from tests.support.accounts import Account
from tests.support.accounts import is_logged_in
from tests.support.accounts import LogIn
from tests.support.accounts import MakeUser
from tests.support.accounts import PASSWORD

NEW = "a longer horse, a better battery"


def read(user: Account) -> User:
    return db.session.scalars(sa.select(User).filter_by(id=user.id)).one()


@pytest.mark.parametrize(
    ("command", "said", "active", "admin"),
    [
        ("promote", "Promoted", True, True),
        ("demote", "Demoted", True, False),
        ("activate", "Activated", True, True),
        ("deactivate", "Deactivated", False, True),
    ],
)
def test_a_command_changes_the_account(
    command: str,
    said: str,
    active: bool,
    admin: bool,
    app: Flask,
    runner: FlaskCliRunner,
    make_user: MakeUser,
) -> None:
    make_user(is_admin=True)
    user = make_user(is_admin=command != "promote", is_active=command != "activate")

    result = runner.invoke(args=["users", command, user.email.upper()])

    assert result.exit_code == 0, result.output
    assert result.stdout == f"{said} {user.email}.\n"
    with app.app_context():
        assert (read(user).is_active, read(user).is_admin) == (active, admin)


@pytest.mark.parametrize("command", ["demote", "deactivate"])
def test_the_last_administrator_is_refused_with_the_remedy(
    command: str, runner: FlaskCliRunner, make_user: MakeUser
) -> None:
    last = make_user(is_admin=True)

    result = runner.invoke(args=["users", command, last.email])

    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == (
        "Error: This is the last active administrator. Make another account an "
        "administrator first."
    )


@pytest.mark.parametrize(
    "command", ["activate", "deactivate", "demote", "promote", "set-password"]
)
@pytest.mark.parametrize(
    ("email", "rule"), [("nobody@example.com", "There is no account"), ("x", "@-sign")]
)
def test_an_unknown_account_is_named(
    email: str, rule: str, command: str, runner: FlaskCliRunner
) -> None:
    result = runner.invoke(args=["users", command, email], input=f"{NEW}\n")

    assert result.exit_code == 1
    assert rule in result.stderr


def test_set_password_logs_the_account_out(
    app: Flask, runner: FlaskCliRunner, user: Account, log_in: LogIn
) -> None:
    browser = log_in(user)

    result = runner.invoke(args=["users", "set-password", user.email], input=f"{NEW}\n")

    assert result.exit_code == 0, result.output
    assert not is_logged_in(browser)
    with app.app_context():
        assert read(user).check_password(NEW)


def test_set_password_refuses_with_one_line(
    runner: FlaskCliRunner, user: Account
) -> None:
    result = runner.invoke(args=["users", "set-password", user.email], input="short\n")

    assert result.exit_code == 1
    assert "at least 12 characters" in result.stderr.splitlines()[-1]


@pytest.mark.real_database
def test_no_connection_is_held_while_a_new_password_is_typed(
    runner: FlaskCliRunner, user: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_ones: list[bool] = []

    def typed() -> str:
        open_ones.append(db.session().in_transaction())
        return NEW

    monkeypatch.setattr(command_line, "read_password", typed)
    result = runner.invoke(args=["users", "set-password", user.email])

    assert result.exit_code == 0, result.output
    assert open_ones == [False]


def test_invite_prints_a_link_that_works_once(
    app: Flask, runner: FlaskCliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "SITE_URL", "https://www.example.com/shop")

    result = runner.invoke(args=["users", "invite", "Grace@example.com"])

    assert result.exit_code == 0, result.output
    assert "Invited grace@example.com." in result.stderr
    site, _, path = result.stdout.strip().partition("/shop")
    assert site == "https://www.example.com"
    browser = app.test_client()
    browser.post(path, data={"password": PASSWORD})
    assert is_logged_in(browser)


@pytest.mark.parametrize(
    ("email", "rule"), [("ada@example.com", "There is an account"), ("x", "@-sign")]
)
def test_invite_refuses_with_one_line(
    email: str, rule: str, app: Flask, runner: FlaskCliRunner, user: Account
) -> None:
    result = runner.invoke(args=["users", "invite", email])

    assert result.exit_code == 1
    assert rule in result.stderr.splitlines()[-1]
    with app.app_context():
        assert db.session.scalar(sa.select(AccountToken.id)) is None
