"""The time from an empty folder to green tests, beside another template.

Its path is an option; none of its code is here. It is cookiecutter-flask. The commands
are those that the README of each project names. `just test` runs the owner's tests,
`just test-all` also those of the maintained files.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field
from functools import cache
from itertools import count
from pathlib import Path

from benchmarks.measure import Costs
from benchmarks.measures import Measure
from benchmarks.measures.template import GIT
from benchmarks.place import Place
from benchmarks.processes import finished

NAME = "my_flask_app"
ANSWERS = (
    f"app_name={NAME}", "project_name=My Flask App", "full_name=Ada",
    "email=ada@example.com", "github_username=ada", "use_pipenv=False",
    "project_short_description=A measurement", "use_heroku=False",
    f"python_version={sys.version_info.major}.{sys.version_info.minor}",
    "node_version=20",
)  # fmt: skip
# Recipes of our justfile.
OWN, ALL = "test", "test-all"
PYTHON = ".venv/bin/python"


def timed(
    place: Place, folder: Path, steps: list[tuple[str, ...]], project: Path
) -> float:
    """Run the first command in a folder, the others in the project that it makes."""
    folder.mkdir()
    path = f"{project / '.venv/bin'}:{place.tools['PATH']}"
    environment = {**place.tools, **GIT, "PATH": path}
    return sum(
        finished(where, *step, environment=environment).wall
        for where, step in zip([folder, *[project] * len(steps)], steps, strict=False)
    )


def ours(place: Place, folder: Path, recipe: str) -> float:
    target = folder / "project"
    command = ("copier", "copy", "--defaults", "--quiet")
    steps: list[tuple[str, ...]] = [
        (*command, str(place.template), str(target)),
        ("uv", "sync", "--quiet"),
        ("uv", "run", "just", recipe, "-q"),
    ]
    return timed(place, folder, steps, target)


def theirs(place: Place, folder: Path) -> float:
    assert place.peer
    steps: list[tuple[str, ...]] = [
        ("cookiecutter", "--no-input", str(place.peer), *ANSWERS),
        (sys.executable, "-m", "venv", ".venv"),
        (PYTHON, "-m", "pip", "install", "-q", "-r", "requirements/dev.txt"),
        ("npm", "install", "--silent"),
        ("npm", "run", "build"),
        (PYTHON, "-m", "pytest", "-q", "tests"),
    ]
    return timed(place, folder, steps, folder / NAME)


@dataclass
class Rounds:
    """The wall times of each side, in rounds that measures 12 and 12.1 share."""

    place: Place
    numbers: count[int] = field(default_factory=count)

    def theirs(self) -> float:
        return self.measured(theirs)

    def ours(self, recipe: str) -> float:
        return self.measured(lambda place, folder: ours(place, folder, recipe))

    def measured(self, side: Callable[[Place, Path], float]) -> float:
        folder = self.place.folder / f"peer-{next(self.numbers)}"
        spent = side(self.place, folder)
        shutil.rmtree(folder)
        return spent

    def costs(self) -> dict[str, Costs]:
        """Return the costs by recipe, with caches that a first run has filled."""
        self.theirs(), self.ours(OWN)
        rounds = [
            (self.theirs(), self.ours(OWN), self.ours(ALL))
            for _ in range(self.place.scale.slow_rounds)
        ]
        other, own, whole = zip(*rounds, strict=True)
        return {OWN: Costs(other, own), ALL: Costs(other, whole)}


@cache
def costs(place: Place) -> dict[str, Costs]:
    """Measure a place once: minutes for each round."""
    return Rounds(place).costs()


MEASURES = (
    Measure(
        "12",
        "empty folder to the owner's green tests, wall time: cookiecutter-flask / ours",
        5,
        lambda place: costs(place)[OWN].ratio(),
        more=True,
        needs_peer=True,
    ),
    Measure(
        "12.1",
        "the same, to all green tests: cookiecutter-flask / ours",
        5,
        lambda place: costs(place)[ALL].ratio(),
        more=True,
        needs_peer=True,
    ),
)
