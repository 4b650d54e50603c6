"""Faults that only show when a project runs, planted in a copy of the template."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest

from tests.executed import interpreters
from tests.executed.environments import Environments
from tests.executed.execution import answer_in_production
from tests.executed.execution import Note
from tests.executed.execution import pass_own_tests
from tests.executed.execution import pass_types
from tests.support.facts.answers import Answers
from tests.support.planting import Fault
from tests.support.planting import plant
from tests.support.rendering import Renderer

Layer = Callable[[Path, Environments, str, Note], None]

ROUTES = "template/app/main/routes.py"
FACTORY = "template/app/__init__.py.jinja"
INDEX = 'def index() -> str:\n    """The start page."""\n'
MINIMAL: Answers = {"preset": "minimal"}
JUST_ONE: Answers = {"preset": "minimal", "tasks": "threads", "server": "granian"}


def own_tests(
    project: Path, environments: Environments, python: str, note: Note
) -> None:
    pass_own_tests(project, environments(project, python), note)


def types(project: Path, environments: Environments, python: str, note: Note) -> None:
    kept = project.parent / "mypy"
    pass_types(project, environments(project, python), note, kept)


def production(
    project: Path, environments: Environments, python: str, note: Note
) -> None:
    programs = environments(project, python, dev=False)
    name = "granian" if (project / "serve.py").exists() else "gunicorn"
    address = f"sqlite:///{project.parent / 'production.db'}"
    answer_in_production(project, programs, name, address)


FAULTS: list[tuple[Layer, Answers, Fault]] = [
    (
        own_tests, MINIMAL,
        Fault("a page that fails", ROUTES, INDEX, f"{INDEX}    1 / 0\n",
              "tests failed"),
    ),
    (
        own_tests, MINIMAL,
        Fault("a warning", ROUTES, INDEX,
              f"{INDEX}    import warnings\n    warnings.warn('old', stacklevel=1)\n",
              "old"),
    ),
    (
        own_tests, JUST_ONE,
        Fault("a module of one answer", "template/app/core/background.py",
              "def init_app(app: Flask) -> None:\n",
              "def init_app(app: Flask) -> None:\n    1 / 0\n", "tests failed"),
    ),
    (
        types, MINIMAL,
        Fault("a wrong type", ROUTES, INDEX, INDEX.replace("-> str", "-> int"),
              'Incompatible return value type (got "str", expected "int")'),
    ),
    (
        types, MINIMAL,
        Fault("a function without types", ROUTES, "",
              "\n\ndef added(given):\n    return given\n", "missing a type annotation"),
    ),
    (
        production, MINIMAL,
        Fault("a package that only development has", FACTORY,
              "    app = Flask(__name__)\n",
              "    app = Flask(__name__)\n    import pytest\n", "pytest"),
    ),
    (
        production, JUST_ONE,
        Fault("a server that does not start", "template/serve.py",
              "    log_json, spare_threads = check_start()\n",
              "    raise SystemExit('not now')\n", "not now"),
    ),
    (
        production, MINIMAL,
        Fault("a page that fails in production", ROUTES, INDEX,
              f"{INDEX}    from flask import current_app\n\n"
              "    1 / current_app.testing\n", "500"),
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("layer", "answers", "fault"), FAULTS, ids=[fault.id for *_, fault in FAULTS]
)
def test_a_planted_fault_is_found(
    layer: Layer,
    answers: Answers,
    fault: Fault,
    template: Path,
    tmp_path: Path,
    environments: Environments,
    record_property: Note,
) -> None:
    planted = copytree(template, tmp_path / "planted")
    plant(planted, fault)
    record_property("planted faults", 1)
    project = Renderer(planted, tmp_path)(**answers)
    python = next(iter(interpreters.here().values()))
    with pytest.raises(AssertionError) as failed:
        layer(project, environments, python, lambda name, value: None)

    assert fault.words in str(failed.value)
