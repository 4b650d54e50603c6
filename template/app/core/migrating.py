"""Running migrations: one at a time, as a whole, without losing rows.

PostgreSQL and SQLite undo a run that fails. MySQL commits each change of a table.

Settings: DATABASE_POOLER. Maintained by copier-flask.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
import sqlalchemy as sa
from alembic import context
from alembic.util import CommandError
from flask import current_app
from flask import has_request_context
from sqlalchemy import event
from sqlalchemy import exc

from app.core import engines
from app.core import environment
from app.core import revisions
from app.core.database import Base

# Seconds. The second of two migrations waits, and then has nothing to do.
MAX_WAIT = 600
BETWEEN_ATTEMPTS = 0.5

# A migration may take any time, but it waits for a table no longer than a request
# does, because all requests for that table queue behind it.
POSTGRESQL_LIMITS = {"statement_timeout": 0, "idle_in_transaction_session_timeout": 0}
POSTGRESQL_LOCK = "SELECT pg_try_advisory_xact_lock(7305808869)"  # any number
# The comment is code for MariaDB; MySQL limits only SELECT.
MYSQL_LIMITS = "/*M! max_statement_time = 0, idle_transaction_timeout = 0, */"
# Locks are global to the server, so the name contains the database.
MYSQL_LOCK = "SELECT GET_LOCK(CONCAT('migrations ', MD5(DATABASE())), 0)"

# Alembic's own lines: each change that it detects, and each revision that it runs.
REPORTERS = ("alembic.autogenerate", "alembic.runtime.migration")

Orphans = dict[tuple[str, str], list[object]]


def run(**options: Any) -> None:
    """Run an Alembic command; migrations/env.py calls this.

    `options` are further arguments of Alembic's `context.configure`. Raises
    `CommandError` if another migration does not end for ten minutes, and, on SQLite,
    if rows would refer to rows that do not exist.
    """
    options = {
        "target_metadata": Base.metadata,
        "render_item": revisions.render_item,
        "include_name": revisions.include_name,
        "process_revision_directives": revisions.prepare,
        **options,
    }
    # Only for commands: in development, the first request creates the tables silently.
    if not has_request_context():
        environment.announce(current_app._get_current_object())  # type: ignore[attr-defined]  # a proxy

    engine = current_app.extensions["sqlalchemy"].engine
    if context.is_offline_mode():
        context.configure(url=engine.url, literal_binds=True, **options)
        with context.begin_transaction():
            context.run_migrations()
        return

    with connection_for_migrations(engine) as connection:
        migrate(connection, options)


def migrate(connection: sa.Connection, options: dict[str, Any]) -> None:
    """Run the migrations, and report what they did, or that there was nothing to do."""
    sqlite = connection.dialect.name == "sqlite"
    applied: list[object] = []
    # SQLite changes a table by copying it, and can undo that as well.
    on_sqlite = {"render_as_batch": True, "transactional_ddl": True} if sqlite else {}
    note = {"on_version_apply": lambda step, **_: applied.append(step)}
    context.configure(connection=connection, **{**on_sqlite, **options, **note})
    with reports(), context.begin_transaction():
        before = orphans(connection) if sqlite else {}
        uncopied = not_copied(connection) if sqlite else set()
        context.run_migrations()
        if sqlite and applied:
            check_orphans(before, orphans(connection))
            report_gone(connection, uncopied)
        if not applied:
            report_nothing()
    connection.commit()  # the rest of a revision that committed by itself


@contextmanager
def connection_for_migrations(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Yield a connection without request limits, which is discarded afterwards.

    Each transaction on it waits until no other migration runs.
    """
    prepare = {
        "sqlite": prepare_sqlite,
        "postgresql": prepare_postgresql,
        "mysql": lock_mysql,
    }
    with engine.connect() as connection:
        try:
            if connection.dialect.name in prepare:
                prepare[connection.dialect.name](connection)
            yield connection
        finally:
            discard(connection)


def discard(connection: sa.Connection) -> None:
    """Close a connection, instead of returning it to the pool."""
    connection.rollback()
    if isinstance(connection.engine.pool, sa.StaticPool):
        # An in-memory database exists only in its one connection.
        driver: Any = connection.connection.dbapi_connection
        driver.set_authorizer(None)
        switch_foreign_keys(connection, "ON")
    else:
        connection.invalidate()


def prepare_sqlite(connection: sa.Connection) -> None:
    """Disable foreign keys, as SQLite's procedure for changing a table requires.

    Dropping the old copy of a table would delete the rows that refer to it, or empty
    their references, by ON DELETE.
    """
    event.listen(connection, "begin", begin_sqlite)
    switch_foreign_keys(connection, "OFF")
    driver: Any = connection.connection.dbapi_connection
    driver.set_authorizer(keep_foreign_keys_off)


def keep_foreign_keys_off(
    action: int, name: str | None, value: str | None, *where: str | None
) -> int:
    """Ignore the pragma in a revision that committed by itself: the next loses rows."""
    sets = action == sqlite3.SQLITE_PRAGMA and name == "foreign_keys" and value
    return sqlite3.SQLITE_IGNORE if sets else sqlite3.SQLITE_OK


def switch_foreign_keys(connection: sa.Connection, value: str) -> None:
    """Switch SQLite's foreign keys `ON` or `OFF`."""
    # By the driver: within a transaction the pragma does nothing.
    driver: Any = connection.connection.dbapi_connection
    driver.execute(f"PRAGMA foreign_keys = {value}")


def begin_sqlite(connection: sa.Connection) -> None:
    """Begin a transaction that writes, as soon as no other one does."""
    if connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT":
        return  # an autocommit_block

    driver: Any = connection.connection.dbapi_connection

    def begun() -> bool:
        try:
            driver.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
        return bool(driver.in_transaction)

    if not driver.in_transaction:
        wait_for(begun)


def prepare_postgresql(connection: sa.Connection) -> None:
    """Lock in each transaction: with a pooler, its session serves others after it."""
    if current_app.config["DATABASE_POOLER"]:
        connection.execution_options(limits=POSTGRESQL_LIMITS)
    else:
        # For the session, because revisions may have an autocommit_block.
        connection.exec_driver_sql(engines.limiting(POSTGRESQL_LIMITS, local=False))
        connection.commit()

    event.listen(connection, "begin", lock_postgresql)


def lock_postgresql(connection: sa.Connection) -> None:
    """Wait until no other migration runs on this database."""
    wait_for(lambda: connection.exec_driver_sql(POSTGRESQL_LOCK).scalar())


def lock_mysql(connection: sa.Connection) -> None:
    """Lock until the connection closes: MySQL commits with each change of a table."""
    connection.exec_driver_sql(f"SET {MYSQL_LIMITS} @migration = 1")
    wait_for(lambda: connection.exec_driver_sql(MYSQL_LOCK).scalar())
    connection.commit()


def wait_for(turn: Callable[[], object]) -> None:
    """Wait until `turn` returns true; raises CommandError after ten minutes."""
    deadline = time.monotonic() + MAX_WAIT
    while not turn():
        if time.monotonic() > deadline:
            raise CommandError(
                "The database has been locked by another migration for ten minutes: "
                "find out what it waits for, then try again."
            )
        time.sleep(BETWEEN_ATTEMPTS)


def orphans(connection: sa.Connection) -> Orphans:
    """Return the rows that refer to missing rows, by table and table referred to."""
    found: Orphans = {}
    for table in sa.inspect(connection).get_table_names():
        quoted = connection.dialect.identifier_preparer.quote_identifier(table)
        try:
            rows = connection.exec_driver_sql(f"PRAGMA foreign_key_check({quoted})")
            for _, rowid, parent, _ in rows:
                found.setdefault((table, parent), []).append(rowid)
        except exc.OperationalError as error:
            # The columns referred to are not unique.
            found[table, str(error.orig)] = [None]

    return found


def check_orphans(before: Orphans, after: Orphans) -> None:
    """Raise CommandError for new orphans; print those that existed before."""
    new: list[str] = []
    old: list[str] = []
    for (table, parent), rows in after.items():
        known = before.get((table, parent), [])
        more = len(rows) > len(known)
        shown = [row for row in rows if row not in known] if more else rows
        place = ", ".join(map(str, (shown or rows)[:5]))
        text = f"{len(rows)} in {table} to {parent} (rowid {place})"
        (new if more else old).append(text)

    if new:
        raise CommandError(
            "Nothing was changed: this migration would leave references to missing "
            f"rows, {'; '.join(new)}. Let the revision delete or change those rows."
        )
    if old:
        click.echo(
            "Warning: there were references to missing rows before this migration: "
            f"{'; '.join(old)}.",
            err=True,
        )


def not_copied(connection: sa.Connection) -> set[tuple[str, str]]:
    """Return triggers and indexes on expressions, each with its table.

    Alembic does not copy them when it copies a table.
    """
    rows = connection.exec_driver_sql(
        "SELECT type || ' ' || name, tbl_name FROM sqlite_master"
        " WHERE type = 'trigger' OR type = 'index' AND sql LIKE '%(%(%'"
    )
    return {(name, table) for name, table in rows}


def report_gone(connection: sa.Connection, before: set[tuple[str, str]]) -> None:
    """Warn of what changing a table of SQLite has dropped."""
    tables = sa.inspect(connection).get_table_names()
    gone = before - not_copied(connection)
    names = sorted(name for name, table in gone if table in tables)
    if names:
        click.echo(
            f"Warning: this migration dropped {', '.join(names)}. To change a table on "
            "SQLite is to copy it, without these: let the revision make them again.",
            err=True,
        )


class Echo(logging.Handler):
    """Writes unformatted messages to standard error."""

    def emit(self, record: logging.LogRecord) -> None:
        click.echo(record.getMessage(), err=True)


def report_nothing() -> None:
    """Print that there was nothing to do, for `upgrade` and `downgrade`."""
    command = click.get_current_context(silent=True)
    if command and command.info_name in {"upgrade", "downgrade"}:
        heads = ", ".join(context.get_context().get_current_heads())
        place = f"at revision {heads}" if heads else "at no revision"
        click.echo(f"Nothing to do: the database is {place}.", err=True)


@contextmanager
def reports() -> Iterator[None]:
    """Print the changes that a command detects and the revisions that it runs."""
    handler = Echo(logging.INFO)
    loggers = [logging.getLogger(name) for name in REPORTERS]
    if click.get_current_context(silent=True) is None:
        loggers = []

    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        logger.propagate = False
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeHandler(handler)
            logger.setLevel(logging.NOTSET)
            logger.propagate = True
