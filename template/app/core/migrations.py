"""Pending migrations, and the first migration in development.

Production never migrates automatically: it is a step of the deployment. Alembic takes
as long to import as Flask, so the functions that need it import it, and a server that
runs no migration is smaller and starts sooner.

Settings: APP_CONFIG. Maintained by copier-flask.
"""

from __future__ import annotations

import ast
import threading
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from typing import NamedTuple
from typing import TYPE_CHECKING

import click
import sqlalchemy as sa
from flask import current_app
from flask import Flask
from flask import request
from flask import Response
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import ServiceUnavailable

from app.core import environment
from app.core import errors

if TYPE_CHECKING:
    from flask_migrate import Config

COMMAND = "uv run flask db upgrade"
PENDING = f"The database has pending migrations. Run: {COMMAND}"
PROBES = ("/api/health", "/api/ready")

# Raised for a revision whose names are missing or computed.
NOT_WRITTEN_OUT = (LookupError, TypeError, ValueError)

Callback = Callable[[Any], Any]  # takes and returns a flask_migrate.Config


class Migrate:
    """Flask-Migrate for any folder name, with revisions that pass the linter.

    It takes what Flask-Migrate's class takes, which is imported when it is needed.
    """

    def __init__(
        self,
        app: Flask | None = None,
        db: Any = None,
        directory: str | Path = "migrations",
        command: str = "db",
        **options: Any,
    ) -> None:
        self.db = db
        self.directory = str(directory)
        self.command = command
        self.options = {"compare_type": True, "render_as_batch": True, **options}
        self.callbacks: list[Callback] = []
        if app is not None and db is not None:
            self.init_app(app, db)

    def init_app(
        self,
        app: Flask,
        db: Any = None,
        directory: str | Path | None = None,
        command: str | None = None,
        **options: Any,
    ) -> None:
        """Bind the application, and add `flask db`."""
        self.db = db or self.db
        self.directory = str(directory or self.directory)
        self.command = command or self.command
        self.options |= options
        app.extensions["migrate"] = Binding(
            self, self.db, self.directory, dict(self.options)
        )
        app.cli.add_command(Commands(self.command, help="Perform database migrations."))

    def configure(self, callback: Callback) -> Callback:
        """Let a function change Alembic's configuration before it is used."""
        self.callbacks.append(callback)
        return callback

    def call_configure_callbacks(self, config: Config) -> Config:
        """Return a configuration as the functions of `configure` have changed it."""
        for callback in self.callbacks:
            config = callback(config)
        return config

    def get_config(
        self,
        directory: str | None = None,
        x_arg: str | Sequence[str] | None = None,
        opts: Iterable[str] | None = None,
    ) -> Config:
        """Return Alembic's configuration for a folder, by default the project's own."""
        import flask_migrate

        folder = directory or self.directory
        if click.get_current_context(silent=True):
            warn_of_old_rules(Path(folder) / "env.py")
        if "autogenerate" in (opts or ()) and directory is None:
            prepare_comparison()
        # Alembic reads the folder through configparser, where % begins a variable.
        late: Any = flask_migrate.Migrate  # it reads what this class has as well
        config: Config = late.get_config(self, folder.replace("%", "%%"), x_arg, opts)
        # A development dependency, not installed in production.
        if find_spec("ruff"):
            format_revisions(config)
        return config


class Binding(NamedTuple):
    """What Flask-Migrate's commands and env.py read in `app.extensions["migrate"]`."""

    migrate: Migrate
    db: Any
    directory: str
    configure_args: dict[str, Any]

    @property
    def metadata(self) -> sa.MetaData:
        metadata: sa.MetaData = self.db.metadata
        return metadata


class Commands(click.Command):
    """Flask-Migrate's commands, which are imported when one of them is called."""

    def make_context(self, *given: Any, **options: Any) -> click.Context:
        """Return the context of Flask-Migrate's own group, which runs in its place."""
        group: click.Group = import_module("flask_migrate.cli").db  # it has no types
        return group.make_context(*given, **options)


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
    from alembic import command

    engine = current_app.extensions["sqlalchemy"].engine
    if not sa.inspect(engine).get_table_names():
        settings = current_app.extensions["migrate"].migrate.get_config()
        command.upgrade(settings, "head")


def prepare_comparison() -> None:
    """In development, run the migrations on a new database before `flask db migrate`.

    Raises `CommandError` if any are still pending: the models are compared with the
    database, so the revision would contain their changes as well.
    """
    from alembic.util import CommandError

    if current_app.config["APP_CONFIG"] != "development":
        return

    environment.check_origins("development")
    create_if_new()
    with current_app.extensions["sqlalchemy"].engine.connect() as connection:
        if pending(connection):
            raise CommandError(PENDING)


def pending_page() -> Response:
    """Return the 503 that names the command for pending migrations."""
    if request.path.startswith(errors.API_PREFIX):
        return errors.problem(503, ServiceUnavailable().name, PENDING)
    # The usual page may read the database.
    return Response(errors.bare_page(ServiceUnavailable(PENDING)), 503)


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
    earlier = revisions(versions_folder(), changed if in_development else 0)
    applied = set(applied_revisions(connection))
    if not applied <= earlier.keys():
        return False  # a revision that this code does not know

    found = list(applied)
    while found:
        before = earlier[found.pop()] - applied
        applied |= before
        found += before
    return applied != earlier.keys()


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
def revisions(folder: Path, changed: int) -> dict[str, set[str]]:
    """Return the revisions of the code, each with those that it follows.

    They are read once for each value of the arguments, as text: each process of a
    server would hold a copy of Alembic for them. Alembic itself reads revisions that
    name others by a label, or compute their names.
    """
    try:
        read = dict(read_revision(file) for file in folder.glob("[!_]*.py"))
    except NOT_WRITTEN_OUT:
        return revisions_by_alembic()
    named = set().union(*read.values())
    return read if named <= read.keys() else revisions_by_alembic()


def read_revision(file: Path) -> tuple[str, set[str]]:
    """Return the name of a revision, and the names of those that it follows.

    Raises LookupError, TypeError or ValueError if they are not written as literals.
    """
    assigned: dict[str, Any] = {}
    for line in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name):
            name = line.targets[0].id
        elif isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
            name = line.target.id
        else:
            continue
        if name in {"revision", "down_revision", "depends_on"} and line.value:
            assigned[name] = ast.literal_eval(line.value)

    follows = (assigned["down_revision"], assigned.get("depends_on"))
    return assigned["revision"], set().union(*map(as_set, follows))


def as_set(names: str | Iterable[str] | None) -> set[str]:
    """Return one name, several or none as a set."""
    return {names} if isinstance(names, str) else set(names or ())


def revisions_by_alembic() -> dict[str, set[str]]:
    """Return what `revisions` does; raises Alembic's `CommandError`."""
    from alembic.script import ScriptDirectory

    settings = current_app.extensions["migrate"].migrate.get_config()
    code = ScriptDirectory.from_config(settings)
    return {
        each.revision: {
            code.get_revision(name).revision
            for name in as_set(each.down_revision) | as_set(each.dependencies)
        }
        for each in code.walk_revisions()
    }


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
