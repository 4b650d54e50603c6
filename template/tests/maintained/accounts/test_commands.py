"""`flask users`: accounts from the command line."""

from __future__ import annotations

from datetime import datetime
from datetime import UTC

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from flask.testing import FlaskCliRunner

from app.accounts import command_line
from app.accounts import users
from app.extensions import db
from app.models import User
from tests.support.accounts import Account
from tests.support.accounts import MakeUser
from tests.support.accounts import PASSWORD
from tests.support.applications import MakeApp


@pytest.mark.parametrize(("flags", "admin"), [([], False), (["--admin"], True)])
def test_create_reads_the_password_from_standard_input(
    flags: list[str], admin: bool, app: Flask, runner: FlaskCliRunner
) -> None:
    result = runner.invoke(
        args=["users", "create", "Boss@example.com", *flags], input=f"{PASSWORD}\n"
    )

    assert result.exit_code == 0, result.output
    assert "Created boss@example.com" in result.stdout
    assert result.stderr.startswith("testing: ")
    with app.app_context():
        user = db.session.scalar(sa.select(User))
        assert user
        assert user.is_admin is admin
        assert user.check_password(PASSWORD)


def test_create_asks_twice_at_a_terminal(
    runner: FlaskCliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, object]] = []

    def prompt(_: str, **options: object) -> str:
        asked.append(options)
        return PASSWORD

    class Terminal:
        @staticmethod
        def isatty() -> bool:
            return True

    monkeypatch.setattr("app.accounts.command_line.click.prompt", prompt)
    monkeypatch.setattr(command_line, "standard_input", Terminal)
    result = runner.invoke(args=["users", "create", "boss@example.com"])

    assert result.exit_code == 0, result.output
    assert asked == [{"hide_input": True, "confirmation_prompt": "Once more"}]


def test_nothing_is_locked_while_the_password_is_typed(
    runner: FlaskCliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_ones: list[bool] = []

    def typed() -> str:
        open_ones.append(db.session().in_transaction())
        return PASSWORD

    monkeypatch.setattr(command_line, "read_password", typed)

    assert runner.invoke(args=["users", "create", "a@example.com"]).exit_code == 0
    assert open_ones == [False]


@pytest.mark.parametrize(
    ("email", "password", "rule"),
    [
        ("boss", PASSWORD, "must have an @-sign"),
        ("boss@example.com", "short", "at least 12 characters"),
        ("boss@example.com", "", "at least 12 characters"),
        ("ADA@example.com", PASSWORD, "There is an account"),
    ],
)
def test_create_refuses_with_one_line(
    email: str,
    password: str,
    rule: str,
    user: Account,
    app: Flask,
    runner: FlaskCliRunner,
) -> None:
    result = runner.invoke(args=["users", "create", email], input=f"{password}\n")

    assert result.exit_code == 1
    assert rule in result.stderr.splitlines()[-1]
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count(User.id))) == 1


def test_create_sets_other_fields_in_the_type_of_their_columns(
    app: Flask, runner: FlaskCliRunner
) -> None:
    options = ["--set", "is_active=false", "--set", "created_at=2026-01-02T03:04+00:00"]
    result = runner.invoke(
        args=["users", "create", "boss@example.com", *options], input=PASSWORD
    )

    assert result.exit_code == 0, result.output
    with app.app_context():
        user = db.session.scalars(sa.select(User)).one()
        assert (user.is_active, user.created_at) == (
            False,
            datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
        )


@pytest.mark.parametrize(
    ("assignment", "rule"),
    [
        ("no-column=ada", "with one of these names: "),
        ("email=ada@example.com", "with one of these names: "),
        ("is_active", "--set takes NAME=VALUE"),
        ("is_active=perhaps", "--set is_active takes a bool, not 'perhaps'."),
        ("created_at=2026-01-02", "The account is refused: "),  # without a time zone
    ],
)
def test_create_refuses_a_wrong_assignment_with_one_line(
    assignment: str, rule: str, runner: FlaskCliRunner
) -> None:
    result = runner.invoke(
        args=["users", "create", "boss@example.com", "--set", assignment],
        input=PASSWORD,
    )

    assert result.exit_code == 1
    assert rule in result.stderr.splitlines()[-1]


def test_create_names_the_fields_that_an_account_requires(
    runner: FlaskCliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def create(*_: object, **__: object) -> None:
        raise users.MissingFieldsError(["nickname", "team_id"])

    monkeypatch.setattr(users, "create", create)
    result = runner.invoke(args=["users", "create", "a@example.com"], input=PASSWORD)

    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == (
        "Error: An account requires nickname, team_id: add "
        "--set nickname=VALUE --set team_id=VALUE."
    )


def test_list_shows_each_account_and_no_secret(
    runner: FlaskCliRunner, user: Account, make_user: MakeUser
) -> None:
    make_user("boss@example.com", is_admin=True)
    runner.invoke(args=["users", "deactivate", user.email])

    lines = runner.invoke(args=["users", "list"]).stdout.splitlines()

    assert [line.split("\t")[1:2] + line.split("\t")[3:] for line in lines] == [
        ["ada@example.com", "inactive"],
        ["boss@example.com", "admin"],
    ]
    assert "pbkdf2" not in "".join(lines)


def test_deactivate_logs_the_account_out(
    runner: FlaskCliRunner, user: Account, logged_in_client: FlaskClient
) -> None:
    result = runner.invoke(args=["users", "deactivate", "ADA@example.com"])

    assert result.exit_code == 0
    assert logged_in_client.get("/dashboard").status_code != 200


@pytest.mark.parametrize(
    ("email", "rule"), [("nobody@example.com", "There is no account"), ("x", "@-sign")]
)
def test_deactivate_names_an_unknown_account(
    email: str, rule: str, runner: FlaskCliRunner
) -> None:
    result = runner.invoke(args=["users", "deactivate", email])

    assert result.exit_code == 1
    assert rule in result.stderr


def test_a_database_without_tables_names_the_upgrade_command(make_app: MakeApp) -> None:
    result = make_app().test_cli_runner().invoke(args=["users", "list"])

    assert result.exit_code == 1
    assert "run flask db upgrade first" in result.stderr


@pytest.mark.parametrize("command", ["create", "deactivate"])
def test_an_email_in_a_private_domain_names_the_setting(
    command: str, runner: FlaskCliRunner
) -> None:
    result = runner.invoke(
        args=["users", command, "boss@corp.local"], input=f"{PASSWORD}\n"
    )

    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == (
        "Error: Addresses of local are accepted only if SPECIAL_EMAIL_DOMAINS names "
        "it: set FLASK_SPECIAL_EMAIL_DOMAINS=local."
    )


def test_a_setting_allows_emails_in_private_domains(
    app: Flask, runner: FlaskCliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "SPECIAL_EMAIL_DOMAINS", ["local"])

    result = runner.invoke(
        args=["users", "create", "boss@corp.local"], input=f"{PASSWORD}\n"
    )

    assert result.exit_code == 0, result.output
    form = {"email": "Boss@CORP.local", "password": PASSWORD}
    assert app.test_client().post("/auth/login", data=form).location == "/dashboard"


def test_the_list_shows_what_is_unconfirmed_and_what_is_to_be_deleted(
    runner: FlaskCliRunner, make_user: MakeUser
) -> None:
    when = datetime(2031, 5, 6, tzinfo=UTC)
    make_user("a@example.com", is_confirmed=False)
    make_user("b@example.com", is_active=False, delete_after=when)

    lines = runner.invoke(args=["users", "list"]).stdout.splitlines()

    assert lines[0].endswith("\tunconfirmed")
    assert lines[1].endswith("\tinactive\tto be deleted on 2031-05-06")
