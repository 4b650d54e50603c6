"""`flask users`: accounts from the command line, such as the first administrator's.

Settings: APP_CONFIG. Maintained by copier-flask.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from datetime import datetime
from datetime import time
from typing import Any

import click
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import StatementError

from app.accounts import admin_commands  # noqa: F401  # it adds its commands
from app.accounts import command_line
from app.accounts import deletion_commands  # noqa: F401  # the same
from app.accounts import link_commands  # noqa: F401  # the same
from app.accounts import users
from app.accounts.command_line import group
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


def init_app(app: Flask) -> None:
    app.cli.add_command(group)


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
    command_line.check_database()
    email = command_line.normalised(email)
    fields = dict(parse_assignment(text) for text in assignments)
    try:
        users.create(email, command_line.read_password(), is_admin=admin, **fields)
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


@group.command("list")
def list_all() -> None:
    """List the accounts."""
    command_line.check_database()
    # All rows first: a pager that waits must not hold a connection.
    with db.session.session_factory() as own:
        found = own.scalars(sa.select(User).order_by(User.id)).all()
    for user in found:
        columns = [str(user.id), user.email, f"{user.created_at:%Y-%m-%d}"]
        if user.is_admin:
            columns.append("admin")
        if not user.is_active:
            columns.append("inactive")
        if not user.is_confirmed:
            columns.append("unconfirmed")
        if user.delete_after:
            columns.append(f"to be deleted on {user.delete_after:%Y-%m-%d}")
        click.echo("\t".join(columns))
