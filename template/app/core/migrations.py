"""Pending migrations, and the first migration in development.

Production never migrates automatically: it is a step of the deployment.

Settings: APP_CONFIG. Maintained by copier-flask.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from collections.abc import Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
import flask_migrate
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory
from alembic.script.revision import ResolutionError
from alembic.util import CommandError
from flask import current_app
from flask import Flask
from flask import request
from flask import Response
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import ServiceUnavailable

from app.core import environment
from app.core import errors

COMMAND = "uv run flask db upgrade"
PROBES = ("/api/health", "/api/ready")


class Migrate(flask_migrate.Migrate):
    """Flask-Migrate for any folder name, with revisions that pass the linter."""

    def get_config(
        self,
        directory: str | None = None,
        x_arg: str | Sequence[str] | None = None,
        opts: Iterable[str] | None = None,
    ) -> flask_migrate.Config:
        folder = directory or self.directory
        if click.get_current_context(silent=True):
            warn_of_old_rules(Path(folder) / "env.py")
        if "autogenerate" in (opts or ()) and directory is None:
            prepare_comparison()
        # Alembic reads the folder through configparser, where % begins a variable.
        config = super().get_config(folder.replace("%", "%%"), x_arg, opts)
        # A development dependency, not installed in production.
        if find_spec("ruff"):
            format_revisions(config)
        return config


def warn_of_old_rules(env: Path) -> None:
    """Warn of an env.py of a release before 0.7.0."""
    if env.is_file() and "migrating.run(" not in env.read_text(encoding="utf-8"):
        click.echo(
            f"Warning: {env} does not call run() of app/core/migrating.py. On SQLite "
            "a migration may then delete the rows that refer to a changed table.",
            err=True,
        )


def format_revisions(config: Any) -> None:
    """Let ruff lint and format each new revision."""
    hooks = {
        "lint": "check --fix-only --no-cache --quiet REVISION_SCRIPT_FILENAME",
        "format": "format --no-cache --quiet REVISION_SCRIPT_FILENAME",
    }
    config.set_section_option("post_write_hooks", "hooks", ", ".join(hooks))
    for name, options in hooks.items():
        config.set_section_option("post_write_hooks", f"{name}.type", "module")
        config.set_section_option("post_write_hooks", f"{name}.module", "ruff")
        config.set_section_option("post_write_hooks", f"{name}.options", options)


def init_app(app: Flask) -> None:
    if app.config["APP_CONFIG"] != "development":
        return

    lock = threading.Lock()
    checked: list[int | None] = []  # when the revisions last changed that it has

    @app.before_request
    def require_migrations() -> Response | None:
        newest = last_change()
        if checked == [newest]:
            return None

        with lock:
            create_if_new()
            with current_app.extensions["sqlalchemy"].engine.connect() as connection:
                if not pending(connection):
                    checked[:] = [newest]
                    return None

        return None if request.path in PROBES else pending_page()


def create_if_new() -> None:
    """Run the migrations on a database without tables; change no other."""
    engine = current_app.extensions["sqlalchemy"].engine
    if not sa.inspect(engine).get_table_names():
        settings = current_app.extensions["migrate"].migrate.get_config()
        command.upgrade(settings, "head")


def prepare_comparison() -> None:
    """In development, run the migrations on a new database before `flask db migrate`.

    Raises `CommandError` if any are still pending: the models are compared with the
    database, so the revision would contain their changes as well.
    """
    if current_app.config["APP_CONFIG"] != "development":
        return

    environment.check_origins("development")
    create_if_new()
    with current_app.extensions["sqlalchemy"].engine.connect() as connection:
        if pending(connection):
            raise CommandError(f"The database has pending migrations. Run: {COMMAND}")


def pending_page() -> Response:
    """Return the 503 that names the command for pending migrations."""
    text = f"The database has pending migrations. Run: {COMMAND}"
    if request.path.startswith(errors.API_PREFIX):
        return errors.problem(503, ServiceUnavailable().name, text)
    # The usual page may read the database.
    return Response(errors.bare_page(ServiceUnavailable(text)), 503)


def pending(connection: sa.Connection) -> bool:
    """Return whether the code has revisions that the database lacks.

    False in a project without revisions, and for a database that is ahead of the code.
    Raises Alembic's `CommandError` if the revisions cannot be read.
    """
    changed = last_change()
    if changed is None:
        return False

    # In production, new files may exist before the code that needs them runs.
    in_development = current_app.config["APP_CONFIG"] == "development"
    code = revisions(versions_folder(), changed if in_development else 0)
    applied = applied_revisions(connection)
    try:
        return any(code.iterate_revisions("heads", applied))
    except ResolutionError:
        return False  # a revision that this code does not know


def versions_folder() -> Path:
    """Return the folder of the revisions."""
    return Path(current_app.extensions["migrate"].migrate.directory) / "versions"


def last_change() -> int | None:
    """Return when a revision was last added or removed, in nanoseconds."""
    try:
        return versions_folder().stat().st_mtime_ns
    except FileNotFoundError:
        return None


@lru_cache(maxsize=1)
def revisions(folder: Path, changed: int) -> ScriptDirectory:
    """Return the revisions of the code, read once for each value of the arguments."""
    settings = current_app.extensions["migrate"].migrate.get_config()
    return ScriptDirectory.from_config(settings)


def applied_revisions(connection: sa.Connection) -> tuple[str, ...]:
    """Return the revisions that the database has."""
    try:
        rows = connection.scalars(sa.text("SELECT version_num FROM alembic_version"))
        return tuple(rows)
    except DBAPIError:
        connection.rollback()
        if sa.inspect(connection).has_table("alembic_version"):
            raise
        return ()
