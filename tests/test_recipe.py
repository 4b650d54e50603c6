"""The steps of the project's docs/first-page.md."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support import options
from tests.support.pages import page_commands
from tests.support.pages import run_block
from tests.support.pages import whole_page
from tests.support.rendering import Renderer
from tests.support.rendering import run
from tests.support.rendering import start_repository
from tests.support.running.page_steps import follow
from tests.support.running.projects import get
from tests.support.running.projects import served
from tests.support.running.projects import uv
from tests.support.sampling import part


def run_the_tests(project: Path) -> None:
    (tests,) = page_commands("template/README.md.jinja", "Test it", project)

    assert "Your tests" in run_block(project, tests)


def create_an_administrator(project: Path) -> None:
    (create,) = page_commands("template/README.md.jinja", "Accounts", project)
    password = "correct horse battery staple\n"

    run(project, "bash", "-c", f"printf '{password}{password}' | {create}")
    listed = uv(project, "run", "flask", "users", "list")
    assert "you@example.com" in listed
    assert "admin" in listed


# More sections of the README, each in the project where it takes less time.
SECTIONS = {"minimal": run_the_tests, "full": create_an_administrator}


@pytest.mark.parametrize("preset", part(["full", "minimal"], 1))
def test_the_recipe_gives_the_described_result(preset: str, render: Renderer) -> None:
    # tests/changes runs the maintained tests beside pages of the owner.
    project = render(preset=preset, maintained_tests=options.chosen.everything)
    start_repository(project, "start")
    uv(project, "sync", "--quiet")

    page = whole_page("template/docs/first-page.md", project)
    recipe, _, rest = page.partition("\n## Rows that change")
    assert "```sh" not in rest
    blocks = re.findall(r"(?ms)^```(\w+)\n(.*?)^```$", recipe)
    steps = follow(project, recipe)

    assert recipe.count("```") == 2 * len(blocks)
    assert len(steps) == sum(
        code.count("\n") if kind == "sh" else 1 for kind, code in blocks
    )
    assert "uv run just check" in steps[-1]
    (revision,) = (project / "migrations/versions").glob("*_notes.py")
    assert "app.core" not in revision.read_text()
    assert "pk_notes" in revision.read_text()

    (change,) = page_commands("template/README.md.jinja", "Change it", project)
    run_block(project, change)
    assert "humanize" in (project / "pyproject.toml").read_text()
    SECTIONS[preset](project)
    uv(project, "run", "flask", "db", "check")
    uv(project, "run", "flask", "db", "downgrade")
    uv(project, "run", "flask", "db", "upgrade")
    with served(project, "uv", "run", "flask", "run", "--port=PORT") as server:
        notes = get(f"{server.url}/notes/")
        assert notes.status == 200
        assert ">Notes</a>" in notes.text
        assert "There are no notes." in notes.text
        assert 'name="csrf_token"' in get(f"{server.url}/notes/new").text
