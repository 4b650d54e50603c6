"""What the executed layer shares: environments, database servers, counts."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.executed.environments import Environments
from tests.executed.execution import Note
from tests.support.running.database_servers import DatabaseServer
from tests.support.running.database_servers import SERVERS


@pytest.fixture
def environments(shared: Path, record_property: Note) -> Environments:
    folder = shared / "environments"
    folder.mkdir(exist_ok=True)
    return Environments(folder, record_property)


@pytest.fixture(scope="session")
def servers() -> Iterator[Callable[[str], DatabaseServer]]:
    """Return a function: the server of a kind, started for the first that asks."""
    with contextlib.ExitStack() as running:
        yield cache(lambda kind: running.enter_context(SERVERS[kind]()))
