"""A database for each process of `pytest -n`, on the server of TEST_DATABASE_URL.

Each worker makes its own beside the database that is named, app_gw0_test beside
app_test, at its first connection, and drops it at the end. SQLite needs none: each
worker has a file. Maintained by copier-flask.
"""

from __future__ import annotations

import atexit
import os
import threading
from contextlib import suppress

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

from app.core.rules import RuleError

SUFFIX = "_test"
MAX_LENGTH = 63  # PostgreSQL's, in bytes; MySQL's is 64

# The name of the database that this worker has made; its child processes inherit it.
MADE = "WORKER_DATABASE_MADE"

# TEST_DATABASE_URL by the name of the worker's database.
originals: dict[str, sa.URL] = {}
lock = threading.Lock()


def of_worker(url: sa.URL) -> sa.URL:
    """Return the address of this worker's database, or `url` without workers."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    database = url.database or ""
    own = f"_{worker}{SUFFIX}"
    if not worker or url.get_backend_name() == "sqlite" or database.endswith(own):
        return url

    stem = database.removesuffix(SUFFIX)[: MAX_LENGTH - len(own)]
    originals[stem + own] = url
    return url.set(database=stem + own)


def make_before_connecting(engine: sa.Engine) -> None:
    """Make the worker's database when `engine` first connects, if it is one."""
    name = engine.url.database or ""
    if original := originals.get(name):

        @event.listens_for(engine, "do_connect")
        def make(*_: object) -> None:
            with lock:
                if os.environ.get(MADE) != name:
                    create(original, name)


def create(url: sa.URL, name: str) -> None:
    """Create the database of a worker, to be dropped at the end of the process.

    Raises RuleError if the server refuses.
    """
    try:
        # Left over from an interrupted run.
        execute(url, "DROP DATABASE IF EXISTS {}", name)
        execute(url, "CREATE DATABASE {}", name)
    except DBAPIError as error:
        reason = " ".join(str(error.orig).split())
        raise RuleError(
            f"TEST_DATABASE_URL: pytest -n needs a database for each worker, and "
            f"{name} could not be made ({reason[:200]}): let {url.username} "
            "create databases, or run pytest without -n."
        ) from None

    os.environ[MADE] = name
    atexit.register(drop, url, name)


def drop(url: sa.URL, name: str) -> None:
    """Drop the database of a worker."""
    with suppress(DBAPIError):  # a connection is open; the next run drops it
        execute(url, "DROP DATABASE IF EXISTS {}", name)


def execute(url: sa.URL, statement: str, name: str) -> None:
    """Run a statement about a database outside of a transaction, connected to `url`."""
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    quoted = engine.dialect.identifier_preparer.quote(name)
    with engine.connect() as connection:
        connection.exec_driver_sql(statement.format(quoted))
