"""What the update tests share: the published clone, old projects, an environment."""

from __future__ import annotations

import hashlib
import shutil
import time
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.support.facts.pieces import QUESTIONS_DECLARED
from tests.support.rendering import files
from tests.support.rendering import run
from tests.support.running.database_servers import DatabaseServer
from tests.support.running.projects import uv
from tests.update import projects_to_update
from tests.update import published as publishing

Base = Callable[[str, str], Path]

# The tests of a project that is not under the template yet.
collect_ignore = ["handwritten"]


@pytest.fixture(scope="session")
def published(
    nobody_in_particular: None, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    return publishing.publish(tmp_path_factory.mktemp("published") / "copier-flask")


@pytest.fixture(scope="session")
def base(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Base:
    """Return a function: the committed project of a release and a preset, made once."""
    folder = tmp_path_factory.mktemp("base")

    @cache
    def make(tag: str, preset: str) -> Path:
        target = folder / f"{tag}-{preset}"
        project = projects_to_update.rendered(published, tag, target, preset=preset)
        return projects_to_update.committed(project)

    return make


@pytest.fixture
def project(base: Base, tmp_path: Path) -> Callable[[str, str], Path]:
    """Return a function: a copy of the project of a release and a preset."""
    return lambda tag, preset: projects_to_update.duplicated(
        base(tag, preset), tmp_path / "project"
    )


@pytest.fixture(scope="session")
def environment(published: Path, shared: Path) -> Path:
    """The interpreter of an environment with all that the presets need."""

    def make(project: Path) -> None:
        newest = publishing.COMING[-1]
        projects_to_update.rendered(published, newest, project, preset="full")
        uv(project, "sync", "--quiet")

    return made_once(shared / "environment", make) / ".venv/bin/python"


@pytest.fixture(scope="session")
def every_server(published: Path, shared: Path) -> Path:
    """The interpreter of an environment with the packages of each server too."""

    def make(project: Path) -> None:
        packages: set[str] = set()
        for server in QUESTIONS_DECLARED["server"]["values"]:
            answers = {"preset": "full", "server": server}
            folder = shared / f"{project.name}-{server}"
            projects_to_update.rendered(
                published, publishing.WORK_TREE, folder, **answers
            )
            declared = tomllib.loads((folder / "pyproject.toml").read_text())
            packages |= {*declared["project"]["dependencies"]}
        shutil.copytree(folder, project, dirs_exist_ok=True)
        uv(project, "sync", "--quiet")
        uv(project, "pip", "install", "--quiet", *sorted(packages))

    return made_once(shared / "every-server", make) / ".venv/bin/python"


def made_once(folder: Path, make: Callable[[Path], None]) -> Path:
    """Return a folder that one of the workers makes, when it is ready."""
    ready = folder.with_name(f"{folder.name}-ready")
    try:
        folder.mkdir()
    except FileExistsError:
        deadline = time.monotonic() + 180
        while not ready.exists():
            assert time.monotonic() < deadline, f"{folder.name} was never ready"
            time.sleep(0.2)
    else:
        make(folder)
        ready.touch()
    return folder


@pytest.fixture(scope="session")
def with_driver(
    server: DatabaseServer, published: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The interpreter of an environment with the driver of the server."""
    folder = tmp_path_factory.mktemp(server.name)
    answers = {"preset": "full", "database": server.name}
    projects_to_update.rendered(published, publishing.WORK_TREE, folder, **answers)
    uv(folder, "sync", "--quiet")
    return folder / ".venv/bin/python"


@pytest.fixture
def sound(
    environment: Path,
    shared: Path,
    mypy_cache: Path,
    record_property: Callable[[str, object], None],
) -> Callable[..., None]:
    """Return a function that lints and types a tree, each distinct tree once."""

    def check(project: Path, *, as_it_is: bool) -> None:
        content = {
            name: data for name, data in files(project).items() if "lock" not in name
        }
        content.pop(".copier-answers.yml")
        seen = shared / hashlib.sha256(repr(content).encode()).hexdigest()
        try:
            seen.touch(exist_ok=False)
        except FileExistsError:
            return

        python = str(environment)
        # As the message after the update says.
        for path in run(project, python, "-Bm", "tests.support.moved").split():
            (project / path).unlink()
        ruff = (python, "-m", "ruff")
        # Two sides that both bring an import, or lines next to each other, leave what
        # `just fix` corrects, as the message after the update says. One side does not.
        if not as_it_is:
            run(project, *ruff, "check", "--no-cache", "--fix-only", "--quiet", ".")
            run(project, *ruff, "format", "--no-cache", "--quiet", ".")
        run(project, *ruff, "check", "--no-cache", ".")
        run(project, *ruff, "format", "--no-cache", "--check", ".")
        run(project, python, "-m", "mypy", "--cache-dir", str(mypy_cache))
        record_property("distinct trees linted and typed", 1)

    return check
