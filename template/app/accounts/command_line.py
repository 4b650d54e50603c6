"""What the commands of `flask users` share: the group, and how they read and refuse.

Settings: APP_CONFIG. Maintained by copier-flask.
"""

from __future__ import annotations

import sys
from typing import TextIO

import click
import sqlalchemy as sa
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy.exc import DBAPIError

from app.accounts.addresses import DOMAINS_SETTING
from app.accounts.addresses import normalise
from app.accounts.addresses import SpecialDomainError
from app.core import environment
from app.core.migrations import create_if_new
from app.extensions import db
from app.models import User

group = AppGroup("users", help="Manage the accounts.")


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


def find(email: str) -> User:
    """Return the account with an address; raises ClickException if there is none."""
    email = normalised(email)
    user = db.session.scalar(sa.select(User).where(User.email == email))
    if user is None:
        raise click.ClickException(f"There is no account with the address {email}.")
    return user


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
