"""`flask tokens`: tokens for programs, from the command line."""

from __future__ import annotations

from datetime import datetime
from datetime import timedelta
from datetime import UTC

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from app.accounts import api_tokens
from app.models import ApiToken
from tests.support.accounts import Account
from tests.support.accounts import MakeUser


def rows(app: Flask, account: Account) -> list[ApiToken]:
    with app.app_context():
        return api_tokens.of_user(account.id)


@pytest.mark.parametrize(
    ("options", "scopes", "days"),
    [
        ([], "read", 90),
        (["--write"], "read write", 90),
        (["--days", "7"], "read", 7),
        (["--never-expires"], "read", None),
    ],
)
def test_a_token_is_made_and_is_the_only_output(
    options: list[str],
    scopes: str,
    days: int | None,
    app: Flask,
    runner: FlaskCliRunner,
    user: Account,
) -> None:
    made = runner.invoke(args=["tokens", "create", user.email, "CI", *options])

    assert made.exit_code == 0, made.output
    with app.app_context():
        found = api_tokens.find(made.stdout.removesuffix("\n"))
    assert found
    (row,) = rows(app, user)
    assert (row.name, row.scopes) == ("CI", scopes)
    if days is None:
        assert row.expires_at is None
    else:
        assert row.expires_at
        left = row.expires_at - datetime.now(UTC)
        assert timedelta(days=days - 1) < left <= timedelta(days=days)


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["nobody@example.com", "CI"], "There is no account with the address"),
        (["ada@example.com", " "], "A token needs a name"),
        (["ada@example.com", "CI", "--days", "0"], "0 is not in the range"),
    ],
)
def test_what_is_refused_makes_no_token(
    arguments: list[str], fault: str, app: Flask, runner: FlaskCliRunner, user: Account
) -> None:
    made = runner.invoke(args=["tokens", "create", *arguments])

    assert made.exit_code != 0
    assert fault in made.output
    assert rows(app, user) == []


def test_the_list_shows_no_token(
    app: Flask, runner: FlaskCliRunner, user: Account, make_user: MakeUser
) -> None:
    with app.app_context():
        text = api_tokens.create(user.id, "CI", "read write", None)
        number = api_tokens.of_user(user.id)[0].id
        api_tokens.create(make_user().id, "Other", "read", None)

    shown = runner.invoke(args=["tokens", "list", user.email]).stdout

    columns = [str(number), "CI", f"...{text[-4:]}", "read write"]
    columns += ["expires never", "used never"]
    assert shown == "\t".join(columns) + "\n"


def test_a_token_is_revoked_by_its_id(
    app: Flask, runner: FlaskCliRunner, user: Account, make_user: MakeUser
) -> None:
    with app.app_context():
        for name in ("one", "two"):
            api_tokens.create(user.id, name, "read", None)
        number = api_tokens.of_user(user.id)[0].id
    stranger = make_user().email

    refused = runner.invoke(args=["tokens", "revoke", stranger, str(number)])
    assert "has no token with the id" in refused.output
    done = runner.invoke(args=["tokens", "revoke", user.email, str(number)])

    assert done.stdout == f"Revoked {number}.\n"
    assert [row.name for row in rows(app, user)] == ["one"]


def test_all_tokens_of_an_account_are_revoked(
    app: Flask, runner: FlaskCliRunner, user: Account
) -> None:
    with app.app_context():
        for name in ("one", "two"):
            api_tokens.create(user.id, name, "read", None)

    assert runner.invoke(args=["tokens", "revoke", user.email]).exit_code == 1
    both = ["tokens", "revoke", user.email, "1", "--all"]
    assert runner.invoke(args=both).exit_code == 1
    done = runner.invoke(args=["tokens", "revoke", user.email, "--all"])

    assert done.stdout == "Revoked 2.\n"
    assert rows(app, user) == []
