"""The database: what all models share, and how SQLite serves several processes."""

from __future__ import annotations

import threading
from datetime import datetime
from datetime import UTC
from sqlite3 import Connection as SQLiteConnection

import sqlalchemy as sa
from alembic import command
from flask import current_app
from flask import Flask
from flask import has_request_context
from flask import request
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import registry

READING = {"GET", "HEAD", "OPTIONS", "TRACE"}


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """A moment in UTC, aware on the way in and out, to the microsecond.

    SQLite and MySQL store no zone, so a naive time would be anybody's guess: one is
    refused with a `ValueError`.
    """

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(
        self, value: datetime | None, dialect: Dialect
    ) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(
                f"{value!r} has no time zone: make times with datetime.now(UTC)."
            )

        moment = value.astimezone(UTC)
        return moment if dialect.name == "postgresql" else moment.replace(tzinfo=None)

    def process_result_value(
        self, value: datetime | None, dialect: Dialect
    ) -> datetime | None:
        if value is None:
            return None
        return (
            value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        )


class Base(DeclarativeBase):
    """The base of every model; a `Mapped[datetime]` column is a `UtcDateTime`."""

    registry = registry(
        type_annotation_map={datetime: UtcDateTime},
        # Without names SQLite and Alembic could not drop a constraint again.
        metadata=sa.MetaData(
            naming_convention={
                "ix": "ix_%(column_0_label)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
    )


def init_app(app: Flask) -> None:
    with app.app_context():
        engine = app.extensions["sqlalchemy"].engine
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", prepare_sqlite)
        sa.event.listen(engine, "begin", begin_sqlite)

    # Production never migrates by itself: there it is a step of the release.
    if app.config["APP_CONFIG"] == "development":
        lock = threading.Lock()
        done = threading.Event()

        @app.before_request
        def create_before_the_first_request() -> None:
            with lock:
                if not done.is_set():
                    create_if_new()
                    done.set()


def prepare_sqlite(connection: SQLiteConnection, record: object) -> None:
    # The driver must not begin transactions by its own rules: begin_sqlite() does.
    connection.isolation_level = None

    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout = 5000")  # milliseconds; first, for the others
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.close()


def begin_sqlite(connection: sa.Connection) -> None:
    """Begin a transaction: one that may write takes the write lock at once.

    A transaction that reads and then writes cannot wait for the lock, it fails
    however long the time-out is. Requests that only read do not queue.
    """
    reads = has_request_context() and request.method in READING
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def create_if_new() -> None:
    """Run the migrations on a database without a table; leave any other alone."""
    engine = current_app.extensions["sqlalchemy"].engine
    if not sa.inspect(engine).get_table_names():
        settings = current_app.extensions["migrate"].migrate.get_config()
        command.upgrade(settings, "head")
