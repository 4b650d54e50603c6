"""Copier's messages for an update: changes, next commands, and removable files."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.support import messages
from tests.support.editing import edit
from tests.support.rendering import attempt
from tests.support.rendering import BIN
from tests.support.rendering import commit_all
from tests.support.rendering import PRESETS
from tests.support.rendering import run
from tests.update.projects_to_update import duplicated
from tests.update.projects_to_update import Project
from tests.update.published import COMING
from tests.update.published import WORK_TREE
from tests.update.starts import OLDEST
from tests.update.starts import RELEASES
from tests.update.starts import SOME


def message(project: Path, tag: str) -> str:
    done = attempt(
        project, str(BIN / "copier"), "update", "--defaults", "--vcs-ref", tag
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


@pytest.fixture(scope="module")
def printed(base: Project, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The message of an update to the last coming release."""
    ours = duplicated(base(OLDEST, "website"), tmp_path_factory.mktemp("a") / "project")
    return message(ours, COMING[-1])


@pytest.fixture(scope="module")
def found(base: Project, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The report of the same update."""
    ours = duplicated(base(OLDEST, "website"), tmp_path_factory.mktemp("b") / "project")
    return report(ours, COMING[-1])


def report(project: Path, tag: str, *arguments: str) -> dict[str, Any]:
    """Return the report of an update, which programs ask for."""
    command = (str(BIN / "copier"), "update", "--defaults", "--vcs-ref", tag)
    done = attempt(project, *command, *arguments, COPIER_FLASK_REPORT="json")
    assert done.returncode == 0, done.stderr
    (line,) = re.findall(r"(?m)^copier-flask-report: (.*)$", done.stderr)
    parsed: dict[str, Any] = json.loads(line)
    return parsed


def test_it_names_the_releases_in_between_and_where_their_entries_are(
    printed: str, published: Path
) -> None:
    assert f"Updated from {OLDEST} to {COMING[-1]}" in printed
    for tag in (*COMING, WORK_TREE, RELEASES[-1]):
        assert re.search(rf"\b{re.escape(tag[1:])}\b", printed)
    assert f"\n{published}, CHANGELOG.md\n" in printed


def test_the_report_has_the_entries_of_each_release_in_between(
    found: dict[str, Any],
) -> None:
    assert (found["from"], found["to"]) == (OLDEST[1:], COMING[-1][1:])
    tags = [*COMING[::-1], WORK_TREE, *RELEASES[:0:-1]]
    assert [f"v{entry['release']}" for entry in found["entries"]] == tags


def test_the_report_leaves_out_what_concerns_other_projects(
    found: dict[str, Any],
) -> None:
    # The oldest release had no accounts, so the update brings none.
    for entry in found["entries"][: len(COMING) + 1]:
        release = entry["release"]
        assert f"what accounts need since release {release}." in entry["text"]
        assert f"what release {release} changes in accounts." not in entry["text"]


def test_the_report_names_faults_of_the_release_before(found: dict[str, Any]) -> None:
    assert "CF-2026-001" in [fault["id"] for fault in found["advisories"]]


def test_an_update_of_answers_has_a_report_of_the_answers_before(
    project: Project,
) -> None:
    # SQLite lost rows; the update goes to PostgreSQL.
    ours = project("v0.6.0", "website")
    answers = ("--data", "database=postgresql")
    faults = report(ours, WORK_TREE, *answers)["advisories"]

    assert "CF-2026-001" in [fault["id"] for fault in faults]
    assert "CF-2026-003" not in [fault["id"] for fault in faults]


def test_a_record_that_lost_an_answer_in_a_merge_is_named_and_restored(
    project: Project,
) -> None:
    ours = project(RELEASES[-1], "api")
    record = ours / ".copier-answers.yml"
    edit(record, "api: true", "api: false")
    commit_all(ours, "a merge that took the other side of the record")

    (found,) = report(ours, WORK_TREE)["record_mismatches"]
    assert (found["answer"], found["recorded"]) == ("api", False)
    assert found["paths"] == ["app/api"]
    commit_all(ours, "updated")

    assert report(ours, WORK_TREE, "--data", "api=true")["record_mismatches"] == []


def test_it_names_the_next_commands_in_their_order(printed: str) -> None:
    commands = [
        "git status",
        "uv sync",
        "uv run flask db upgrade",
        "uv run flask db check",
        "flask db migrate",
        "uv run just fix",
        "git commit",
        "git reset --hard",
    ]
    places = [printed.rindex(command) for command in commands]

    assert places == sorted(places)


def test_it_fits_a_terminal(printed: str, published: Path) -> None:
    # Copier itself prints the first lines, and the address is that of this machine.
    lines = printed[printed.index("Updated from") :].splitlines()

    assert len(lines) <= 40
    assert [
        line for line in lines if len(line) > 79 and str(published) not in line
    ] == []


def test_it_names_removable_files_with_the_reason(printed: str) -> None:
    assert "git rm docs/first-page.md  # it moved to the site" in printed
    assert "git rm app/templates/main/index.html  # it is start.html now" in printed


def test_it_says_where_the_old_tests_go_and_names_one_command_to_remove_them(
    project: Project,
) -> None:
    command = "git rm $(uv run python -m tests.support.moved)"
    ours = project(OLDEST, "website")

    printed = message(ours, WORK_TREE)
    assert printed.count(command) == 1
    before_it = " ".join(printed[: printed.index("git rm $(uv run")].split())
    assert "First move the tests that you added" in before_it
    assert "tests.support.accounts" in before_it
    assert "tests.support.applications" in before_it

    bash = command.replace("uv run python", "python3").replace("git rm", "git rm -q")
    (ours / "tests/test_json.py").write_text('"""JSON of our own."""\n')
    commit_all(ours, "updated, with a test that has an old name")
    run(ours, "bash", "-c", bash)
    commit_all(ours, "without the old tests")

    left = {path.name for path in (ours / "tests").glob("test_*.py")}
    assert left == {"test_json.py", "test_main.py"}


def test_it_names_only_existing_files(project: Project) -> None:
    ours = project(OLDEST, "website")
    (ours / "docs/first-page.md").unlink()
    commit_all(ours, "not needed")
    printed = message(ours, COMING[-1])

    assert "docs/first-page.md  #" not in printed
    assert "git rm app/templates/main/index.html" in printed


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("old", SOME)
def test_it_fits_from_every_release_also_where_nothing_was_removed(
    old: str, preset: str, tmp_path: Path
) -> None:
    for path in ("/nowhere", messages.with_every_path(tmp_path)):
        assert messages.too_large(messages.of_an_update(old[1:], preset, path)) == []
