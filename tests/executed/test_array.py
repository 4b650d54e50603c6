"""Each row of the covering array: its own tests, its types, a start in production."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from environments import Environments
from execution import Note
from execution import pass_own_tests
from execution import pass_types
from execution import server_or_none
from execution import Servers
from projects import free_port
from projects import get
from projects import on_loopback
from projects import PRODUCTION
from projects import served
from rendering import Renderer
from rendering import run
from rows import Row
from rows import ROWS

each_row = pytest.mark.parametrize("row", ROWS, ids=str)


@each_row
def test_a_row_passes_its_own_tests(
    row: Row,
    render: Renderer,
    environments: Environments,
    servers: Servers,
    record_property: Note,
) -> None:
    project = render(**row.answers)
    programs = environments(project, row.python)
    kind = row.answers["database"]
    server = server_or_none(servers, kind)

    pass_own_tests(project, programs, record_property, server)

    record_property("rows with their own tests", 1)
    if server is None and kind != "sqlite":
        record_property(f"of them, for want of a server, {kind} on SQLite", 1)


@each_row
def test_a_row_has_strict_types(
    row: Row,
    render: Renderer,
    environments: Environments,
    mypy_cache: Path,
    record_property: Note,
) -> None:
    project = render(**row.answers)
    programs = environments(project, row.python)

    pass_types(project, programs, record_property, mypy_cache)

    record_property("rows typed", 1)


@each_row
def test_a_row_answers_in_production_and_stops(
    row: Row,
    render: Renderer,
    environments: Environments,
    servers: Servers,
    record_property: Note,
) -> None:
    project = render(**row.answers)
    kind = row.answers["database"]
    address = f"sqlite:///{project.parent / 'production.db'}"
    if kind != "sqlite":
        address = servers(kind).database("production")
    programs = environments(project, row.python, dev=False)
    settings = {**PRODUCTION, "DATABASE_URL": address}
    run(project, str(programs / "flask"), "db", "upgrade", **settings)
    port = free_port()
    # One worker: granian loses a stop that meets another at its start.
    settings |= {"PORT": str(port), "WEB_CONCURRENCY": "1"}
    settings["PATH"] = f"{programs}:{os.environ['PATH']}"
    command = on_loopback(project, row.answers["server"])

    with served(project, *command, port=port, **settings) as server:
        answers = [get(server.url + path) for path in ("/", "/api/ready")]
        status = server.stop()

    log = server.log.read_text()
    assert [answer.status for answer in answers] == [200, 200], log
    assert status == 0, log
    assert "Traceback" not in log
    record_property("rows started in production", 1)
