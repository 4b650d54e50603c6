"""Errors of the database and of other services: which are temporary, and their texts.

A service that is down, busy or full is answered with 503 (app/core/errors.py). All
other errors are defects, with 500 and a traceback. The codes of the database drivers
decide, not their texts.

A driver's error quotes the value that it refuses, such as an e-mail address that exists
already, and each log of the error would contain it. The value is removed where the
error is raised. `error.orig` keeps its class, its code and its names of constraints and
columns.

Maintained by copier-flask.
"""

from __future__ import annotations

import errno
import sqlite3

import sqlalchemy as sa
from sqlalchemy import exc

from app.core.texts import lazy

# Primary result codes. SQLITE_ERROR, such as for a table that is missing, is a defect,
# although sqlite3 raises the same class for it.
SQLITE_CODES = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
}

# SQLSTATE of PostgreSQL: connections, roles and databases that are refused, resources,
# shutdown and time-outs, the system; then single codes: serialization failure,
# deadlock, lock time-out, idle and transaction time-outs, and a server that is
# read-only, as a standby is.
POSTGRESQL_CLASSES = {"08", "28", "3D", "53", "57", "58"}
POSTGRESQL_CODES = {"40001", "40P01", "55P03", "25P03", "25P04", "25006"}

# Error numbers of MySQL and MariaDB. 0 is PyMySQL's own, for a closed connection.
MYSQL_CODES = {
    *(0, 2002, 2003, 2006, 2012, 2013, 2026, 2055),  # connection, in the client
    *(1040, 1042, 1043, 1053, 1077, 1079, 1129, 1130, 1152, 1158, 1159, 1160, 1161),
    *(1080, 1184, 1203, 1226, 1317, 1927, 3032, 3168, 3169, 4031),  # the same
    *(1044, 1045, 1049),  # the role or the database is refused
    *(1021, 1026, 1030, 1037, 1038, 1041, 1114),  # disk or memory is full
    *(1020, 1205, 1206, 1213, 1614, 3572),  # locks
    *(1969, 3024),  # statement time-out
    *(1290, 1836),  # read-only
}

DRIVERS = ("MySQLdb", "psycopg", "psycopg2", "pymysql", "sqlite3")

# A connection that failed, or that broke in the middle of a packet, has no code there.
CONNECTION_ERRORS = {
    "psycopg.OperationalError",
    "psycopg2.OperationalError",
    "pymysql.InternalError",
}

OS_CODES = {errno.ENOSPC, errno.EDQUOT}
REDIS_CLASSES = {"ConnectionError", "TimeoutError"}

HIDDEN_TEXT = "The text is hidden because it may hold a value."

# Classes of SQLSTATE whose messages hold names and no values; values are in the lines
# after the first. Not 22, as in: invalid input syntax for type integer: "secret".
NAMING_CLASSES = {"08", "0A", "23", "25", "28", "3D", "40", "42", "53", "54", "55"}
NAMING_CLASSES |= {"57", "58"}

# Numbers whose messages hold names and no values: no default, unknown columns and
# tables, NOT NULL, foreign keys, length and range, CHECK (MySQL, then MariaDB).
NAMING_NUMBERS = MYSQL_CODES | {1048, 1054, 1136, 1146, 1264, 1364, 1406}
NAMING_NUMBERS |= {1216, 1217, 1451, 1452, 3819, 4025}
DUPLICATE = {1062, 1586}  # Duplicate entry 'VALUE' for key 'NAME'


class UnavailableError(RuntimeError):
    """The base of the project's own temporary failures, which are answered with 503.

    The page shows `description`, never the text of the error.
    """

    description = lazy("errors.unavailable")


def cause(error: BaseException | None) -> str | None:
    """Return what is unavailable and the code of its driver; None for a defect.

    Such as "database 57P01", "database SQLITE_BUSY", "redis TimeoutError".
    """
    if isinstance(error, UnavailableError):
        return cause(error.__cause__) or type(error).__name__
    if isinstance(error, ExceptionGroup):
        causes = [cause(one) for one in error.exceptions]
        return causes[0] if all(causes) else None
    if isinstance(error, exc.SQLAlchemyError):
        return database_cause(error)
    if isinstance(error, OSError) and error.errno in OS_CODES:
        return f"disk {errno.errorcode[error.errno]}"
    # Of the driver itself, as SQLAlchemy's pool logs it.
    if error is not None and type(error).__module__.partition(".")[0] in DRIVERS:
        code = driver_code(error)
        return f"database {code}" if code else None

    return storage_cause(error)


def database_cause(error: exc.SQLAlchemyError) -> str | None:
    """Return the cause of a temporary error of SQLAlchemy; None for a defect."""
    # 8s2b: a transaction whose connection was lost earlier in the request.
    if isinstance(error, exc.TimeoutError | exc.DisconnectionError):
        return f"database {type(error).__name__}"
    if isinstance(error, exc.PendingRollbackError) and error.code == "8s2b":
        return "database PendingRollbackError"
    if not isinstance(error, exc.DBAPIError) or error.orig is None:
        return None

    code = driver_code(error.orig)
    if code == "connection" and is_not_sent(error):
        return None
    if code is None and error.connection_invalidated:
        code = type(error.orig).__name__
    return f"database {code}" if code else None


def is_not_sent(error: exc.DBAPIError) -> bool:
    """Return whether psycopg refused a statement, such as for too many parameters.

    The class is that of a connection that failed.
    """
    of_psycopg = type(error.orig).__module__.startswith("psycopg")
    return of_psycopg and bool(error.statement) and not error.connection_invalidated


def driver_code(error: BaseException) -> str | None:
    """Return the code of a driver's error if the error is temporary."""
    first = error.args[0] if error.args else None
    state = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None)
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", 0)
        return error.sqlite_errorname if code & 0xFF in SQLITE_CODES else None
    if isinstance(first, int):
        return str(first) if first in MYSQL_CODES else None
    if state:
        temporary = state[:2] in POSTGRESQL_CLASSES or state in POSTGRESQL_CODES
        return str(state) if temporary else None

    # Of a subclass too, such as psycopg's ConnectionTimeout.
    names = {
        f"{own.__module__.partition('.')[0]}.{own.__name__}"
        for own in type(error).__mro__
    }
    return "connection" if names & CONNECTION_ERRORS else None


def storage_cause(error: BaseException | None) -> str | None:
    """Return the cause of an error of Redis, which Flask-Limiter may have wrapped."""
    if inner := getattr(error, "storage_error", None):
        return storage_cause(inner)

    for own in type(error).__mro__:
        if own.__module__ == "redis.exceptions" and own.__name__ in REDIS_CLASSES:
            return f"redis {type(error).__name__}"
    return None


def hide_values(context: sa.engine.ExceptionContext) -> None:
    """Remove the values from an error, and from SQLAlchemy's, which quotes it."""
    error, wrapped = context.original_exception, context.sqlalchemy_exception
    if wrapped is None or (text := text_without_values(error)) is None:
        return

    error.args = (*error.args[:-1], text)
    name = f"{type(error).__module__}.{type(error).__name__}"
    wrapped.args = (f"({name}) {error}", *wrapped.args[1:])


def text_without_values(error: BaseException) -> str | None:
    """Return the replacement for an error's text; None to keep the text."""
    first = error.args[0] if error.args else None
    state = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None)
    if type(error).__module__.startswith(("app.", "sqlalchemy.")):
        return None
    # They name columns and types.
    if isinstance(error, sqlite3.Error | TypeError | AttributeError):
        return None
    if isinstance(first, int):
        return text_of_mysql(first, str(error.args[-1]))
    if state:
        named = state[:2] in NAMING_CLASSES
        return str(error).partition("\n")[0] if named else HIDDEN_TEXT

    # A connection that failed; what is left are values that a column type refused.
    of_psycopg = type(error).__module__.startswith("psycopg")
    return None if of_psycopg else HIDDEN_TEXT


def text_of_mysql(number: int, text: str) -> str | None:
    """Return the text of an error by its number; None to keep the text."""
    if number in DUPLICATE:
        return f"Duplicate entry for key {text.rpartition(' for key ')[2]}"
    return None if number in NAMING_NUMBERS else HIDDEN_TEXT
