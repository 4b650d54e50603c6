"""`flask seed`: fills the database of development with what app/seeds.py makes.

Settings: APP_CONFIG. Maintained by copier-flask.
"""

from __future__ import annotations

from importlib import import_module

import click
from flask import current_app
from flask import Flask
from flask.cli import with_appcontext
from sqlalchemy.exc import IntegrityError

from app.core import environment
from app.core.migrations import create_if_new


def init_app(app: Flask) -> None:
    app.cli.add_command(seed)


@click.command
@with_appcontext
def seed() -> None:
    """Make the example content of app/seeds.py; again, it adds what is missing."""
    app_config = current_app.config["APP_CONFIG"]
    if app_config != "development":
        raise click.ClickException(
            f"APP_CONFIG is {app_config}: example content, whose passwords are known, "
            "is only for development."
        )

    environment.announce(current_app._get_current_object())  # type: ignore[attr-defined]  # a proxy
    create_if_new()
    # By its name: it uses the models, which may use this package.
    make_content = import_module("app.seeds").make_content
    session = current_app.extensions["sqlalchemy"].session
    try:
        for line in make_content():
            click.echo(line)
        session.commit()
    except IntegrityError as error:
        session.rollback()
        raise click.ClickException(
            f"The database refuses a row of app/seeds.py: {error.orig}. Correct the "
            "row there, and run the command again."
        ) from error
