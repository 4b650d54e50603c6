"""Each preset from end to end: installed, checked, tested, served, stopped."""

from __future__ import annotations

import json
import shutil
import sys
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.commands import weights
from tests.support import options
from tests.support.facts.answers import AWKWARD
from tests.support.facts.answers import DISTINCT
from tests.support.facts.answers import SAME
from tests.support.facts.answers import STRUCTURAL
from tests.support.pages import page_commands
from tests.support.rendering import attempt
from tests.support.rendering import BIN
from tests.support.rendering import files
from tests.support.rendering import git
from tests.support.rendering import Renderer
from tests.support.rendering import ROOT
from tests.support.rendering import run
from tests.support.rendering import said
from tests.support.rendering import start_repository
from tests.support.running.projects import free_names
from tests.support.running.projects import free_port
from tests.support.running.projects import get
from tests.support.running.projects import PRODUCTION
from tests.support.running.projects import program
from tests.support.running.projects import served
from tests.support.running.projects import uv

# tests/executed runs all tests of the largest project; a website has fewer of them.
LONG = () if options.chosen.everything else ("website", "full")
WHOLE = [name for name in DISTINCT if name not in LONG]


@pytest.fixture(scope="module", params=DISTINCT)
def project(request: pytest.FixtureRequest, installed: Callable[[str], Path]) -> Path:
    return installed(request.param)


@pytest.fixture
def one_project(installed: Callable[[str], Path]) -> Path:
    """For tests that no answer affects."""
    return installed("minimal")


@pytest.fixture(scope="module")
def installed(
    template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Path]:
    """Return a function that renders and installs a preset, once."""

    @cache
    def render_and_install(preset: str) -> Path:
        project = Renderer(template, tmp_path_factory.mktemp(preset))(
            **DISTINCT[preset], project_name=AWKWARD, project_slug="an-app"
        )
        start_repository(project, "start")
        uv(project, "sync", "--quiet")
        return project

    return render_and_install


@pytest.mark.parametrize(("preset", "other"), SAME.items())
def test_a_preset_that_is_not_run_has_the_files_of_one_that_is(
    preset: str, other: str, render: Renderer
) -> None:
    content = [files(render(preset=name)) for name in (preset, other)]
    for each in content:
        del each[".copier-answers.yml"]

    assert content[0] == content[1]


def production(project: Path) -> dict[str, str]:
    return {
        **PRODUCTION,
        "DATABASE_URL": f"sqlite:///{project.parent / 'production.db'}",
    }


def test_the_project_passes_its_own_checks(project: Path) -> None:
    uv(project, "run", "ruff", "check", ".")
    uv(project, "run", "ruff", "format", "--check", ".")
    uv(project, "run", "mypy")
    uv(project, "run", "mypy", "--strict", ".")


def test_typical_code_and_the_project_pass_both_type_checkers(
    installed: Callable[[str], Path],
) -> None:
    project = installed("full")
    views = project / "app/ordinary_views.py"
    shutil.copy(ROOT / "tests/shipped/ordinary_views.py", views)
    try:
        uv(project, "run", "mypy", "--strict", ".")
        pyright = program("pyright", str(BIN))
        run(project, pyright, "--pythonpath", ".venv/bin/python", ".")
    finally:
        views.unlink()


def preset_of(project: Path) -> str:
    return project.parent.name.rstrip("0123456789")


def test_the_owners_tests_pass_at_the_recorded_cost(
    project: Path, measured: Callable[[str], None]
) -> None:
    packages, seconds = weights.packages(project), weights.own_tests(project)
    measured(f"{preset_of(project)}: {packages} packages, own tests {seconds} s")

    # Packages have releases, and machines differ: the page gives an impression.
    recorded = weights.recorded_costs()[preset_of(project)].packages
    assert packages == pytest.approx(recorded, rel=0.1)
    assert seconds < 60


@pytest.mark.parametrize("project", WHOLE, indirect=True)
def test_all_tests_of_the_project_pass_at_the_recorded_cost(
    project: Path, measured: Callable[[str], None]
) -> None:
    seconds = weights.all_tests(project)
    measured(f"{preset_of(project)}: all tests {seconds} s")

    then = weights.recorded_costs()[preset_of(project)].all_tests
    assert then / 5 - 1 < seconds < then * 5 + 5, "run: just weigh"


def test_the_pages_and_the_api_of_a_new_project_are_right(project: Path) -> None:
    shipped = Path(shutil.copytree(ROOT / "tests/shipped", project / "tests/shipped"))
    try:
        if not (project / "app/auth").exists():
            for name in ("auth", "api", "mails", "seeds"):
                (shipped / f"test_{name}.py").unlink()
        elif not (project / "app/api").exists():
            (shipped / "test_api.py").unlink()
        uv(project, "run", "pytest", "-q", "-W", "error", "tests/shipped")
    finally:
        shutil.rmtree(shipped)


def test_no_project_can_have_the_name_of_a_package_that_it_installs(
    project: Path,
) -> None:
    assert free_names(project) == {"an-app"}


def test_no_project_can_have_the_name_of_a_package_that_an_answer_brings(
    render: Renderer,
) -> None:
    # One project that declares what any answer brings. A lock file has the packages of
    # every system.
    everything: set[str] = set()
    for number in range(max(map(len, STRUCTURAL.values()))):
        row = {
            name: values[number % len(values)] for name, values in STRUCTURAL.items()
        }
        text = (render(**row) / "pyproject.toml").read_text()
        declared = tomllib.loads(text)
        everything.update(declared["project"]["dependencies"])
        everything.update(declared["dependency-groups"]["dev"])
    project = render(project_slug="an-app")
    (project / "pyproject.toml").write_text(
        '[project]\nname = "an-app"\nversion = "1"\nrequires-python = ">=3.11"\n'
        f"dependencies = {json.dumps(sorted(everything))}\n"
    )

    for resolution in ("highest", "lowest-direct"):
        uv(project, "lock", "--quiet", f"--resolution={resolution}")
        assert free_names(project) == {"an-app"}


def test_no_environment_variable_of_the_machine_affects_its_tests(
    one_project: Path,
) -> None:
    (one_project / ".env").write_text("SECRET_KEY=x\nFLASK_MAX_CONTENT_LENGTH=1\n")
    hostile = {
        "APP_CONFIG": "production",
        "DATABASE_URL": "postgresql://nowhere/at_all",
        "FLASK_DEBUG": "1",
        "FLASK_MAX_CONTENT_LENGTH": "1",
        "FLASK_TESTING": "false",
        "PROXY_HOPS": "3",
        "SECRET_KEY": "short",
        "TRUSTED_HOSTS": "elsewhere.example",
    }
    uv(one_project, "run", "pytest", "-q", **hostile)
    (one_project / ".env").unlink()


def test_just_fix_corrects_what_a_tool_has_written(one_project: Path) -> None:
    # Alembic writes lines that are too long for the linter, which cannot break them.
    written = one_project / "written.py"
    written.write_text(f"import os\n\nNAMES = dict(a={['name'] * 20})\n")

    uv(one_project, "run", "just", "fix")

    assert max(map(len, written.read_text().splitlines())) <= 88
    written.unlink()


def test_using_the_project_makes_no_untracked_file(project: Path) -> None:
    uv(project, "run", "flask", "db", "upgrade")

    assert git(project, "status", "--porcelain").split() == ["??", "uv.lock"]


def test_models_and_migrations_agree(project: Path) -> None:
    uv(project, "run", "flask", "db", "upgrade")
    assert "No new upgrade operations" in uv(project, "run", "flask", "db", "check")


@pytest.mark.parametrize(
    "command", ["README.md", "flask --app run run", "flask --app app run"]
)
def test_development_serves_without_settings(project: Path, command: str) -> None:
    parts = ["uv", "run", *command.split()]
    if command == "README.md":
        (block,) = page_commands("template/README.md.jinja", "Run it", project)
        parts = ["bash", "-ec", block]
    port = str(free_port())
    with served(project, *parts, PORT=port, FLASK_RUN_PORT=port) as server:
        page, ready = get(server.url), get(f"{server.url}/api/ready")
        style = page.text.split('rel="stylesheet" href="')[1].split('"')[0]
        assert get(server.url + style).status == 200
        assert get(f"{server.url}/nowhere").status == 404
        log = server.log.read_text()

    # One log line for each request, and none for the stylesheet.
    assert [log.count(path) for path in ("GET", "/nowhere", "style.css")] == [3, 1, 0]
    assert "Running on" in log
    assert page.status == 200
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ 77 }}" in page.text
    assert "<script>" not in page.text
    assert json.loads(ready.text) == {"status": "ok"}


def test_production_serves_and_stops(project: Path, tmp_path: Path) -> None:
    (block,) = page_commands(
        "template/README.md.jinja", "Run it in production", project
    )
    settings = production(project)
    # Another environment, because the block leaves out the tools of development.
    settings |= {
        "BIND": "127.0.0.1",
        "PORT": str(free_port()),
        "UV_PROJECT_ENVIRONMENT": str(tmp_path / "environment"),
    }

    with served(project, "bash", "-ec", block, **settings) as server:
        page = get(server.url)
        style = page.text.split('rel="stylesheet" href="')[1].split('"')[0]
        sheet, missing = get(server.url + style), get(f"{server.url}/nowhere")
        health, ready = get(f"{server.url}/api/health"), get(f"{server.url}/api/ready")
        status = server.stop()

    assert (page.status, sheet.status, missing.status) == (200, 200, 404)
    assert "immutable" in sheet.headers["Cache-Control"]
    assert json.loads(health.text) == json.loads(ready.text) == {"status": "ok"}
    assert status == 0

    lines = [
        json.loads(line)
        for line in server.log.read_text().splitlines()
        if line.startswith("{")
    ]
    requests = [line for line in lines if line["message"] == "request"]
    assert [(line["path"], line["status"]) for line in requests] == [
        ("/", 200),
        (style.split("?")[0], 200),
        ("/nowhere", 404),
        ("/api/health", 200),
        ("/api/ready", 200),
    ]


STARTS = {
    "flask": ["flask", "run"],
    "flask --app app": ["flask", "--app", "app", "run"],
    "flask db": ["flask", "db", "upgrade"],
    "python": ["python", "-c", "import run"],
}


@pytest.mark.parametrize("command", STARTS.values(), ids=list(STARTS))
def test_a_wrong_start_is_one_line(one_project: Path, command: list[str]) -> None:
    settings = {**production(one_project), "SECRET_KEY": ""}

    done = attempt(one_project, str(BIN / "uv"), "run", *command, **settings)

    own = [line for line in said(done).splitlines() if line and "[INFO]" not in line]
    assert done.returncode == 1
    assert len(own) == 1
    assert "SECRET_KEY must be set" in own[0]


def test_a_database_url_from_the_environment_needs_app_config(
    one_project: Path,
) -> None:
    url = f"sqlite:///{one_project.parent / 'outside.db'}"
    flask = (str(BIN / "uv"), "run", "flask", "db", "upgrade")

    refused = attempt(one_project, *flask, DATABASE_URL=url)
    allowed = attempt(one_project, *flask, DATABASE_URL=url, APP_CONFIG="development")

    assert refused.returncode == 1
    assert "set APP_CONFIG beside DATABASE_URL" in refused.stderr
    assert allowed.returncode == 0
    assert f"development: sqlite database {url[10:]}" in allowed.stderr


# Whether garbage collection is on before run.py is imported, with an application or
# without one, and after.
COLLECTION = """
import gc, sys, types

before, app = sys.argv[1:]
sys.modules["app"] = app and types.SimpleNamespace(create_app=gc.isenabled) or None
if not before:
    gc.disable()
try:
    import run
except ImportError:
    assert not app
else:
    assert run.app == gc.isenabled()
print(gc.isenabled())
"""


@pytest.mark.parametrize("app", ["app", ""], ids=["imported", "failed"])
@pytest.mark.parametrize("before", ["on", ""], ids=["on", "off"])
def test_run_py_leaves_garbage_collection_as_it_was(
    before: str, app: str, render: Renderer
) -> None:
    project = render(preset="minimal")

    after = run(project, sys.executable, "-c", COLLECTION, before, app)

    assert after == f"{bool(before)}\n"
