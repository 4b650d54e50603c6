"""How `flask db` runs the migrations: on the application's own database."""

from __future__ import annotations

import time
from collections.abc import MutableMapping
from importlib.util import find_spec
from typing import Any
from typing import Literal

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.util import CommandError
from flask import current_app
from flask import has_request_context

from app import models  # noqa: F401  # the tables are known once this is imported
from app.core import settings
from app.core.database import Base
from app.extensions import db

TABLES_OF_PIECES = {"users", "user_sessions"}

# One migration at a time: the next waits, and then finds nothing left to do. SQLite
# lets one process write in any case.
LONGEST_WAIT = 600  # seconds
LOCKS = {
    "postgresql": "SELECT pg_try_advisory_lock(7305808869)",  # any number of our own
    # Here a lock is the whole server's, so its name holds the database.
    "mysql": "SELECT GET_LOCK(CONCAT('migrations ', MD5(DATABASE())), 0)",
}
# A migration takes as long as it takes, but it waits for no table longer than a
# request does: all requests for that table wait behind it.
LIMITS = {
    "postgresql": [
        "SET statement_timeout = 0",
        "SET idle_in_transaction_session_timeout = 0",
    ],
    "mysql": [
        # The comment is code for MariaDB; MySQL limits nothing but SELECT.
        "SET @alone = 1 /*M!, max_statement_time = 0, idle_transaction_timeout = 0 */",
    ],
}


def render_item(
    kind: str, item: object, autogen_context: AutogenContext
) -> str | Literal[False]:
    """Write a revision that depends on neither the project's types nor the database."""
    if kind == "type" and isinstance(item, sa.types.TypeDecorator):
        return neutral(item.impl_instance, autogen_context)

    # SQLite's true is 1, which PostgreSQL takes for a number.
    arg = getattr(item, "arg", None)
    if kind == "server_default" and isinstance(arg, sa.True_ | sa.False_):
        return f"sa.{arg}()"

    return False


def neutral(type_: sa.types.TypeEngine[Any], autogen_context: AutogenContext) -> str:
    text = f"sa.{type_!r}"
    for dialect, variant in type_._variant_mapping.items():
        # Development runs on SQLite, so the driver tells what production runs on.
        if dialect == "mysql" and not find_spec("pymysql"):
            continue

        module = "sa"
        if type(variant).__module__.startswith("sqlalchemy.dialects"):
            module = dialect
            autogen_context.imports.add(f"from sqlalchemy.dialects import {dialect}")
        text += f'.with_variant({module}.{variant!r}, "{dialect}")'
    return text


def include_name(
    name: str | None, kind: str, parents: MutableMapping[Any, str | None]
) -> bool:
    """Leave the tables of a piece that was switched off: they hold people's data."""
    known = name in Base.metadata.tables
    return kind != "table" or known or name not in TABLES_OF_PIECES


def run() -> None:
    # For commands: the first request in development makes its tables without a word.
    if not has_request_context():
        settings.announce(current_app._get_current_object())  # type: ignore[attr-defined]  # a proxy

    if context.is_offline_mode():
        context.configure(
            url=db.engine.url, target_metadata=Base.metadata, literal_binds=True
        )
        with context.begin_transaction():
            context.run_migrations()
        return

    with db.engine.connect() as connection:
        if connection.dialect.name in LOCKS:
            wait_for_turn(connection)

        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_item=render_item,
            include_name=include_name,
            # SQLite changes a table by copying it.
            render_as_batch=connection.dialect.name == "sqlite",
        )
        with context.begin_transaction():
            context.run_migrations()


def wait_for_turn(connection: sa.Connection) -> None:
    """Lock the database against other migrations until the connection closes."""
    # What it holds and may do is not for requests: it never goes back to the pool.
    connection.detach()
    for limit in LIMITS[connection.dialect.name]:
        connection.exec_driver_sql(limit)

    deadline = time.monotonic() + LONGEST_WAIT
    while not connection.exec_driver_sql(LOCKS[connection.dialect.name]).scalar():
        if time.monotonic() > deadline:
            raise CommandError(
                "Another migration of this database has not ended for ten minutes: "
                "look at what it waits for, then try again."
            )
        time.sleep(0.5)

    connection.commit()


run()
