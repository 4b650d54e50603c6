"""`flask users`: what administrators do with accounts, from the command line.

Settings: APP_CONFIG, SITE_URL. Maintained by copier-flask.
"""

from __future__ import annotations

from collections.abc import Callable

import click
from werkzeug.routing import BuildError

from app.accounts import administration
from app.accounts import command_line
from app.accounts import invitations
from app.accounts.command_line import check_database
from app.accounts.command_line import find
from app.accounts.command_line import group
from app.core import transactions
from app.extensions import db
from app.models import User


def act(email: str, function: Callable[[User], None]) -> str:
    """Do something with the account of an address, and return the address.

    Raises ClickException if there is no such account, or for what is refused.
    """
    check_database()
    user = find(email)
    email = user.email
    try:
        function(user)
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    return email


@group.command("invite")
@click.argument("email")
def invite(email: str) -> None:
    """Invite an address, and print the link with which its account is made."""
    check_database()
    try:
        invitation = invitations.invite(command_line.normalised(email))
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    except BuildError:
        raise click.ClickException(
            f"There is no view {invitations.ENDPOINT}: app/auth/admin_routes.py has it."
        ) from None

    click.echo(f"Invited {invitation.email}. The link, valid once:", err=True)
    click.echo(invitation.link)


@group.command("promote")
@click.argument("email")
def promote(email: str) -> None:
    """Make an account an administrator."""
    click.echo(f"Promoted {act(email, administration.promote)}.")


@group.command("demote")
@click.argument("email")
def demote(email: str) -> None:
    """Make an administrator an ordinary account."""
    click.echo(f"Demoted {act(email, administration.demote)}.")


@group.command("set-password")
@click.argument("email")
def set_password(email: str) -> None:
    """Set a password, and log the account out everywhere. It is read as by create."""

    def ask_and_set(user: User) -> None:
        # No connection is held while the password is typed.
        transactions.release_connection(db.session())
        administration.set_password(user, command_line.read_password())

    click.echo(f"The password of {act(email, ask_and_set)} is set.")


@group.command("activate")
@click.argument("email")
def activate(email: str) -> None:
    """Allow log-in to an account again."""
    click.echo(f"Activated {act(email, administration.activate)}.")


@group.command("deactivate")
@click.argument("email")
def deactivate(email: str) -> None:
    """Block log-in to an account, and log it out everywhere."""
    click.echo(f"Deactivated {act(email, administration.deactivate)}.")
