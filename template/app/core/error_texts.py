"""The texts of database errors, without the values of rows.

A driver's error names the value that it refuses, such as an e-mail address that exists
already. Each log of the error would contain the value, so it is removed where the error
is raised. `error.orig` keeps its class, its code and its names of
constraints and columns.

Maintained by copier-flask.
"""

from __future__ import annotations

import sqlite3

import sqlalchemy as sa

from app.core.unavailable import MYSQL_CODES

HIDDEN = "The text is hidden because it may hold a value."

# Classes of SQLSTATE whose messages hold names and no values; values are in the lines
# after the first. Not 22, as in: invalid input syntax for type integer: "secret".
NAMING_CLASSES = {"08", "0A", "23", "25", "28", "3D", "40", "42", "53", "54", "55"}
NAMING_CLASSES |= {"57", "58"}

# Numbers whose messages hold names and no values: no default, unknown columns and
# tables, NOT NULL, foreign keys, length and range, CHECK (MySQL, then MariaDB).
NAMING_NUMBERS = MYSQL_CODES | {1048, 1054, 1136, 1146, 1264, 1364, 1406}
NAMING_NUMBERS |= {1216, 1217, 1451, 1452, 3819, 4025}
DUPLICATE = {1062, 1586}  # Duplicate entry 'VALUE' for key 'NAME'


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
        return str(error).partition("\n")[0] if named else HIDDEN

    # A connection that failed; what is left are values that a column type refused.
    of_psycopg = type(error).__module__.startswith("psycopg")
    return None if of_psycopg else HIDDEN


def text_of_mysql(number: int, text: str) -> str | None:
    if number in DUPLICATE:
        return f"Duplicate entry for key {text.rpartition(' for key ')[2]}"
    return None if number in NAMING_NUMBERS else HIDDEN
