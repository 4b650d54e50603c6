"""SQLite for a server: several processes write, none meets "database is locked"."""

from __future__ import annotations

from sqlite3 import Connection as SQLiteConnection

import sqlalchemy as sa
from flask import Flask
from flask import has_request_context
from flask import request
from sqlalchemy import event

from app.extensions import db

READING = {"GET", "HEAD", "OPTIONS", "TRACE"}


def init_app(app: Flask) -> None:
    with app.app_context():
        engine = db.engine

    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", prepare)
        event.listen(engine, "begin", begin)


def prepare(connection: SQLiteConnection, record: object) -> None:
    # The driver must not begin transactions by its own rules: begin() does.
    connection.isolation_level = None

    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout = 5000")  # milliseconds; first, for the others
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.close()


def begin(connection: sa.Connection) -> None:
    """Begin a transaction: one that may write takes the write lock at once.

    A transaction that reads and then writes cannot wait for the lock, it fails
    however long the time-out is. Requests that only read do not queue.
    """
    reads = has_request_context() and request.method in READING
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
