"""`flask users`: accounts from the command line, such as the first administrator's.

Settings: APP_CONFIG. Maintained by copier-flask.
"""

from __future__ import annotations

import sys
from typing import TextIO

import click
import sqlalchemy as sa
from flask import current_app
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy.exc import DBAPIError

from app.accounts import users
from app.accounts.addresses import normalise
from app.accounts.addresses import SETTING
from app.accounts.addresses import SpecialDomainError
from app.core import environment
from app.core.migrations import create_if_new
from app.extensions import db
from app.models import User

group = AppGroup("users", help="Manage the accounts.")


def init_app(app: Flask) -> None:
    app.cli.add_command(group)


def get_ready() -> None:
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
def create(email: str, admin: bool) -> None:
    """Create an account. The password is prompted for, or read from standard input."""
    get_ready()
    email = normalised(email)
    try:
        users.create(email, asked_password(), is_admin=admin)
    except ValueError as error:
        raise click.ClickException(str(error)) from None

    click.echo(f"Created {email}{', an administrator' if admin else ''}.")


def normalised(email: str) -> str:
    """Return a normalised address; raises ClickException for an invalid one."""
    try:
        return normalise(email)
    except SpecialDomainError as error:
        raise click.ClickException(
            f"Addresses of {error.domain} are accepted only if {SETTING} names it: "
            f"set FLASK_{SETTING}={error.domain}."
        ) from None
    except ValueError as error:
        raise click.ClickException(str(error)) from None


def standard_input() -> TextIO:
    """Return standard input; raises ClickException in a process without one."""
    if sys.stdin is None:
        raise click.ClickException("No standard input: where is the password?")
    return sys.stdin


def asked_password() -> str:
    if standard_input().isatty():
        password: str = click.prompt(
            "Password", hide_input=True, confirmation_prompt="Once more"
        )
        return password

    return standard_input().readline().rstrip("\r\n")


@group.command("list")
def list_all() -> None:
    """List the accounts."""
    get_ready()
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
    get_ready()
    email = normalised(email)
    user = db.session.scalar(sa.select(User).where(User.email == email))
    if user is None:
        raise click.ClickException(f"There is no account with the address {email}.")

    users.deactivate(user)
    click.echo(f"Deactivated {email}.")
