"""Engines and their connections: pools, limits, and how each database is set up."""

from __future__ import annotations

from collections.abc import Mapping
from sqlite3 import Connection as SQLiteConnection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPIConnection

from app.core import error_texts
from app.core import transactions

# Seconds. A request that waits longer for the database has lost its reader, and what
# it holds keeps others waiting. Migrations have no limit on a statement.
LONGEST_STATEMENT = 30
LONGEST_WAIT_FOR_A_LOCK = 10
LONGEST_IDLE_TRANSACTION = 60
POSTGRESQL_LIMITS = {
    "statement_timeout": LONGEST_STATEMENT,
    "lock_timeout": LONGEST_WAIT_FOR_A_LOCK,
    "idle_in_transaction_session_timeout": LONGEST_IDLE_TRANSACTION,
}


def engine_options(
    url: sa.URL, threads: int, *, pooler: bool = False
) -> dict[str, Any]:
    """Return the options of an engine for `url`, in a process of so many threads.

    With `pooler`, a connection pooler may give each transaction another session.
    """
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
        # Said, not left to the server: MySQL's own default locks gaps between rows, and
        # shows rows of a while ago.
        "isolation_level": "READ COMMITTED",
    }
    arguments: dict[str, Any] = {}
    if "connect_timeout" not in url.query:
        arguments["connect_timeout"] = 5
    if pooler and url.get_driver_name() == "psycopg":
        arguments["prepare_threshold"] = None  # prepared statements are the session's
    if arguments:
        options["connect_args"] = arguments
    return options


def set_up(engine: sa.Engine, *, pooler: bool = False) -> None:
    # No value of a row in an error's text, unless SQLALCHEMY_ECHO asks to see them.
    engine.hide_parameters = not engine.echo
    sa.event.listen(engine, "handle_error", error_texts.hide_values)

    transactions.set_up(engine)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", prepare_sqlite)
    elif engine.dialect.name == "postgresql" and pooler:
        sa.event.listen(engine, "begin", limit_transaction)
    elif engine.dialect.name == "postgresql":
        sa.event.listen(engine, "connect", prepare_postgresql)
    elif engine.dialect.name == "mysql":
        sa.event.listen(engine, "connect", prepare_mysql)


def prepare_postgresql(connection: DBAPIConnection, record: object) -> None:
    cursor = connection.cursor()
    cursor.execute(limiting(POSTGRESQL_LIMITS, local=False))
    cursor.close()
    connection.commit()  # a rollback would take them back


def limit_transaction(connection: sa.Connection) -> None:
    """Set the limits for one transaction, since its session serves others after it.

    The execution option `limits` changes some of them.
    """
    own = connection.get_execution_options().get("limits", {})
    connection.exec_driver_sql(limiting({**POSTGRESQL_LIMITS, **own}, local=True))


def limiting(limits: Mapping[str, int], *, local: bool) -> str:
    """Return one statement that sets limits in seconds, 0 for none."""
    settings = [
        f"set_config('{name}', '{seconds}s', {local})"
        for name, seconds in limits.items()
    ]
    return f"SELECT {', '.join(settings)}"


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
    # The driver begins no transaction: transactions.py does, before the first write.
    connection.isolation_level = None

    cursor = connection.cursor()
    # Milliseconds. First, for the others.
    cursor.execute(f"PRAGMA busy_timeout = {transactions.LOCK_TIMEOUT * 1000}")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.close()
