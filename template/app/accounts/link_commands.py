"""`flask users reset-link`: a link to a new password, to hand over to a user.

Settings: RESET_LIFETIME, SITE_URL. Maintained by copier-flask.
"""

from __future__ import annotations

import click
from werkzeug.routing import BuildError

from app.accounts import command_line
from app.accounts import resets
from app.accounts.command_line import group
from app.core.links import NoSiteAddressError
from app.core.rules import duration


@group.command("reset-link")
@click.argument("email")
def reset_link(email: str) -> None:
    """Print a link by which the user chooses a new password.

    Who has the link can take the account over: give it to no one but the user. It is
    valid once, and as long as RESET_LIFETIME says. An earlier one no longer is.
    """
    command_line.check_database()
    user = command_line.find(email)
    if not user.is_active:
        raise click.ClickException(f"{user.email} is not active: activate it first.")
    try:
        address = resets.link(user, resets.BY_COMMAND)
    except NoSiteAddressError as error:
        raise click.ClickException(str(error)) from None
    except BuildError:
        raise click.ClickException(
            f"There is no view {resets.ENDPOINT}: app/auth/reset_routes.py has it."
        ) from None

    click.echo(address)
    minutes = int(duration("RESET_LIFETIME").total_seconds() // 60)
    click.echo(f"It is valid once, for {minutes} minutes.", err=True)
