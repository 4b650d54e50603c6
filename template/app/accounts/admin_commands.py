"""`flask users`: what an administrator does to accounts that are there.

Settings: APP_CONFIG. Maintained by copier-flask.
"""

from __future__ import annotations

import click

from app.accounts import users
from app.accounts.command_line import check_database
from app.accounts.command_line import find
from app.accounts.command_line import group


@group.command("deactivate")
@click.argument("email")
def deactivate(email: str) -> None:
    """Block log-in to an account, and log it out everywhere."""
    check_database()
    user = find(email)
    users.deactivate(user)
    click.echo(f"Deactivated {user.email}.")
