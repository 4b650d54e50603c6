"""Copier's messages for an update: changes, next commands, and removable files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.rendering import attempt
from tests.support.rendering import BIN
from tests.support.rendering import commit_all
from tests.support.rendering import ROOT
from tests.support.rendering import run
from tests.update.projects_to_update import duplicated
from tests.update.projects_to_update import Project
from tests.update.published import COMING
from tests.update.published import WORK_TREE
from tests.update.starts import OLDEST


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


def test_it_quotes_the_changelog_of_each_release_in_between(printed: str) -> None:
    assert f"Updated from {OLDEST} to {COMING[-1]}" in printed
    for tag in (*COMING, WORK_TREE):
        assert f"What release {tag[1:]} changes." in printed
    assert f"## {OLDEST[1:]}\n" not in printed


def test_it_leaves_out_what_concerns_other_projects(printed: str) -> None:
    # The oldest release had no accounts, so the update brings none.
    for tag in (*COMING, WORK_TREE):
        assert f"what accounts need since release {tag[1:]}." in printed
        assert f"what release {tag[1:]} changes in accounts." not in printed


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


def test_it_fits_a_terminal_but_for_the_changelog(printed: str) -> None:
    log = (ROOT / "CHANGELOG.md").read_text()
    lines = set(printed.splitlines()) - set(log.splitlines())

    # This project does not have all retired files.
    messages = (ROOT / "extensions/messages.jinja").read_text()
    retired = re.findall(r"(?m)^  '(.+?)': '(.+)',$", messages)
    assert len(retired) > 5
    lines |= {f"  git rm {path}  # {reason}" for path, reason in retired}

    assert [line for line in lines if len(line) > 79] == []


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
    before_it = printed[: printed.index("git rm $(uv run")]
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
