"""`flask seed`: fills the database of development with what app/seeds.py makes.

Settings: APP_CONFIG. Maintained by copier-flask.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from importlib import import_module

import click
from flask import current_app
from flask import Flask
from flask.cli import with_appcontext
from sqlalchemy.exc import StatementError

from app.core import environment
from app.core import migrations

MakeContent = Callable[[], Iterator[str]]


def init_app(app: Flask) -> None:
    # A command of this name that is the owner's stays.
    app.cli.commands.setdefault("seed", seed)


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

    make_content = find_content()
    environment.announce(current_app._get_current_object())  # type: ignore[attr-defined]  # a proxy
    require_tables()
    fill(make_content)


def find_content() -> MakeContent:
    """Return `make_content` of app/seeds.py; raises ClickException without one."""
    # By its name: it uses the models, which may use this package.
    try:
        module = import_module("app.seeds")
    except ModuleNotFoundError as error:
        if error.name != "app.seeds":
            raise
        module = None
    make_content: MakeContent | None = getattr(module, "make_content", None)
    if make_content is None:
        raise click.ClickException(
            "app.seeds has no function make_content(): write one there, which makes "
            "the example content and yields a line about each part."
        )
    return make_content


def require_tables() -> None:
    """Run the migrations on a new database; raise ClickException if any are pending."""
    migrations.create_if_new()
    # The second .engine: tests put a connection in the place of the engine.
    engine = current_app.extensions["sqlalchemy"].engine.engine
    with engine.connect() as connection:
        if migrations.pending(connection):
            raise click.ClickException(migrations.PENDING)


def fill(make_content: MakeContent) -> None:
    """Make the content and commit it; raise ClickException for what is refused."""
    session = current_app.extensions["sqlalchemy"].session
    try:
        for line in make_content():
            click.echo(line)
        session.commit()
    except StatementError as error:
        session.rollback()
        reason = str(error.orig).rstrip(".")
        raise click.ClickException(
            f"The database refuses a row of app/seeds.py: {reason}. Correct the "
            "row there, or make the revision of a changed model, and run the command "
            "again."
        ) from error
    except (TypeError, ValueError) as error:
        session.rollback()
        notes = getattr(error, "__notes__", [])
        if not notes:
            raise  # a mistake in the code: a refused example has a note
        raise click.ClickException(
            f"An example of app/seeds.py is refused. {' '.join([str(error), *notes])} "
            "Correct it there, and run the command again."
        ) from error
