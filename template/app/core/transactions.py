"""Transactions: which of them take a lock, and when."""

from __future__ import annotations

import sqlalchemy as sa
from flask import g
from flask import has_app_context
from flask import has_request_context
from flask import request

READING = {"GET", "HEAD", "OPTIONS", "TRACE"}


def begin_sqlite(connection: sa.Connection) -> None:
    """Begin a transaction: one that may write takes the write lock at once.

    A transaction that reads and then writes cannot wait for the lock, it fails
    however long the time-out is. Requests that only read do not queue.
    """
    driver = connection.connection.dbapi_connection
    if not getattr(driver, "in_transaction", False):  # a migration has begun its own
        connection.exec_driver_sql("BEGIN" if only_reads() else "BEGIN IMMEDIATE")


def only_reads() -> bool:
    """Tell it by the request; other code that only reads says `g.reads = True`."""
    if has_request_context():
        return request.method in READING
    return has_app_context() and g.get("reads", False) is True
