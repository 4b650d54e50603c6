"""The applications that are measured, once for each process of the run."""

from __future__ import annotations

import pytest

from benchmarks.place import Place
from benchmarks.scale import SHORT
from tests.support.running.projects import program


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    program("h2load")
    return Place(tmp_path_factory.mktemp("place"), SHORT)
