"""Ordinary changes of a product leave lint, types and the maintained tests green.

A test of the owner, in tests/test_*.py of the project, may fail if the change names it
and if its message says that the test has to change.

Each module in ordinary/ holds changes that one project can have together, and on every
push it gets them together; only the groups of WHOLE_SUITE run the maintained tests too.
--all makes each change in a project without the others, with all tests.
`just change WORDS` does so for the changes whose names have the words.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.changes.applying import apply
from tests.changes.applying import Change
from tests.support import options
from tests.support.planting import copied_project
from tests.support.planting import modules_in
from tests.support.rendering import attempt
from tests.support.rendering import run
from tests.support.rendering import said
from tests.support.running.projects import uv
from tests.support.running.reports import failures

GROUPS = modules_in("tests.changes.ordinary")
TOGETHER = [(name, tuple(group.CHANGES)) for name, group in GROUPS.items()]
ALONE = [
    (name, (change,)) for name, group in GROUPS.items() for change in group.CHANGES
]
CASES = ALONE if options.chosen.everything else TOGETHER

# The maintained tests are nine tenths of a project's tests. A push runs them after
# changes of accounts, the night after those of each kind.
WHOLE_SUITE = {"accounts"}
if options.chosen.everything:
    WHOLE_SUITE |= {"accounts_with_mail", "pages", "settings", "structure"}
OWN_TESTS = "--ignore=tests/maintained"
HINT = "change this test"


def case_id(group: str, names: tuple[str, ...]) -> str:
    return f"{group}: {names[0]}" if len(names) == 1 else group


@pytest.fixture(params=CASES, ids=[case_id(*case) for case in CASES])
def case(
    request: pytest.FixtureRequest, installed: Callable[..., Path], tmp_path: Path
) -> tuple[Path, str, str, list[Change]]:
    """A project with changes, its Python, and the group and the changes."""
    group, names = request.param
    changes = [GROUPS[group].CHANGES[name] for name in names]
    sound = installed(**GROUPS[group].ANSWERS)
    project = copied_project(sound, tmp_path / "project")
    declared = (project / "pyproject.toml").read_text()
    for one in changes:
        for edit in one.edits:
            apply(project, edit)

    python = str(sound / ".venv/bin/python")
    if (project / "pyproject.toml").read_text() != declared:
        uv(project, "sync", "--quiet")
        python = str(project / ".venv/bin/python")
    if any(one.revision for one in changes):
        for command in ("upgrade", "migrate"):
            run(project, python, "-m", "flask", "db", command)
    return project, python, group, changes


def test_ordinary_changes_keep_all_checks_green(
    case: tuple[Path, str, str, list[Change]],
    mypy_cache: Path,
    record_property: Callable[[str, object], None],
) -> None:
    project, python, group, changes = case
    record_property("ordinary changes", len(changes))

    # As `just fix` does: changes that are made together may repeat imports.
    for fix in ("check --select=I --fix", "format"):
        run(project, python, "-m", "ruff", *fix.split(), "--no-cache", "--quiet", ".")
    for tool in (
        ("ruff", "check", "--no-cache", "."),
        ("mypy", f"--cache-dir={mypy_cache}"),
    ):
        done = attempt(project, python, "-m", *tool)
        assert done.returncode == 0, f"{tool}:\n{said(done)}"

    whole = group in WHOLE_SUITE or len(changes) == 1
    failed = failures(project, python, *([] if whole else [OWN_TESTS]))
    named = {test for one in changes for test in one.asks}
    record_property("tests of the owner that ask for an edit", len(failed))
    assert not [place for place in failed if place.startswith("tests.maintained")]
    assert {name_of(place) for place in failed} == named, failed
    silent = {place: text for place, text in failed.items() if HINT not in text}
    assert not silent, "a test of the owner fails and does not say what to change"


def name_of(place: str) -> str:
    """Return `test_x` for `tests.test_main::test_x[GET]`."""
    return place.rpartition("::")[2].partition("[")[0]
