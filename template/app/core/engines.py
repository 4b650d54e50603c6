"""Engines and their connections: pools, limits, and how each database is set up.

Maintained by copier-flask.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from functools import partial
from sqlite3 import Connection as SQLiteConnection
from typing import Any
from typing import NamedTuple

import sqlalchemy as sa
from flask import g
from flask import has_app_context
from flask import has_request_context
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.pool import PoolProxiedConnection

from app.core import transactions
from app.core import unavailable

# Seconds, for requests, commands and migrations: other statements queue behind a
# statement that waits for a lock.
LOCK_TIMEOUT = 10


class Limits(NamedTuple):
    """How long a statement and an idle transaction may last, in seconds; 0: no limit.

    None leaves it to the database.
    """

    statement: int | None = None
    idle: int | None = None

    @property
    def postgresql(self) -> dict[str, int | None]:
        return {
            "statement_timeout": self.statement,
            "idle_in_transaction_session_timeout": self.idle,
        }


OF_THE_DATABASE = Limits()


def engine_options(
    url: sa.URL, threads: int, *, pooler: bool = False
) -> dict[str, Any]:
    """Return the options of an engine for `url`, in a process with `threads` threads.

    With `pooler`, a connection pooler may give each transaction another session.
    """
    if url.get_backend_name() == "sqlite" and url.database in {None, "", ":memory:"}:
        return {}

    # A thread uses one connection, and sometimes a second one.
    options: dict[str, Any] = {"pool_size": threads, "max_overflow": threads}
    if url.get_backend_name() == "sqlite":
        return options

    options |= {
        "pool_timeout": 10,  # seconds that a request waits for a connection
        # Networks drop idle connections silently, some after four minutes.
        "pool_recycle": 200,
        "pool_pre_ping": True,
        # Explicit: MySQL's default locks gaps between rows, and reads from an old
        # snapshot.
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


def set_up(
    engine: sa.Engine, *, pooler: bool = False, limits: Limits = OF_THE_DATABASE
) -> None:
    """Prepare an engine and its connections; `limits` hold in requests."""
    # No value of a row in an error's text, unless SQLALCHEMY_ECHO asks to see them.
    engine.hide_parameters = not engine.echo
    event.listen(engine, "handle_error", unavailable.hide_values)

    transactions.set_up(engine)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", prepare_sqlite)
    elif engine.dialect.name == "postgresql" and pooler:
        event.listen(engine, "begin", partial(limit_transaction, limits))
    elif engine.dialect.name == "postgresql":
        event.listen(engine, "connect", prepare_postgresql)
        event.listen(engine, "checkout", partial(limit, limit_postgresql, limits))
    elif engine.dialect.name == "mysql":
        event.listen(engine, "connect", prepare_mysql)
        event.listen(engine, "checkout", partial(limit, limit_mysql, limits))


def serves_request() -> bool:
    """Return whether the running code is part of a request or of a streamed body.

    Only requests have limits: visitors do not wait longer, and a request's locks block
    others. Commands, shells and jobs may take any time.
    """
    return has_request_context() or (has_app_context() and g.get("streams", False))


def limit(
    apply: Callable[[DBAPIConnection, Limits], None],
    of_requests: Limits,
    connection: DBAPIConnection,
    record: ConnectionPoolEntry,
    proxy: PoolProxiedConnection,
) -> None:
    """Change the limits of a connection where its next user has others."""
    wanted = of_requests if serves_request() else OF_THE_DATABASE
    if record.info.get("limits", OF_THE_DATABASE) != wanted:
        apply(connection, wanted)
        record.info["limits"] = wanted


def prepare_postgresql(connection: DBAPIConnection, record: object) -> None:
    """Set the limit of waits for locks when a connection is opened."""
    set_for_session(connection, {"lock_timeout": LOCK_TIMEOUT})


def limit_postgresql(connection: DBAPIConnection, limits: Limits) -> None:
    """Set the limits of statements and idle transactions."""
    set_for_session(connection, limits.postgresql)


def set_for_session(
    connection: DBAPIConnection, settings: Mapping[str, int | None]
) -> None:
    """Set limits, in seconds, for all transactions of a PostgreSQL connection."""
    cursor = connection.cursor()
    cursor.execute(limiting(settings, local=False))
    cursor.close()
    connection.commit()  # a rollback would take them back


def limit_transaction(of_requests: Limits, connection: sa.Connection) -> None:
    """Set the limits for one transaction: with a pooler, its session is shared.

    The execution option `limits` changes some of them.
    """
    settings: dict[str, int | None] = {"lock_timeout": LOCK_TIMEOUT}
    if serves_request():
        settings |= of_requests.postgresql
    settings |= connection.get_execution_options().get("limits", {})
    connection.exec_driver_sql(limiting(settings, local=True))


def limiting(settings: Mapping[str, int | None], *, local: bool) -> str:
    """Return one statement that sets limits in seconds; None is the database's own."""
    calls = []
    for name, seconds in settings.items():
        value = "NULL" if seconds is None else f"'{seconds}s'"
        calls.append(f"set_config('{name}', {value}, {local})")
    return f"SELECT {', '.join(calls)}"


def prepare_mysql(connection: DBAPIConnection, record: object) -> None:
    """Set the time zone and the limit of waits for locks of a new connection."""
    cursor = connection.cursor()
    # Both count a wait for a lock, on a row and on a table.
    cursor.execute(
        "SET SESSION time_zone = '+00:00',"
        f" innodb_lock_wait_timeout = {LOCK_TIMEOUT},"
        f" lock_wait_timeout = {LOCK_TIMEOUT}"
    )
    cursor.close()


def limit_mysql(connection: DBAPIConnection, limits: Limits) -> None:
    """Set the limits of statements and idle transactions, on MariaDB and MySQL."""
    statement, idle = ("DEFAULT" if part is None else part for part in limits)
    milliseconds = "DEFAULT" if limits.statement is None else limits.statement * 1000
    cursor = connection.cursor()
    # The comments are code: the first for MariaDB, the second for MySQL, which counts
    # in milliseconds, and only what SELECT takes.
    cursor.execute(
        "SET SESSION"
        f" /*M! max_statement_time = {statement}, idle_transaction_timeout = {idle} */"
        f" /*!50708 max_execution_time = {milliseconds} */"
    )
    cursor.close()


def prepare_sqlite(connection: SQLiteConnection, record: object) -> None:
    """Set up a new connection: foreign keys, WAL, and how long it waits for a lock."""
    # The driver begins no transaction: transactions.py does, before the first write.
    connection.isolation_level = None

    cursor = connection.cursor()
    # Milliseconds. First, for the others.
    cursor.execute(f"PRAGMA busy_timeout = {transactions.LOCK_TIMEOUT * 1000}")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.close()
