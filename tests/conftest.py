"""What the tests share: a copy of the template to render from, and quiet tools."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

from projects import uv
from rendering import attempt
from rendering import copied_tree
from rendering import Renderer
from rendering import ROOT
from services import DatabaseServer
from services import SERVERS


@pytest.fixture(scope="session", autouse=True)
def nobody_in_particular(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Let no setting of the person who runs the tests reach Copier, git or uv."""
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
        # Tests use the interpreters that are there.
        UV_PYTHON_DOWNLOADS="never",
    )
    # The one of these tests must not become that of the rendered projects.
    os.environ.pop("VIRTUAL_ENV", None)
    # Compiling all packages anew for each command takes longer than the commands.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The work tree's template without git, from which rendering is fast."""
    return copied_tree(ROOT, tmp_path_factory.mktemp("template") / "copier-flask")


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of the run have in common."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shared"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def mypy_cache(shared: Path) -> Path:
    """What mypy knows of the installed packages; two at once would spoil it."""
    return shared / f"mypy-{os.environ.get('PYTEST_XDIST_WORKER', 'one')}"


@pytest.fixture(scope="session")
def compose() -> tuple[str, ...]:
    """The command that reads a compose file; needs its client, and no engine."""
    command = ("docker", "compose")
    if not shutil.which("docker") or attempt(ROOT, *command, "version").returncode:
        pytest.skip("there is no docker compose here")
    return (*command, "config", "--quiet")


@pytest.fixture
def render(template: Path, tmp_path: Path) -> Renderer:
    """Return a function: `render(**answers)` gives the folder of a new project."""
    return Renderer(template, tmp_path)


@pytest.fixture(scope="session", params=SERVERS)
def server(request: pytest.FixtureRequest) -> Iterator[DatabaseServer]:
    """A server for databases of tests, of each kind that projects use."""
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
    """Return a function that notes a figure for the end of the run."""
    return lambda text: record_property("measured", text)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures that tests noted: texts as they are, counts added up."""
    # What failed counts too: a fault that was planted and not caught is one of all.
    reports = [terminalreporter.stats.get(how, []) for how in ("passed", "failed")]
    noted = [note for report in chain(*reports) for note in report.user_properties]
    counts = Counter[str]()
    for name, value in noted:
        if isinstance(value, int):
            counts[name] += value

    lines = sorted(str(value) for name, value in noted if name == "measured")
    if planted := counts.pop("planted faults", 0):
        caught = counts.pop("planted faults caught", 0)
        lines.append(f"planted faults: {caught} of {planted} caught")
    lines += [f"{name}: {count}" for name, count in sorted(counts.items())]
    if lines:
        terminalreporter.section("measured")
        for line in lines:
            terminalreporter.line(line)
