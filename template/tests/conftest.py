"""What the tests share: an application, a client, and two kinds of databases.

A test runs inside a transaction that is rolled back after it. One that needs real
transactions (threads, servers, races) is marked `real_database` and gets an
application on a database of its own.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from typing import cast

import pytest
from alembic import command
from flask import Flask
from flask import has_app_context
from flask.testing import FlaskClient
from flask.testing import FlaskCliRunner

from app import create_app
from app.extensions import db
from config import CONFIGS


def new_app(**settings: object) -> Flask:
    config = CONFIGS["testing"]()
    for name, value in settings.items():
        setattr(config, name, value)
    return create_app(config)


def close_connections(app: Flask) -> None:
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(scope="session")
def migrated_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application of the session, on a database with the migrations' schema."""
    temporary = f"sqlite:///{tmp_path_factory.mktemp('database') / 'app_test.db'}"
    url = os.environ.get("TEST_DATABASE_URL") or temporary
    app = new_app(SQLALCHEMY_DATABASE_URI=url)

    with app.app_context():
        command.upgrade(app.extensions["migrate"].migrate.get_config(), "head")

    yield app
    close_connections(app)


@pytest.fixture
def app(
    request: pytest.FixtureRequest, migrated_app: Flask, tmp_path: Path
) -> Iterator[Flask]:
    # Yielded outside of any context: in one, Flask would keep `g`, and with it the
    # logged-in person, from one request of a test to the next.
    if request.node.get_closest_marker("real_database"):
        own = new_app(SQLALCHEMY_DATABASE_URI=copied_database(migrated_app, tmp_path))
        yield own
        close_connections(own)
    else:
        with rolled_back(migrated_app):
            yield migrated_app

    assert not has_app_context()


def copied_database(app: Flask, folder: Path) -> str:
    """Return the address of an unused copy of the migrated SQLite database."""
    close_connections(app)
    with app.app_context():
        source = db.engine.url.database

    copy = folder / "copy_test.db"
    shutil.copyfile(source or "", copy)
    return f"sqlite:///{copy}"


@contextmanager
def rolled_back(app: Flask) -> Iterator[None]:
    """Put all that the application does on one connection, and undo it at the end."""
    with app.app_context():
        # Flask-SQLAlchemy looks its engines up here, request by request.
        engines = cast("dict[str | None, Any]", db.engines)

    engine, sessions = engines[None], db.session.session_factory
    with engine.connect() as connection:
        transaction = connection.begin()
        engines[None] = connection
        # A commit of the code under test ends a SAVEPOINT, not the transaction.
        sessions.configure(join_transaction_mode="create_savepoint")

        yield

        sessions.configure(join_transaction_mode="conditional_savepoint")
        engines[None] = engine
        transaction.rollback()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def runner(app: Flask) -> FlaskCliRunner:
    return app.test_cli_runner()


@pytest.fixture
def make_app() -> Iterator[Callable[..., Flask]]:
    """Return a function that makes an application with settings of its own.

    Its database is empty and in memory: `make_app(MAX_CONTENT_LENGTH=10)`.
    """
    made: list[Flask] = []

    def make(**settings: object) -> Flask:
        made.append(new_app(**settings))
        return made[-1]

    yield make
    for app in made:
        close_connections(app)
