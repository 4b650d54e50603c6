"""`flask users purge`: deletes the accounts whose time has come.

Settings: DELETION_GRACE. Maintained by copier-flask.
"""

from __future__ import annotations

import click

from app.accounts import command_line
from app.accounts import deletion
from app.accounts.command_line import group


@group.command("purge")
def purge() -> None:
    """Delete the accounts that their owners have deleted, and could still keep.

    It deletes those whose DELETION_GRACE is over: let a timer run it each day.
    """
    command_line.check_database()
    deleted, refused = deletion.purge()
    click.echo(f"Deleted accounts: {deleted}.")
    if refused:
        raise click.ClickException(
            f"{refused} could not be deleted: the log above says why, such as the "
            "columns that refer to them. docs/accounts.md says what to do."
        )
