"""Fixtures: database servers, and a project for each."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.rendering import Renderer
from tests.support.running.database_servers import DatabaseServer
from tests.support.running.projects import uv


@pytest.fixture(scope="session")
def project(
    server: DatabaseServer, template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A full project for that server, installed."""
    return installed(template, tmp_path_factory, server.name)


@pytest.fixture(scope="session")
def gevent_project(
    server: DatabaseServer, template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    return installed(template, tmp_path_factory, server.name, server="gunicorn-gevent")


@pytest.fixture(scope="session")
def sqlite_project(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return installed(template, tmp_path_factory, "sqlite")


def installed(
    template: Path,
    tmp_path_factory: pytest.TempPathFactory,
    database: str,
    **answers: object,
) -> Path:
    folder = tmp_path_factory.mktemp(database)
    made = Renderer(template, folder)(preset="full", database=database, **answers)
    uv(made, "sync", "--quiet")
    return made
