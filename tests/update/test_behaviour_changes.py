"""A change of behaviour names the setting that keeps the old way, and it does."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.editing import edit
from tests.support.facts.release_notes import BEHAVIOUR_CHANGES
from tests.support.rendering import commit_all
from tests.support.rendering import run
from tests.update.projects_to_update import Project
from tests.update.projects_to_update import record
from tests.update.projects_to_update import unmerged
from tests.update.projects_to_update import updated
from tests.update.published import WORK_TREE
from tests.update.starts import before
from tests.update.starts import EVERYTHING

RELEASES = list(dict.fromkeys(change["release"] for change in BEHAVIOUR_CHANGES))
# 0.8.0 has changes of every kind.
SOME = RELEASES if EVERYTHING else ["0.8.0"]
MARKER = "    # Add your settings below this line.\n"
VARIABLES = {"gunicorn.conf.py", "compose.yaml"}

# What a project with the lines in config.py answers and has.
ASK = """
import json, os
from config import Config, TestingConfig
from app import create_app
from app.core.settings import settings_table

app = create_app(TestingConfig)
client, gzip = app.test_client(), {"Accept-Encoding": "gzip"}
styles = "/static/css/style.css"
print(json.dumps({
    "known": sorted(settings_table()),
    "accepted": {name: app.config[name] for name in json.loads(os.environ["NAMES"])},
    "API_DOCS": client.get("/api/v1/docs").status_code,
    "COMPRESSION": client.get(styles, headers=gzip).headers.get("Content-Encoding"),
}))
"""
# The old way, where it takes no more than a request to see it.
OLD = {"API_DOCS": 404, "COMPRESSION": None}
SERVER = """
import json, runpy
found = runpy.run_path("gunicorn.conf.py")
print(json.dumps({name: found[name] for name in ("keepalive", "bind")}))
"""


def keeps(release: str) -> list[str]:
    """Return the settings that keep the old way of a release."""
    of_release = [one for one in BEHAVIOUR_CHANGES if one["release"] == release]
    return [change["keep"] for change in of_release if change["keep"] != "none"]


def written(release: str) -> dict[str, Any]:
    """Return those of them that are lines of config.py, with their values."""
    pairs = [keep.split(" = ") for keep in keeps(release) if " = " in keep]
    return {name: ast.literal_eval(value) for name, value in pairs}


def asked(project: Path, python: Path, names: list[str]) -> dict[str, Any]:
    """Return what the application of a project says, with its config.py."""
    answer = run(project, str(python), "-Bc", ASK, NAMES=json.dumps(names))
    found: dict[str, Any] = json.loads(answer.splitlines()[-1])
    return found


@pytest.mark.parametrize("release", SOME)
def test_settings_of_the_old_way_stay_through_the_update_and_keep_it(
    release: str, project: Project, environment: Path
) -> None:
    ours, lines = project(before(release)[-1], "full"), written(release)
    own = "".join(f"    {name} = {value!r}\n" for name, value in lines.items())
    edit(ours / "config.py", f"{MARKER}\n\nclass Dev", f"{MARKER}{own}\n\nclass Dev")
    commit_all(ours, "the old way")

    updated(ours, WORK_TREE)

    assert unmerged(ours) <= {"README.md"}
    found = asked(ours, environment, [*lines])
    assert found["accepted"] == lines
    assert set(lines) - set(found["known"]) == set()
    assert {name: found[name] for name in lines if name in OLD} == {
        name: value for name, value in OLD.items() if name in lines
    }


@pytest.mark.parametrize("release", SOME)
def test_an_answer_that_keeps_the_old_way_is_recorded_by_the_update(
    release: str, project: Project
) -> None:
    kept = [
        change["keep"].split("=")
        for change in BEHAVIOUR_CHANGES
        if change["release"] == release and change.get("kept")
    ]
    ours = project(before(release)[-1], "website")
    updated(ours, WORK_TREE)

    recorded = record(ours)
    assert {name: str(recorded[name]) for name, _ in kept} == dict(kept)


def test_variables_of_the_old_way_are_read_by_the_server_and_by_compose(
    project: Project, environment: Path
) -> None:
    ours = project(WORK_TREE, "full")
    changes = [one["keep"] for one in BEHAVIOUR_CHANGES if not one.get("kept")]
    pairs = [keep.split("=") for keep in changes if "=" in keep and " = " not in keep]
    text = "".join((ours / name).read_text() for name in VARIABLES)

    assert [name for name, _ in pairs if name not in text] == []
    given = {"PORT": "8000", **dict(pairs)}
    server = json.loads(run(ours, str(environment), "-Bc", SERVER, **given))
    assert server == {"keepalive": 2, "bind": "0.0.0.0:8000"}
