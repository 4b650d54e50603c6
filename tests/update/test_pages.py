"""The commands of the pages on updates and on other answers, run unchanged."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.pages import page_commands
from tests.support.pages import run_block
from tests.support.rendering import commit_all
from tests.support.rendering import git
from tests.support.running.projects import uv
from tests.support.sampling import at_night
from tests.update.published import COMING
from tests.update.published import WORK_TREE

Project = Callable[[str, str], Path]


@pytest.fixture
def in_use(project: Project) -> Path:
    """A committed project with its environment and its lock file."""
    ours = project(WORK_TREE, "minimal")
    (ours / "uv.lock").unlink()
    uv(ours, "sync", "--quiet")
    commit_all(ours, "in use")
    return ours


def answers(project: Path) -> str:
    return (project / ".copier-answers.yml").read_text()


def test_the_commands_update_a_project_and_undo_it(in_use: Path) -> None:
    preview, update, migrate, finish = page_commands(
        "template/docs/copier-flask.md.jinja", "Update", in_use
    )
    assert page_commands("docs/updating.md", "Update") == [update, migrate, finish]
    (short,) = page_commands(
        "template/README.md.jinja", "Update it from the template", in_use
    )
    assert short == preview + update
    (undo,) = page_commands(
        "template/docs/copier-flask.md.jinja", "Undo an update", in_use
    )
    assert page_commands("docs/updating.md", "Back") == [undo]

    shown = run_block(in_use, preview)
    assert f"to {COMING[-1][1:]}." in shown
    assert "just test-all" in shown.partition("Passed: ")[2]
    assert "app/models.py changed" in shown
    assert git(in_use, "status", "--porcelain") == ""

    run_block(in_use, update)
    run_block(in_use, undo)
    assert git(in_use, "status", "--porcelain") == ""
    assert WORK_TREE in answers(in_use)

    shown = run_block(in_use, update)
    assert "flask db migrate" in shown
    # It compared on another database.
    assert not (in_use / "instance/app.db").exists()
    run_block(in_use, migrate)
    run_block(in_use, finish)
    assert git(in_use, "log", "-1", "--format=%s") == "Update template\n"
    assert COMING[-1] in answers(in_use)


def changing_an_answer(project: Path) -> None:
    (command,) = page_commands("docs/questions.md", "Changing an answer later")
    run_block(project, command)
    assert (project / ".gitlab-ci.yml").exists()
    uv(project, "sync", "--quiet")  # as the message after the update says
    commit_all(project, "with CI")

    (command,) = page_commands("docs/questions.md", "ci")
    run_block(project, command)
    assert not (project / ".gitlab-ci.yml").exists()
    commit_all(project, "without CI")

    (command,) = page_commands("docs/questions.md", "update_bot")
    run_block(project, command)
    assert (project / "renovate.json").exists()


def accounts(project: Path) -> None:
    on, off = page_commands("docs/questions.md", "auth")
    assert page_commands("docs/updating.md", "Switch a piece on or off") == [on, off]
    run_block(project, on)
    with sqlite3.connect(project / "instance/app.db") as connection:
        assert connection.execute("SELECT count(*) FROM users").fetchone() == (0,)
    connection.close()
    commit_all(project, "with accounts")

    run_block(project, off)
    assert not (project / "app/auth/routes.py").exists()


def an_api(project: Path) -> None:
    (command,) = page_commands("docs/questions.md", "api")
    run_block(project, command)
    assert (project / "app/api/routes.py").exists()
    assert "pydantic" in uv(project, "pip", "list")


def another_server(project: Path) -> None:
    (command,) = page_commands("docs/questions.md", "server")
    run_block(project, command)
    assert "gevent" in uv(project, "pip", "list")


FOLLOWED = [changing_an_answer, accounts, an_api, another_server]


@at_night("each answer takes a minute")
@pytest.mark.parametrize("follow", FOLLOWED)
def test_the_commands_change_an_answer(
    follow: Callable[[Path], None], in_use: Path
) -> None:
    follow(in_use)
