"""Transactions: one rule on all databases.

Reading takes no lock. The first statement of a transaction that writes, or that reads
`with_for_update()`, takes the lock and waits for it. Each statement sees what is
committed (READ COMMITTED). So a row that is read in order to be changed is read
`with_for_update()`, and a transaction ends before its code waits for anything else.

Maintained by copier-flask.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from types import BuiltinFunctionType
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.engine.cursor import FullyBufferedCursorFetchStrategy
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.engine.interfaces import ExecutionContext
from sqlalchemy.orm import ORMExecuteState
from sqlalchemy.orm import Session
from sqlalchemy.orm import SessionTransaction
from sqlalchemy.orm import SessionTransactionOrigin

# Seconds that a transaction waits for the write lock of SQLite.
LOCK_TIMEOUT = 5
# Seconds between two attempts.
MIN_PAUSE, MAX_PAUSE = 0.001, 0.025

# After blanks, comments and parentheses.
FIRST_WORD = re.compile(r"(?:[\s(;]|--[^\n]*\n|/\*.*?\*/)*(\w+)", re.DOTALL)
READ_ONLY_WORDS = {"SELECT", "VALUES", "TABLE", "EXPLAIN", "DESCRIBE", "DESC", "SHOW"}
# They run as they are; the first five of them cannot run inside a transaction.
OTHERS = {"VACUUM", "ATTACH", "DETACH", "PRAGMA", "BEGIN"} | {
    "COMMIT", "END", "ROLLBACK", "RELEASE", "SET", "USE", "SAVEPOINT",
}  # fmt: skip
WRITES_AFTER_WITH = re.compile(r"\b(INSERT|UPDATE|DELETE|REPLACE|MERGE)\b", re.I)
LOCKS_ROWS = re.compile(
    r"\bFOR\s+((NO\s+KEY\s+)?UPDATE|(KEY\s+)?SHARE)\b|\bLOCK\s+IN\s+SHARE\b"
    # Locks that a program names itself.
    r"|\bPG_(TRY_)?ADVISORY_(XACT_)?LOCK|\bGET_LOCK\b",
    re.I,
)


class SQLiteForUpdate(SQLiteCompiler):
    """SQLite has no FOR UPDATE; a comment marks statements that need the lock."""

    def for_update_clause(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, select: Any, **kw: Any
    ) -> str:
        return " /* FOR UPDATE */"


def set_up(engine: sa.Engine) -> None:
    """Make transactions on an engine take locks as this module describes."""
    if engine.dialect.name == "sqlite":
        engine.dialect.statement_compiler = SQLiteForUpdate
        event.listen(engine, "after_cursor_execute", read_whole)
    event.listen(engine, "before_cursor_execute", before_statement)


def before_statement(
    connection: sa.Connection,
    cursor: DBAPICursor,
    statement: str,
    parameters: Any,
    context: ExecutionContext,
    executemany: bool,
) -> None:
    """Take SQLite's write lock if a statement needs it, and count such statements."""
    needs_lock = locks(statement)
    if connection.dialect.name == "sqlite" and (
        needs_lock or first_word(statement) == "SAVEPOINT"
    ):
        begin_sqlite(connection, context.execution_options)
    if needs_lock:
        connection.info["locking_statements"] = locking_statements(connection) + 1


def read_whole(
    connection: sa.Connection,
    cursor: DBAPICursor,
    statement: str,
    parameters: Any,
    context: Any,
    executemany: bool,
) -> None:
    """Read a result at once, as drivers of servers do, unless it is to be streamed.

    While a result is half read, SQLite writes nothing after another connection has.
    """
    streamed = context.execution_options.get("stream_results")
    if cursor.description and not context.is_crud and not streamed:
        context.cursor_fetch_strategy = FullyBufferedCursorFetchStrategy(cursor)


@lru_cache(maxsize=1024)
def locks(statement: str) -> bool:
    """Return whether a statement writes or locks rows; an unknown one does."""
    word = first_word(statement)
    if word in READ_ONLY_WORDS:
        return word != "EXPLAIN" and LOCKS_ROWS.search(statement) is not None
    if word == "WITH":
        return bool(WRITES_AFTER_WITH.search(statement) or LOCKS_ROWS.search(statement))
    return word not in OTHERS


def first_word(statement: str) -> str:
    """Return the first word of a statement in upper case, or an empty text."""
    found = FIRST_WORD.match(statement)
    return found[1].upper() if found else ""


def begin_sqlite(connection: sa.Connection, options: Any) -> None:
    """Begin a transaction with the write lock, unless one is open.

    Waits as long as the execution option `lock_timeout` says, LOCK_TIMEOUT by default,
    then raises `OperationalError`.
    """
    driver: Any = connection.connection.dbapi_connection
    if driver.in_transaction or options.get("isolation_level") == "AUTOCOMMIT":
        return

    timeout = options.get("lock_timeout", LOCK_TIMEOUT)
    # SQLite's own wait is cheapest. It would block all greenlets of a process, also
    # the one that holds the lock, so those do not use it.
    if timeout == LOCK_TIMEOUT and isinstance(time.sleep, BuiltinFunctionType):
        busy(driver)
        if driver.in_transaction:
            return
        timeout = 0

    deadline = time.monotonic() + timeout
    pause = MIN_PAUSE
    driver.execute("PRAGMA busy_timeout = 0")
    try:
        while busy(driver) and time.monotonic() < deadline:
            time.sleep(pause)
            pause = min(2 * pause, MAX_PAUSE)
        if not driver.in_transaction:
            # Once more, by SQLAlchemy, whose errors callers know.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
    finally:
        driver.execute(f"PRAGMA busy_timeout = {LOCK_TIMEOUT * 1000}")


def busy(driver: sqlite3.Connection) -> bool:
    """Try to take the lock; return whether another connection has it."""
    try:
        # By the driver: SQLAlchemy takes five times as long for it.
        driver.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        # Not BUSY_SNAPSHOT: a result that is half read hinders itself.
        return error.sqlite_errorcode == sqlite3.SQLITE_BUSY
    return False


@event.listens_for(Session, "do_orm_execute")
def refresh_locked_rows(state: ORMExecuteState) -> None:
    """Reload a row that is locked, even if the session has loaded it before."""
    session = state.session
    if session.dirty and not session.autoflush:
        return  # what is not flushed would be lost
    if getattr(state.statement, "_for_update_arg", None) is not None:
        state.update_execution_options(populate_existing=True)


def locking_statements(connection: sa.Connection) -> int:
    """Return how many statements on a connection have taken locks."""
    count: int = connection.info.get("locking_statements", 0)
    return count


@event.listens_for(Session, "after_begin")
def remember_the_count(
    session: Session, transaction: SessionTransaction, connection: sa.Connection
) -> None:
    if transaction.parent is None:
        begun, counts = session.info.get("begun", (None, []))
        if begun is not transaction:
            counts = []
        counts.append((connection, locking_statements(connection)))
        session.info["begun"] = (transaction, counts)


def has_uncommitted_work(session: Session) -> bool:
    """Return whether a session's transaction has changes or locks."""
    if session.new or session.dirty or session.deleted:
        return True
    transaction = session.get_transaction()
    if transaction is None:
        return False
    if session.in_nested_transaction():
        return True
    if transaction.origin is not SessionTransactionOrigin.AUTOBEGIN:
        return True  # a `with session.begin():` ends it

    return any(
        locking_statements(connection) != count
        for connection, count in connections(session)
    )


def connections(session: Session) -> list[tuple[sa.Connection, int]]:
    """Return what a session holds, each with its count as the transaction began."""
    begun, counts = session.info.get("begun", (None, []))
    return counts if begun is session.get_transaction() else []


@contextmanager
def commit_own_work(session: Session) -> Iterator[None]:
    """Commit what the block does, unless the caller has work that is not committed.

    Then the block is a SAVEPOINT, and the caller commits. An error undoes only the
    block.
    """
    if has_uncommitted_work(session):
        with session.begin_nested():
            yield
        return

    try:
        yield
        session.commit()
    except BaseException:
        session.rollback()
        raise


def release_connection(session: Session) -> None:
    """Return the connection to the pool before a wait; keep it for a caller's work."""
    if connections(session) and not has_uncommitted_work(session):
        session.commit()  # a function that the caller selected may have written
