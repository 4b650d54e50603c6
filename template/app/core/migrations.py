"""Migrations: in development the first request runs them on an empty database."""

from __future__ import annotations

import threading

import sqlalchemy as sa
from alembic import command
from flask import current_app
from flask import Flask


def init_app(app: Flask) -> None:
    # Production never migrates by itself: there it is a step of the release.
    if app.config["APP_CONFIG"] == "development":
        lock = threading.Lock()
        done = threading.Event()

        @app.before_request
        def create_before_the_first_request() -> None:
            with lock:
                if not done.is_set():
                    create_if_new()
                    done.set()


def create_if_new() -> None:
    """Run the migrations on a database without a table; leave any other alone."""
    engine = current_app.extensions["sqlalchemy"].engine
    if not sa.inspect(engine).get_table_names():
        settings = current_app.extensions["migrate"].migrate.get_config()
        command.upgrade(settings, "head")
