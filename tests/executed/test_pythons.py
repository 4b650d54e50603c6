"""Projects on the lowest Python with the lowest packages, and one on the newest.

A push starts on the lowest one the smallest project, and the largest on both servers of
databases, of which PostgreSQL runs all tests too. --all adds the others, which have no
more packages, and every other Python that is here, and runs all projects on each.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from tests.executed import interpreters
from tests.executed.environments import Environments
from tests.executed.execution import answer_in_production
from tests.executed.execution import Note
from tests.executed.execution import pass_own_tests
from tests.executed.execution import pass_types
from tests.executed.execution import production_address
from tests.executed.execution import server_or_none
from tests.executed.execution import Servers
from tests.support import options
from tests.support.facts.answers import Answers
from tests.support.facts.answers import DISTINCT
from tests.support.rendering import Renderer

# The lower bounds of the packages that no preset brings are promises too.
PROJECTS: dict[str, Answers] = DISTINCT | {
    "granian and PostgreSQL": {
        "preset": "full",
        "server": "granian",
        "database": "postgresql",
    },
    "gevent and MariaDB": {
        "preset": "full",
        "server": "gunicorn-gevent",
        "database": "mysql",
    },
}


class Way(NamedTuple):
    """A Python, and which versions of the packages it gets."""

    version: str
    resolution: str

    def __str__(self) -> str:
        return f"{self.version}-{self.resolution}"


lowest, *others = interpreters.here()
NEWEST = Way([lowest, *others][-1], "highest")
WAYS = [Way(lowest, "lowest-direct"), NEWEST]
ON_LOWEST = [name for name in PROJECTS if name not in DISTINCT or name == "minimal"]
# The rows of test_array.py are on the newest Python too.
ON_NEWEST = ["full"]
if options.chosen.everything:
    WAYS[1:1] = [Way(version, "highest") for version in [lowest, *others][:-1]]
    ON_LOWEST = ON_NEWEST = list(PROJECTS)

CASES = [
    pytest.param(answers, way, id=f"{name}-{way}")
    for way in WAYS
    for name, answers in PROJECTS.items()
    if name in (ON_NEWEST if way == NEWEST else ON_LOWEST)
]
each_case = pytest.mark.parametrize(("answers", "way"), CASES)
# All tests of a large project take minutes; tests/databases runs some on MariaDB.
WHOLE = [
    case for case in CASES if options.chosen.everything or "MariaDB" not in str(case.id)
]


@pytest.mark.parametrize(("answers", "way"), WHOLE)
def test_a_preset_passes_its_own_tests(
    answers: Answers,
    way: Way,
    render: Renderer,
    environments: Environments,
    servers: Servers,
    record_property: Note,
) -> None:
    project = render(**answers)
    python = interpreters.here()[way.version]
    programs = environments(project, python, way.resolution)
    server = server_or_none(servers, answers.get("database", "sqlite"))

    pass_own_tests(project, programs, record_property, server)

    record_property(f"presets tested on Python {way.version}, {way.resolution}", 1)


@each_case
def test_a_preset_answers_in_production_and_stops(
    answers: Answers,
    way: Way,
    render: Renderer,
    environments: Environments,
    servers: Servers,
    record_property: Note,
) -> None:
    project = render(**answers)
    address = production_address(project, answers, servers)
    python = interpreters.here()[way.version]
    programs = environments(project, python, way.resolution, dev=False)

    answer_in_production(project, programs, answers.get("server", "gunicorn"), address)

    record_property(f"presets started on Python {way.version}, {way.resolution}", 1)


@pytest.mark.parametrize("answers", [PROJECTS[name] for name in ON_NEWEST], ids=str)
def test_a_preset_has_strict_types_on_the_newest_python(
    answers: Answers,
    render: Renderer,
    environments: Environments,
    mypy_cache: Path,
    record_property: Note,
) -> None:
    project = render(**answers)
    programs = environments(project, interpreters.here()[NEWEST.version])

    pass_types(project, programs, record_property, mypy_cache)
