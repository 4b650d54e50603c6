"""`flask users`: accounts from the command line, such as the first administrator's.

Settings: APP_CONFIG. Maintained by copier-flask.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import date
from datetime import datetime
from datetime import time
from typing import Any
from typing import TextIO

import click
import sqlalchemy as sa
from flask import current_app
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import StatementError

from app.accounts import users
from app.accounts.addresses import DOMAINS_SETTING
from app.accounts.addresses import normalise
from app.accounts.addresses import SpecialDomainError
from app.core import environment
from app.core.migrations import create_if_new
from app.extensions import db
from app.models import User

# Fields of `User` that `users.create` sets, or the database.
SET_OTHERWISE = {"id", "email", "password_hash", "is_admin"}

# How the text of a value is read, for types that do not read it themselves.
FROM_TEXT: dict[type, Callable[[str], object]] = {
    bool: lambda text: {"true": True, "false": False}[text.lower()],
    bytes: str.encode,
    date: date.fromisoformat,
    datetime: datetime.fromisoformat,
    dict: json.loads,
    list: json.loads,
    time: time.fromisoformat,
}

# Raised for the text of another type.
NOT_OF_THE_TYPE = (ArithmeticError, LookupError, TypeError, ValueError)

group = AppGroup("users", help="Manage the accounts.")


def init_app(app: Flask) -> None:
    app.cli.add_command(group)


def check_database() -> None:
    """Print which database is used, and stop if it has no accounts table yet.

    Raises ClickException if the accounts cannot be read.
    """
    environment.announce(current_app._get_current_object())  # type: ignore[attr-defined]  # a proxy
    if current_app.config["APP_CONFIG"] == "development":
        create_if_new()

    try:
        # A separate session: no connection is held while the password is typed.
        with db.session.session_factory() as own:
            own.execute(sa.select(User.id).limit(1))
    except DBAPIError as error:
        raise click.ClickException(
            f"The accounts cannot be read ({error.orig}): look at DATABASE_URL, and "
            "run flask db upgrade first."
        ) from None


@group.command("create")
@click.argument("email")
@click.option("--admin", is_flag=True, help="Make an administrator.")
@click.option(
    "--set",
    "assignments",
    metavar="NAME=VALUE",
    multiple=True,
    help="Set another field of the account. May be repeated.",
)
def create(email: str, admin: bool, assignments: tuple[str, ...]) -> None:
    """Create an account. The password is prompted for, or read from standard input."""
    check_database()
    email = normalised(email)
    fields = dict(parse_assignment(text) for text in assignments)
    try:
        users.create(email, read_password(), is_admin=admin, **fields)
    except users.MissingFieldsError as error:
        options = " ".join(f"--set {name}=VALUE" for name in error.names)
        raise click.ClickException(
            f"An account requires {', '.join(error.names)}: add {options}."
        ) from None
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    except StatementError as error:
        raise click.ClickException(f"The account is refused: {error.orig}") from None

    click.echo(f"Created {email}{', an administrator' if admin else ''}.")


def parse_assignment(text: str) -> tuple[str, object]:
    """Return name and value of `NAME=VALUE`, in the type of that column of `User`.

    Raises ClickException for another name, or for a value of another type.
    """
    name, _, given = text.partition("=")
    attributes = {one.key: one for one in sa.inspect(User).column_attrs}
    names = [key for key in attributes if key not in SET_OTHERWISE]
    if name not in names or "=" not in text:
        raise click.ClickException(
            f"--set takes NAME=VALUE, with one of these names: {', '.join(names)}."
        )

    kind = python_type(attributes[name].columns[0])
    try:
        return name, FROM_TEXT.get(kind, kind)(given)
    except NOT_OF_THE_TYPE:
        raise click.ClickException(
            f"--set {name} takes a {kind.__name__}, not {given!r}."
        ) from None


def python_type(column: sa.ColumnElement[Any]) -> type[Any]:
    """Return the Python type of a column's values."""
    kind = column.type
    if isinstance(kind, sa.types.TypeDecorator):
        kind = kind.impl_instance
    return kind.python_type


def normalised(email: str) -> str:
    """Return a normalised address; raises ClickException for an invalid one."""
    try:
        return normalise(email)
    except SpecialDomainError as error:
        raise click.ClickException(
            f"Addresses of {error.domain} are accepted only if {DOMAINS_SETTING} names "
            f"it: set FLASK_{DOMAINS_SETTING}={error.domain}."
        ) from None
    except ValueError as error:
        raise click.ClickException(str(error)) from None


def standard_input() -> TextIO:
    """Return standard input; raises ClickException in a process without one."""
    if sys.stdin is None:
        raise click.ClickException("No standard input: where is the password?")
    return sys.stdin


def read_password() -> str:
    """Return the password, prompted for twice, or the first line of standard input."""
    if standard_input().isatty():
        password: str = click.prompt(
            "Password", hide_input=True, confirmation_prompt="Once more"
        )
        return password

    return standard_input().readline().rstrip("\r\n")


@group.command("list")
def list_all() -> None:
    """List the accounts."""
    check_database()
    # All rows first: a pager that waits must not hold a connection.
    with db.session.session_factory() as own:
        found = own.scalars(sa.select(User).order_by(User.id)).all()
    for user in found:
        columns = [str(user.id), user.email, f"{user.created_at:%Y-%m-%d}"]
        if user.is_admin:
            columns.append("admin")
        if not user.is_active:
            columns.append("inactive")
        click.echo("\t".join(columns))


@group.command("deactivate")
@click.argument("email")
def deactivate(email: str) -> None:
    """Block log-in to an account, and log it out everywhere."""
    check_database()
    email = normalised(email)
    user = db.session.scalar(sa.select(User).where(User.email == email))
    if user is None:
        raise click.ClickException(f"There is no account with the address {email}.")

    users.deactivate(user)
    click.echo(f"Deactivated {email}.")
