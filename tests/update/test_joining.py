"""A project that was written by hand, brought under the template by docs/joining.md."""

from __future__ import annotations

import re
import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.support import options
from tests.support.pages import ADDRESS
from tests.support.pages import at_the_address
from tests.support.pages import run_block
from tests.support.pages import whole_page
from tests.support.rendering import attempt
from tests.support.rendering import commit_all
from tests.support.rendering import git
from tests.support.rendering import run
from tests.support.rendering import said
from tests.support.running.page_steps import follow
from tests.support.running.projects import uv
from tests.support.sampling import at_night
from tests.update.in_use import flask
from tests.update.projects_to_update import record
from tests.update.projects_to_update import unmerged
from tests.update.published import COMING
from tests.update.published import WORK_TREE

BY_HAND = Path(__file__).parent / "handwritten"
OTHER_WAY = "A project without migrations"
FILL = """
from run import app
from app.extensions import db
from app.models import Loan, Tool, User

with app.app_context():
    ada = User.join("ada@example.com", "Ada", "a long password")
    bo = User.join("Bo@Example.com", "Bo", "another password")
    ladder = Tool(name="Ladder", deposit="20.50", owner=ada)
    db.session.add_all([ladder, Tool(name="Drill", owner=bo), Loan.start(ladder, "Bo")])
    db.session.commit()
"""
TABLES = ("users", "tools", "loans")


def rows(database: Path) -> dict[str, list[tuple[object, ...]]]:
    with sqlite3.connect(database) as connection:
        found = {
            name: connection.execute(f"SELECT * FROM {name}").fetchall()  # noqa: S608
            for name in TABLES
        }
    connection.close()
    return found


def sections(page: str) -> dict[str, str]:
    """Return the sections of a page by their headings, in their order."""
    return {
        part.partition("\n")[0]: f"\n{part.partition(chr(10))[2]}"
        for part in page.split("\n## ")[1:]
    }


@pytest.fixture
def by_hand(environment: Path, tmp_path: Path) -> Path:
    """A committed project without the template, with migrations and rows."""
    project = tmp_path / "tools"
    shutil.copytree(BY_HAND, project)
    run(project, str(environment), "-m", "pytest", "-q", "-p", "no:cacheprovider")
    flask(project, environment, "--app", "run", "db", "init")
    flask(project, environment, "--app", "run", "db", "migrate", "-m", "first")
    flask(project, environment, "--app", "run", "db", "upgrade")
    run(project, str(environment), "-c", FILL)
    git(project, "init", "--quiet")
    commit_all(project, "by hand")
    return project


@pytest.fixture
def address(published: Path, tmp_path: Path) -> dict[str, str]:
    """Variables that lead to a clone whose newest release is the work tree."""
    clone = tmp_path / "copier-flask.git"
    git(tmp_path, "clone", "--quiet", str(published), str(clone))
    git(clone, "tag", "--delete", *COMING)
    return at_the_address(clone, tmp_path)


def publish_the_next(tmp_path: Path) -> None:
    git(tmp_path / "copier-flask.git", "fetch", "--quiet", "--tags")


def is_updated(project: Path, address: dict[str, str]) -> None:
    """Update to a coming release, and see edits, rows and tests as they were."""
    before = rows(project / "instance/app.db")

    updated = attempt(project, "uv", "run", "just", "update", **address)

    assert updated.returncode == 1, said(updated)  # it has a conflict
    assert record(project)["_commit"] == COMING[-1]
    # The release changes the start page, in whose place the project has its own.
    assert unmerged(project) == {"app/main/routes.py"}
    git(project, "checkout", "--ours", "app/main/routes.py")
    git(project, "add", "--all")
    assert "LOAN_DAYS = 14" in (project / "config.py").read_text()
    uv(project, "sync", "--quiet")
    for command in ("upgrade", "migrate", "upgrade", "check"):
        uv(project, "run", "flask", "db", command)
    uv(project, "run", "just", "fix")
    uv(project, "run", "just", "check")
    assert rows(project / "instance/app.db") == before


def has_its_tests(project: Path, address: dict[str, str]) -> None:
    """The maintained tests pass too, beside the project's own lines."""
    commit_all(project, "updated")
    with_tests = ("just", "update", "--data", "maintained_tests=true")
    run(project, "uv", "run", *with_tests, **address)
    uv(project, "sync", "--quiet")
    uv(project, "run", "just", "check")


@at_night("a guide that takes more than a minute")
def test_the_page_brings_a_project_under_the_template(
    by_hand: Path, address: dict[str, str], tmp_path: Path
) -> None:
    page = sections(whole_page("docs/joining.md"))
    other_way = page.pop(OTHER_WAY)
    before = rows(by_hand / "instance/tools.db")
    assert all(before.values())

    follow(by_hand, "".join(page.values()), **address)

    assert record(by_hand)["_src_path"] == ADDRESS
    assert record(by_hand)["_commit"] == WORK_TREE
    assert git(by_hand, "status", "--porcelain") == ""
    assert rows(by_hand / "instance/app.db") == before
    mine = uv(
        by_hand, "run", "pytest", "-q", "tests/test_auth.py", "tests/test_tools.py"
    )
    assert "6 passed" in mine
    # Nothing else of the old tree is gone, and main is as it was.
    gone = git(by_hand, "diff", "--name-only", "--diff-filter=D", "main").split()
    assert sorted(gone) == [
        "app/static/css/tools.css", "migrations/README", "migrations/alembic.ini",
        "requirements.txt",
    ]  # fmt: skip
    assert git(by_hand, "log", "--format=%s", "main") == "by hand\n"

    without = shutil.copytree(by_hand, tmp_path / "without", symlinks=True)
    publish_the_next(tmp_path)
    is_updated(by_hand, address)
    if options.chosen.everything:
        has_its_tests(by_hand, address)
        writes_the_first_revision(without, other_way, before)


def writes_the_first_revision(
    project: Path, section: str, before: dict[str, list[tuple[object, ...]]]
) -> None:
    """The same project, as if `create_all()` had made its tables."""
    shutil.rmtree(project / "migrations/versions")
    (project / "migrations/versions").mkdir()
    with sqlite3.connect(project / "instance/tools.db") as connection:
        connection.execute("DROP TABLE alembic_version")
    connection.close()

    for command in re.findall(r"(?ms)^```sh\n(.*?)^```$", section):
        run_block(project, command)
    for command in ("migrate", "upgrade", "check"):
        uv(project, "run", "flask", "db", command)

    assert rows(project / "instance/app.db") == before
    uv(project, "run", "just", "check")
