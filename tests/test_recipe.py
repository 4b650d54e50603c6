"""The steps of the project's docs/first-page.md."""

from __future__ import annotations

import pytest

from tests.support.rendering import Renderer
from tests.support.rendering import start_repository
from tests.support.running.page_steps import follow
from tests.support.running.projects import get
from tests.support.running.projects import served
from tests.support.running.projects import uv


@pytest.mark.parametrize("preset", ["minimal", "full"])
def test_the_recipe_gives_the_described_result(preset: str, render: Renderer) -> None:
    project = render(preset=preset)
    start_repository(project, "start")
    uv(project, "sync", "--quiet")

    page = (project / "docs/first-page.md").read_text()
    steps = follow(project, page.split("\n## Rows that change")[0])

    assert len(steps) == 14
    assert "uv run just check" in steps[-1]
    (revision,) = (project / "migrations/versions").glob("*_notes.py")
    assert "app.core" not in revision.read_text()
    assert "pk_notes" in revision.read_text()

    uv(project, "run", "flask", "db", "check")
    uv(project, "run", "flask", "db", "downgrade")
    uv(project, "run", "flask", "db", "upgrade")
    with served(project, "uv", "run", "flask", "run", "--port=PORT") as server:
        notes = get(f"{server.url}/notes/")
        assert notes.status == 200
        assert 'name="csrf_token"' in notes.text
        assert ">Notes</a>" in notes.text
