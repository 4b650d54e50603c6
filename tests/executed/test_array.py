"""Each row of the covering array: its own tests, its types, a start in production."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.executed.environments import Environments
from tests.executed.execution import answer_in_production
from tests.executed.execution import Note
from tests.executed.execution import pass_own_tests
from tests.executed.execution import pass_types
from tests.executed.execution import production_address
from tests.executed.execution import server_or_none
from tests.executed.execution import Servers
from tests.executed.rows import Row
from tests.executed.rows import RUN
from tests.executed.rows import WHOLE
from tests.support.rendering import Renderer

each_whole_row = pytest.mark.parametrize("row", WHOLE, ids=str)


@pytest.fixture(params=RUN, ids=str)
def row(request: pytest.FixtureRequest) -> Row:
    found: Row = request.param
    return found


@pytest.fixture
def project(row: Row, render: Renderer) -> Path:
    return render(**row.answers)


@each_whole_row
def test_a_row_passes_its_own_tests(
    row: Row,
    render: Renderer,
    environments: Environments,
    servers: Servers,
    record_property: Note,
) -> None:
    # A row without the maintained tests would try little.
    project = render(**{**row.answers, "maintained_tests": True})
    programs = environments(project, row.python)
    kind = row.answers["database"]
    server = server_or_none(servers, kind)

    pass_own_tests(project, programs, record_property, server)

    record_property("rows with their own tests", 1)
    if server is None and kind != "sqlite":
        record_property(f"of them, for want of a server, {kind} on SQLite", 1)


def test_a_row_has_strict_types(
    row: Row,
    project: Path,
    environments: Environments,
    mypy_cache: Path,
    record_property: Note,
) -> None:
    programs = environments(project, row.python)

    pass_types(project, programs, record_property, mypy_cache)

    record_property("rows typed", 1)


def test_a_row_answers_in_production_and_stops(
    row: Row,
    project: Path,
    environments: Environments,
    servers: Servers,
    record_property: Note,
) -> None:
    address = production_address(project, row.answers, servers)
    programs = environments(project, row.python, dev=False)

    answer_in_production(project, programs, row.answers["server"], address)

    record_property("rows started in production", 1)
