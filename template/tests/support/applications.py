"""Applications for tests, their clients, their log, and two kinds of databases.

tests/support/fixtures.py has the fixtures. Maintained by copier-flask.
"""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any
from typing import cast
from wsgiref.types import WSGIEnvironment

import sqlalchemy as sa
from alembic import command
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.dialects.postgresql import ENUM
from sqlalchemy.dialects.postgresql.base import PGInspector
from werkzeug.datastructures import Headers

from app import create_app
from app import extensions
from app.core.request_log import LineHandler
from app.extensions import db
from config import CONFIGS

MakeApp = Callable[..., Flask]

# What clients have opened in this test: responses, and request bodies.
opened: list[object] = []


class Client(FlaskClient):
    """A client whose responses and request bodies are closed after the test.

    An open file would raise a ResourceWarning in a later test.
    """

    def run_wsgi_app(
        self, environ: WSGIEnvironment, buffered: bool = False
    ) -> tuple[Iterable[bytes], str, Headers]:
        answer = super().run_wsgi_app(environ, buffered)
        opened.extend([answer[0], environ["wsgi.input"]])
        return answer


def new_app(**settings: object) -> Flask:
    """Return an application with the testing configuration and these settings."""
    config = CONFIGS["testing"]()
    for name, value in settings.items():
        setattr(config, name, value)
    app = create_app(config)
    app.test_client_class = Client
    return app


def log_from_now_on() -> StringIO:
    """Redirect the log of the newest application to a stream, and return it."""
    (handler,) = (h for h in logging.getLogger().handlers if isinstance(h, LineHandler))
    lines = StringIO()
    handler.setStream(lines)
    return lines


def entries(lines: StringIO) -> list[dict[str, Any]]:
    """Return the values of each line of a JSON log."""
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def close_connections(app: Flask) -> None:
    """Close what clients have opened, and the database connections."""
    close_opened()
    with app.app_context():
        db.engine.dispose()


def close_opened() -> None:
    while opened:
        close: Callable[[], object] = getattr(opened.pop(), "close", bool)
        close()


@contextmanager
def restored_extensions() -> Iterator[None]:
    """Restore the attributes of the shared extensions at the end of a block.

    Creating an application sets some, such as the storage of the limits.
    """
    shared = [
        vars(extension)
        for extension in vars(extensions).values()
        if hasattr(extension, "init_app") and not isinstance(extension, type)
    ]
    before = [dict(attributes) for attributes in shared]
    yield
    for attributes, values in zip(shared, before, strict=True):
        attributes.clear()
        attributes.update(values)


def migrate_from_scratch(app: Flask) -> None:
    """Drop all tables, then run the migrations.

    An interrupted run, or another branch, may have left tables.
    """
    with app.app_context():
        drop_everything(db.engine)
        command.upgrade(app.extensions["migrate"].migrate.get_config(), "head")


def drop_everything(engine: sa.Engine) -> None:
    """Drop all views, tables and enumerations of a database."""
    inspector = sa.inspect(engine)
    if engine.dialect.name != "sqlite":
        with engine.begin() as connection:
            for view in inspector.get_view_names():
                quoted = engine.dialect.identifier_preparer.quote(view)
                connection.exec_driver_sql(f"DROP VIEW IF EXISTS {quoted} CASCADE")

    left = sa.MetaData()
    left.reflect(engine)
    left.drop_all(engine)

    # A PostgreSQL enumeration is not dropped with its last table.
    if isinstance(inspector, PGInspector):
        for enumeration in inspector.get_enums():
            ENUM(name=enumeration["name"]).drop(engine)


def unused_database(app: Flask, folder: Path) -> str:
    """Return the URL of a database with all tables and no rows.

    A SQLite file is copied; on a server, the tests use one database in turn.
    """
    close_connections(app)
    with app.app_context():
        url = db.engine.url
    if url.get_backend_name() != "sqlite":
        return url.render_as_string(hide_password=False)

    copy = folder / "copy_test.db"
    shutil.copyfile(url.database or "", copy)
    return f"sqlite:///{copy}"


@contextmanager
def rolled_back(app: Flask) -> Iterator[None]:
    """Run all statements on one connection, and roll them back at the end."""
    with app.app_context():
        # Flask-SQLAlchemy looks its engines up here in each request.
        engines = cast("dict[str | None, Any]", db.engines)

    engine, sessions = engines[None], db.session.session_factory
    with engine.connect() as connection:
        transaction = connection.begin()
        engines[None] = connection
        # A commit in the tested code ends a SAVEPOINT, not the transaction.
        sessions.configure(join_transaction_mode="create_savepoint")

        yield

        sessions.configure(join_transaction_mode="conditional_savepoint")
        engines[None] = engine
        transaction.rollback()
