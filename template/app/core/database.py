"""The database: what all models share, and how several processes use it at once."""

from __future__ import annotations

import enum
import os
import threading
from collections.abc import Mapping
from datetime import datetime
from datetime import UTC
from sqlite3 import Connection as SQLiteConnection
from typing import Any

import flask_sqlalchemy
import sqlalchemy as sa
from alembic import command
from flask import current_app
from flask import Flask
from flask import g
from flask import has_app_context
from flask import has_request_context
from flask import request
from sqlalchemy.dialects import mysql
from sqlalchemy.engine import Dialect
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import registry

READING = {"GET", "HEAD", "OPTIONS", "TRACE"}

# Seconds. A request that waits longer for the database has lost its reader, and what
# it holds keeps others waiting. Migrations have no limit on a statement.
LONGEST_STATEMENT = 30
LONGEST_WAIT_FOR_A_LOCK = 10
LONGEST_IDLE_TRANSACTION = 60


class SQLAlchemy(flask_sqlalchemy.SQLAlchemy):
    """Flask-SQLAlchemy, with engines that no fork shares.

    Two processes on one connection read each other's rows. What was opened before a
    fork, such as by a module of a preloaded application, stays with the parent.
    """

    @property
    def engines(self) -> Mapping[str | None, sa.Engine]:
        engines = super().engines
        process = os.getpid()
        if current_app.extensions.setdefault("engines_of", process) != process:
            for engine in engines.values():
                # Forgotten, not closed: closing would end the parent's, too.
                engine.dispose(close=False)
            current_app.extensions["engines_of"] = process

        return engines


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """A moment in UTC, aware on the way in and out, to the microsecond.

    SQLite and MySQL store no zone, so a naive time would be anybody's guess: one is
    refused with a `ValueError`.
    """

    # MySQL counts seconds only, unless it is told otherwise.
    impl = sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql")
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
        type_annotation_map={
            datetime: UtcDateTime,
            # As text: PostgreSQL's own enumerations are types with a life of their
            # own, which a revision written on SQLite neither makes nor drops.
            enum.Enum: sa.Enum(enum.Enum, native_enum=False),
        },
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


def engine_options(url: sa.URL, threads: int) -> dict[str, Any]:
    """Return the options of an engine for `url`, in a process of so many threads."""
    if url.get_backend_name() == "sqlite" and url.database in {None, "", ":memory:"}:
        return {}

    # A thread works with one connection, and now and then with a second.
    options: dict[str, Any] = {"pool_size": threads, "max_overflow": threads}
    if url.get_backend_name() == "sqlite":
        return options

    options |= {
        "pool_timeout": 10,  # seconds that a request waits for a connection
        # Networks drop idle connections without a word, some after four minutes.
        "pool_recycle": 200,
        "pool_pre_ping": True,
    }
    if "connect_timeout" not in url.query:
        options["connect_args"] = {"connect_timeout": 5}
    if url.get_backend_name() == "mysql":
        # Its own default locks gaps between rows, and shows rows of a while ago.
        options["isolation_level"] = "READ COMMITTED"
    return options


def init_app(app: Flask) -> None:
    with app.app_context():
        engines = app.extensions["sqlalchemy"].engines
    for engine in engines.values():
        set_up(engine)

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


def set_up(engine: sa.Engine) -> None:
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", prepare_sqlite)
        sa.event.listen(engine, "begin", begin_sqlite)
    elif engine.dialect.name == "postgresql":
        sa.event.listen(engine, "connect", prepare_postgresql)
    elif engine.dialect.name == "mysql":
        sa.event.listen(engine, "connect", prepare_mysql)


def prepare_postgresql(connection: DBAPIConnection, record: object) -> None:
    cursor = connection.cursor()
    cursor.execute(f"SET statement_timeout = '{LONGEST_STATEMENT}s'")
    cursor.execute(f"SET lock_timeout = '{LONGEST_WAIT_FOR_A_LOCK}s'")
    cursor.execute(
        f"SET idle_in_transaction_session_timeout = '{LONGEST_IDLE_TRANSACTION}s'"
    )
    cursor.close()
    connection.commit()  # a rollback would take them back


def prepare_mysql(connection: DBAPIConnection, record: object) -> None:
    cursor = connection.cursor()
    # Both count a wait for a lock, on a row and on a table. The comments are code:
    # the first for MariaDB, the second for MySQL (milliseconds, and SELECT alone).
    cursor.execute(
        "SET SESSION time_zone = '+00:00',"
        f" innodb_lock_wait_timeout = {LONGEST_WAIT_FOR_A_LOCK},"
        f" lock_wait_timeout = {LONGEST_WAIT_FOR_A_LOCK}"
        f" /*M! , max_statement_time = {LONGEST_STATEMENT},"
        f" idle_transaction_timeout = {LONGEST_IDLE_TRANSACTION} */"
        f" /*!50708 , max_execution_time = {LONGEST_STATEMENT * 1000} */"
    )
    cursor.close()


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
    connection.exec_driver_sql("BEGIN" if only_reads() else "BEGIN IMMEDIATE")


def only_reads() -> bool:
    """Tell it by the request; other code that only reads says `g.reads = True`."""
    if has_request_context():
        return request.method in READING
    return has_app_context() and g.get("reads", False) is True


def create_if_new() -> None:
    """Run the migrations on a database without a table; leave any other alone."""
    engine = current_app.extensions["sqlalchemy"].engine
    if not sa.inspect(engine).get_table_names():
        settings = current_app.extensions["migrate"].migrate.get_config()
        command.upgrade(settings, "head")
