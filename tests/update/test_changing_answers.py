"""Each answer changed and changed back, singly and in pairs, in a lived-in project.

The owner has a line in every file, also in those that an answer changes: it stays,
unless the file goes, which needs consent. A push takes one of the pairs, the night all,
and each answer singly with rows, migrations and the project's own tests.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import copier
import pytest

from tests.support.facts.known_issues import MITIGATIONS
from tests.support.facts.pieces import QUESTIONS_DECLARED
from tests.support.options import chosen
from tests.support.rendering import attempt
from tests.support.rendering import commit_all
from tests.support.rendering import files
from tests.support.rendering import git
from tests.support.rendering import run
from tests.support.rendering import said
from tests.support.sampling import at_night
from tests.support.sampling import evenly
from tests.update.in_use import brought_up_to_date
from tests.update.in_use import flask
from tests.update.in_use import has_one_head
from tests.update.in_use import insert
from tests.update.in_use import passes_its_tests
from tests.update.in_use import rows
from tests.update.lived_in import live_in
from tests.update.projects_to_update import answers_of
from tests.update.projects_to_update import committed
from tests.update.projects_to_update import duplicated
from tests.update.projects_to_update import rendered
from tests.update.projects_to_update import unmerged
from tests.update.projects_to_update import updated
from tests.update.published import WORK_TREE

# Every piece is on, so that each answer takes something away.
FULL = {"preset": "full", "tasks": "threads", "database": "postgresql"}
# The first changes no file, the others no more than a line of data.
NO_PIECES = {"preset", "license", "python_version"}
# Impossible with tasks=threads.
LEFT_OUT = [name for name in MITIGATIONS if name != "thread_context"]
Change = tuple[str, Any]
IMPORTS = "import config, run, app.models, app.extensions, app.main.routes, app.seeds"


def changes() -> list[Change]:
    """Return each other answer to each question that brings files."""
    found: list[Change] = []
    for name, question in QUESTIONS_DECLARED.items():
        if name in NO_PIECES:
            continue
        full = FULL.get(name, question.get("presets", {}).get("otherwise"))
        if question["type"] == "switch":
            found.append((name, False))
        elif question["type"] == "choice":
            found += [(name, value) for value in question["values"] if value != full]
    return [*found, ("skip_mitigations", LEFT_OUT)]


def written(change: object) -> str:
    if isinstance(change, tuple):
        return "=".join(map(written, change))
    return str(change) if not isinstance(change, list) else "all"


CHANGES = changes()
PAIRS = [
    pair for pair in combinations(CHANGES, 2) if pair[0][0] != pair[1][0]
]  # fmt: skip
# mypy takes longer than all else; each single answer has it too.
TYPED = evenly(PAIRS, 16)
TAKEN = PAIRS if chosen.everything else evenly(PAIRS[1:], 1)


def refused(project: Path, given: dict[str, Any]) -> str:
    """Update with an answer; return why it is refused, or nothing if it is not."""
    try:
        updated(project, WORK_TREE, **given)
    except copier.errors.UserMessageError as refusal:
        return str(refusal)
    return ""


class Lived:
    """A project in which the owner has a line in every file."""

    def __init__(self, folder: Path, edits: dict[str, str], template: Path) -> None:
        self.folder = folder
        self.edits = edits
        self.template = template
        self.renders = 0

    def change(self, question: str, value: object) -> None:
        """Change an answer, with consent where it is asked for; then commit."""
        before = files(self.folder)
        given: dict[str, Any] = {question: value}
        if refusal := refused(self.folder, given):
            assert f"--data remove={question}" in refusal
            assert files(self.folder) == before
            assert git(self.folder, "status", "--porcelain") == ""
            updated(self.folder, WORK_TREE, **given, remove=question)
        self.nothing_is_lost(before)
        commit_all(self.folder, f"{question}={value}")

    def nothing_is_lost(self, before: dict[str, bytes]) -> None:
        """Fail for a lost line, a conflict, or a file that should not have gone."""
        assert unmerged(self.folder) == set()
        now = files(self.folder)
        self.renders += 1
        fresh = self.folder.parent / f"fresh-{self.renders}"
        rendered(self.template, WORK_TREE, fresh, **answers_of(self.folder))
        there = files(fresh)
        gone = {*before} - {*now}
        assert [name for name in gone if name in there] == []
        for name in gone:
            self.edits.pop(name, None)
        lost = [n for n, line in self.edits.items() if line not in now[n].decode()]
        assert lost == []
        assert {*there} <= {*now}


@pytest.fixture(scope="session")
def environment(every_server: Path) -> Path:
    """Of this module: another server is one of the answers."""
    return every_server


@pytest.fixture(scope="session")
def grown(
    published: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, str]]:
    folder = tmp_path_factory.mktemp("lived-in") / "project"
    committed(rendered(published, WORK_TREE, folder, **FULL))
    edits = live_in(folder)
    commit_all(folder, "my own work")
    return folder, edits


@pytest.fixture
def lived(grown: tuple[Path, dict[str, str]], published: Path, tmp_path: Path) -> Lived:
    folder, edits = grown
    return Lived(duplicated(folder, tmp_path / "project"), dict(edits), published)


def is_whole(project: Path, environment: Path) -> None:
    """Fail unless every import is there, after what the message says."""
    ruff = (str(environment), "-m", "ruff")
    run(project, *ruff, "check", "--no-cache", "--fix-only", "--quiet", ".")
    run(project, *ruff, "format", "--no-cache", "--quiet", ".")
    done = attempt(project, *ruff, "check", "--no-cache", "--select", "E9,F", ".")
    assert done.returncode == 0, said(done)
    run(project, str(environment), "-c", IMPORTS, APP_CONFIG="testing")


def test_every_question_that_brings_files_is_changed() -> None:
    assert {*QUESTIONS_DECLARED} >= {name for name, _ in CHANGES}
    kinds = {"switch", "choice", "list"}
    asked = {n for n, q in QUESTIONS_DECLARED.items() if q["type"] in kinds}
    assert {name for name, _ in CHANGES} == asked - NO_PIECES


@pytest.mark.parametrize(("first", "second"), TAKEN, ids=written)
def test_two_answers_change_and_change_back(
    first: Change,
    second: Change,
    lived: Lived,
    environment: Path,
    sound: Callable[..., None],
) -> None:
    recorded = answers_of(lived.folder)

    lived.change(*first)
    lived.change(*second)
    is_whole(lived.folder, environment)
    if (first, second) in TYPED:
        sound(lived.folder, as_it_is=False)
    git(lived.folder, "checkout", "--quiet", ".")

    # In the other order, so that each is changed without the other.
    lived.change(first[0], recorded[first[0]])
    lived.change(second[0], recorded[second[0]])
    assert answers_of(lived.folder) == recorded
    is_whole(lived.folder, environment)


@at_night("own tests for each answer")
@pytest.mark.parametrize("change", CHANGES, ids=written)
def test_the_rows_and_the_own_tests_stay(
    change: Change, lived: Lived, environment: Path, sound: Callable[..., None]
) -> None:
    ours = lived.folder
    flask(ours, environment, "db", "upgrade")
    insert(
        ours,
        "INSERT INTO users (email, password_hash, is_active, is_admin, created_at) "
        "VALUES ('ada@example.com', 'x', 1, 0, '2026-01-01 00:00:00.000000')",
    )
    people = rows(ours, "users")
    commit_all(ours, "in use")

    for value in (change[1], answers_of(ours)[change[0]]):
        lived.change(change[0], value)
        brought_up_to_date(ours, environment)
        assert has_one_head(ours, environment)
        assert rows(ours, "users") == people
        is_whole(ours, environment)
        sound(ours, as_it_is=False)
        passes_its_tests(ours, environment, "--ignore=tests/maintained")
        commit_all(ours, "formatted, with a revision if there is one")
