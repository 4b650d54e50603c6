"""Fixtures for all tests: a copy of the template, and tools without user settings."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import options
from tests.support.facts.answers import parsed
from tests.support.minutes import Minutes
from tests.support.records import Records
from tests.support.rendering import attempt
from tests.support.rendering import copied_tree
from tests.support.rendering import Renderer
from tests.support.rendering import ROOT
from tests.support.running.database_servers import DatabaseServer
from tests.support.running.database_servers import SERVERS
from tests.support.running.projects import uv


def pytest_addoption(parser: pytest.Parser) -> None:
    options.add(parser)


def pytest_configure(config: pytest.Config) -> None:
    try:
        answers = parsed(config.getoption("answers"))
    except ValueError as error:
        raise pytest.UsageError(f"--answers: {error}") from None
    try:
        lives = [int(seed) for seed in config.getoption("lives").split()]
    except ValueError as error:
        raise pytest.UsageError(f"--lives: {error}") from None
    options.chosen = options.Options(
        everything=config.getoption("all"),
        require_services=config.getoption("require_services"),
        answers=answers,
        records=config.getoption("records"),
        lives=lives,
    )
    config.pluginmanager.register(Minutes(), "minutes")
    if options.chosen.records and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Records(Path(options.chosen.records)), "records")


@pytest.fixture(scope="session", autouse=True)
def nobody_in_particular(
    tmp_path_factory: pytest.TempPathFactory, mypy_cache: Path
) -> None:
    """Keep the user's settings of Copier, Git and uv out of the tests."""
    settings = tmp_path_factory.mktemp("settings")
    (settings / "copier.yml").write_text("{}\n")
    (settings / "git").write_text("[init]\n\tdefaultBranch = main\n")

    for name in [name for name in os.environ if name.startswith("FLASK_")]:
        del os.environ[name]
    for name in ("APP_CONFIG", "DATABASE_URL", "SECRET_KEY", "TRUSTED_HOSTS"):
        os.environ.pop(name, None)

    os.environ.update(
        COPIER_SETTINGS_PATH=str(settings / "copier.yml"),
        GIT_AUTHOR_EMAIL="ada@example.com",
        GIT_AUTHOR_NAME="Ada",
        GIT_COMMITTER_EMAIL="ada@example.com",
        GIT_COMMITTER_NAME="Ada",
        GIT_CONFIG_GLOBAL=str(settings / "git"),
        GIT_CONFIG_NOSYSTEM="1",
        # Each project would read the types of its packages again.
        MYPY_CACHE_DIR=str(mypy_cache),
        # Tests use installed interpreters and download none.
        UV_PYTHON_DOWNLOADS="never",
    )
    # Rendered projects must not use the environment of these tests.
    os.environ.pop("VIRTUAL_ENV", None)
    # Compiling all packages again for each command takes longer than the commands.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template of the work tree without Git, so that rendering is fast."""
    return copied_tree(ROOT, tmp_path_factory.mktemp("template") / "copier-flask")


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of the run share."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shared"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def mypy_cache(shared: Path) -> Path:
    """mypy's cache of the installed packages, one for each process."""
    return shared / f"mypy-{os.environ.get('PYTEST_XDIST_WORKER', 'one')}"


@pytest.fixture(scope="session")
def compose() -> tuple[str, ...]:
    """The compose command for reading a compose file; needs no Docker engine."""
    command = ("docker", "compose")
    if not shutil.which("docker") or attempt(ROOT, *command, "version").returncode:
        pytest.skip("docker compose is not installed")
    return (*command, "config", "--quiet")


@pytest.fixture
def render(template: Path, tmp_path: Path) -> Renderer:
    """Return a function: `render(**answers)` gives the folder of a new project."""
    return Renderer(template, tmp_path)


@pytest.fixture(scope="session", params=SERVERS)
def server(request: pytest.FixtureRequest) -> Iterator[DatabaseServer]:
    """A database server of each kind that projects use."""
    with SERVERS[request.param]() as running:
        yield running


@pytest.fixture(scope="session")
def installed(
    template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Path]:
    """Return a function that renders a project with answers, and installs it once."""
    made: dict[str, Path] = {}

    def render_and_install(**answers: object) -> Path:
        key = repr(sorted(answers.items()))
        if key not in made:
            folder = tmp_path_factory.mktemp("installed")
            made[key] = Renderer(template, folder)(**answers)
            uv(made[key], "sync", "--quiet")
        return made[key]

    return render_and_install


@pytest.fixture
def measured(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Return a function that records a figure for the summary of the run."""
    return lambda text: record_property("measured", text)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the recorded figures: texts unchanged, counts as sums."""
    # Failed tests count too: a planted fault that was not caught is in the total.
    passed, failed = (
        [
            note
            for report in terminalreporter.stats.get(how, [])
            for note in report.user_properties
        ]
        for how in ("passed", "failed")
    )
    noted = [*passed, *failed]
    counts, caught = counted(noted), counted(passed)

    lines = sorted(str(value) for name, value in noted if name == "measured")
    if planted := counts.pop("planted faults", 0):
        lines.append(f"planted faults: {caught['planted faults']} of {planted} caught")
    lines += [f"{name}: {count}" for name, count in sorted(counts.items())]
    if lines:
        terminalreporter.section("measured")
        for line in lines:
            terminalreporter.line(line)


def counted(noted: list[tuple[str, object]]) -> Counter[str]:
    counts = Counter[str]()
    for name, value in noted:
        if isinstance(value, int):
            counts[name] += value
    return counts
