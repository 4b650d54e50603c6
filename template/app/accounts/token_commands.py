"""`flask tokens`: tokens for programs, from the command line.

Settings: APP_CONFIG. Maintained by copier-flask.
"""

from __future__ import annotations

from datetime import timedelta

import click
from flask.cli import AppGroup

from app.accounts import api_tokens
from app.accounts.command_line import check_database
from app.accounts.command_line import find

group = AppGroup("tokens", help="Manage the tokens for programs.")

MAX_DAYS = 3650


@group.command("create")
@click.argument("email")
@click.argument("name")
@click.option("--write", is_flag=True, help="Allow changes, not only reading.")
@click.option(
    "--days",
    type=click.IntRange(1, MAX_DAYS),
    default=90,
    show_default=True,
    help="How long it is valid.",
)
@click.option("--never-expires", is_flag=True, help="It is valid until it is revoked.")
def create(email: str, name: str, write: bool, days: int, never_expires: bool) -> None:
    """Make a token for the account of an address, and print it, this once."""
    check_database()
    user = find(email)
    scopes = api_tokens.READ_WRITE if write else api_tokens.READ
    lifetime = None if never_expires else timedelta(days=days)
    try:
        text = api_tokens.create(user.id, name, scopes, lifetime)
    except ValueError as error:
        raise click.ClickException(str(error)) from None

    click.echo("The token, which is not shown again:", err=True)
    click.echo(text)


@group.command("list")
@click.argument("email")
def list_all(email: str) -> None:
    """List the tokens of an account: id, name, last characters, scopes, times."""
    check_database()
    for row in api_tokens.of_user(find(email).id):
        ends = f"{row.expires_at:%Y-%m-%d}" if row.expires_at else "never"
        used = f"{row.last_used_at:%Y-%m-%d}" if row.last_used_at else "never"
        columns = (str(row.id), row.name, f"...{row.hint}", row.scopes)
        click.echo("\t".join((*columns, f"expires {ends}", f"used {used}")))


@group.command("revoke")
@click.argument("email")
@click.argument("number", type=int, required=False)
@click.option("--all", "revoke_all", is_flag=True, help="Revoke all of the account.")
def revoke(email: str, number: int | None, revoke_all: bool) -> None:
    """Revoke a token of an account by its id, or all with --all."""
    check_database()
    account = find(email).id
    if (number is None) != revoke_all:
        raise click.ClickException("Give the id of a token, or --all.")
    if number is None:
        click.echo(f"Revoked {api_tokens.revoke_all(account)}.")
    elif api_tokens.revoke(number, account):
        click.echo(f"Revoked {number}.")
    else:
        raise click.ClickException(f"The account has no token with the id {number}.")
