"""docs/first-page.md of the project, followed to the letter."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from projects import get
from projects import served
from projects import uv
from rendering import Renderer
from rendering import run
from rendering import start_repository

STEP = re.compile(
    r"""
    (?: ^(?P<where>In|The\ new\ file)\ `(?P<file>[^`]+)`(?:,\ (?P<place>[^:]+))?:\n\n )?
    ^```(?P<kind>\w+)\n(?P<code>.*?)^```$
    """,
    re.MULTILINE | re.DOTALL | re.VERBOSE,
)
LANDING = re.compile(r"^.*(#|\{#) Add (your|the settings).*$", re.MULTILINE)


def follow(project: Path) -> list[str]:
    """Take every step of the recipe, and return what was done."""
    steps = []
    page = (project / "docs/first-page.md").read_text()
    for step in STEP.finditer(page.split("\n## Four errors")[0]):
        if step["kind"] == "sh":
            for command in step["code"].splitlines():
                run(project, *command.replace('"', "").split())
                steps.append(command)
            continue

        path = project / step["file"]
        if step["where"] == "The new file":
            path.parent.mkdir(exist_ok=True)
            path.write_text(step["code"])
        elif step["place"] == "with the imports":
            landing = "# Add your imports below this line.\n"
            path.write_text(path.read_text().replace(landing, landing + step["code"]))
        else:
            path.write_text(added_at_the_end(path.read_text(), step["code"]))
        steps.append(step["file"])
    return steps


def added_at_the_end(text: str, code: str) -> str:
    """Add code below the last landing line, or to the file where it has none."""
    landings = list(LANDING.finditer(text))
    if not landings:
        return f"{text}\n{code}"
    end = landings[-1].end() + 1
    return text[:end] + code + text[end:]


@pytest.mark.parametrize("preset", ["minimal", "full"])
def test_the_recipe_gives_what_it_promises(preset: str, render: Renderer) -> None:
    project = render(preset=preset)
    start_repository(project, "start")
    uv(project, "sync", "--quiet")

    steps = follow(project)

    assert len(steps) == 14
    assert "uv run just check" in steps[-1]
    (revision,) = (project / "migrations/versions").glob("*_notes.py")
    assert "app.core" not in revision.read_text()
    assert "pk_notes" in revision.read_text()

    uv(project, "run", "flask", "db", "check")
    uv(project, "run", "flask", "db", "downgrade")
    uv(project, "run", "flask", "db", "upgrade")
    with served(project, "uv", "run", "flask", "run", "--port=PORT") as server:
        page = get(f"{server.url}/notes/")
        assert page.status == 200
        assert 'name="csrf_token"' in page.text
        assert ">Notes</a>" in page.text
