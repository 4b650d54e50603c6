"""The time from an empty folder to green tests, beside another template.

Its path is an option; none of its code is here. It is cookiecutter-flask. The commands
are those that the README of each project names, which run the tests of its owner.
"""

from __future__ import annotations

import shutil
import sys
from itertools import count
from pathlib import Path

from benchmarks.measure import in_turns
from benchmarks.measure import Ratio
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


def ours(place: Place, folder: Path) -> float:
    target = folder / "project"
    command = ("copier", "copy", "--defaults", "--quiet")
    steps: list[tuple[str, ...]] = [
        (*command, str(place.template), str(target)),
        ("uv", "sync", "--quiet"),
        ("uv", "run", "just", "test", "-q"),
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


def to_green_tests(place: Place) -> Ratio:
    """Compare the wall time of both, with caches that a first run has filled."""
    numbers = count(1)

    def measured(side: str) -> float:
        folder = place.folder / f"{side}-{next(numbers)}"
        spent = (theirs if side == "theirs" else ours)(place, folder)
        shutil.rmtree(folder)
        return spent

    measured("theirs"), measured("ours")
    return in_turns(
        lambda: measured("theirs"), lambda: measured("ours"), place.scale.slow_rounds
    ).ratio()


MEASURES = (
    Measure(
        "12",
        "empty folder to green tests, wall time: cookiecutter-flask / ours",
        5,
        to_green_tests,
        more=True,
        needs_peer=True,
    ),
)
