"""Fixtures: `app`, `client`, `runner` and `make_app`.

A test runs inside a transaction that is rolled back after it. One that needs real
transactions (threads, servers, races) is marked `real_database` and gets an
application with a separate database. Maintained by copier-flask: a fixture of the same
name in tests/conftest.py replaces one of these for your tests.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask import has_app_context
from flask.testing import FlaskClient
from flask.testing import FlaskCliRunner

from tests.support.applications import close_connections
from tests.support.applications import close_opened
from tests.support.applications import MakeApp
from tests.support.applications import migrate_from_scratch
from tests.support.applications import new_app
from tests.support.applications import restored_extensions
from tests.support.applications import rolled_back
from tests.support.applications import unused_database


@pytest.fixture(scope="session")
def factory() -> MakeApp:
    """The function that creates the applications of the other fixtures.

    The maintained tests override it with their sample application.
    """
    return new_app


@pytest.fixture(scope="session")
def migrated_app(
    factory: MakeApp, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    """The application of the test run; its database is created by the migrations."""
    yield from migrated(factory, tmp_path_factory.mktemp("database"))


def migrated(factory: MakeApp, folder: Path) -> Iterator[Flask]:
    url = os.environ.get("TEST_DATABASE_URL") or f"sqlite:///{folder / 'app_test.db'}"
    app = factory(SQLALCHEMY_DATABASE_URI=url)
    migrate_from_scratch(app)
    yield app
    close_connections(app)


@pytest.fixture(autouse=True)
def extensions_as_before(migrated_app: Flask) -> Iterator[None]:
    """Restore the shared extensions that other applications of a test have changed."""
    with restored_extensions():
        yield


@pytest.fixture
def app(
    request: pytest.FixtureRequest,
    factory: MakeApp,
    migrated_app: Flask,
    tmp_path: Path,
) -> Iterator[Flask]:
    """The application of a test."""
    # Yielded outside of any context: inside one, `g`, and with it the logged-in user,
    # would persist from one request of a test to the next.
    if request.node.get_closest_marker("real_database"):
        url = unused_database(migrated_app, tmp_path)
        own = factory(SQLALCHEMY_DATABASE_URI=url)
        yield own
        close_connections(own)
        if not url.startswith("sqlite"):
            migrate_from_scratch(migrated_app)
    else:
        with rolled_back(migrated_app):
            yield migrated_app
            close_opened()

    assert not has_app_context()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without a cookie."""
    return app.test_client()


@pytest.fixture
def runner(app: Flask) -> FlaskCliRunner:
    """Runs commands: `runner.invoke(args=["users", "list"])`."""
    return app.test_cli_runner()


@pytest.fixture
def make_app(factory: MakeApp) -> Iterator[MakeApp]:
    """Return a function that makes an application with other settings.

    Its database is empty and in memory: `make_app(MAX_CONTENT_LENGTH=10)`.
    """
    made: list[Flask] = []

    def make(**settings: object) -> Flask:
        made.append(factory(**{"SQLALCHEMY_DATABASE_URI": "sqlite://", **settings}))
        return made[-1]

    yield make
    for app in made:
        close_connections(app)
