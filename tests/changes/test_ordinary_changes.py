"""Ordinary changes of a product leave lint, types and the maintained tests green.

Tests of the owner, in tests/test_*.py, may ask for an edit: they are about the owner's
pages.

Each module in ordinary/ holds changes that one project can have together, and on every
push it gets them together. ALL_CHANGES=1 makes each change in a project without the
others. `just change WORDS` makes the changes whose names have the words.
"""

from __future__ import annotations

import importlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from applying import apply
from applying import Change
from junit import failures
from projects import uv
from rendering import attempt
from rendering import run
from rendering import said

GROUPS = {
    path.stem: importlib.import_module(f"ordinary.{path.stem}")
    for path in sorted((Path(__file__).parent / "ordinary").glob("*.py"))
}
TOGETHER = [(name, tuple(group.CHANGES)) for name, group in GROUPS.items()]
ALONE = [
    (name, (change,)) for name, group in GROUPS.items() for change in group.CHANGES
]
CASES = ALONE if os.environ.get("ALL_CHANGES") else TOGETHER


def case_id(group: str, names: tuple[str, ...]) -> str:
    return f"{group}: {names[0]}" if len(names) == 1 else group


@pytest.fixture(params=CASES, ids=[case_id(*case) for case in CASES])
def case(
    request: pytest.FixtureRequest, installed: Callable[..., Path], tmp_path: Path
) -> tuple[Path, str, list[Change]]:
    """A project with changes, the Python of its environment, and the changes."""
    group, names = request.param
    changes = [GROUPS[group].CHANGES[name] for name in names]
    sound = installed(**GROUPS[group].ANSWERS)
    project = tmp_path / "project"
    shutil.copytree(sound, project, ignore=shutil.ignore_patterns(".venv"))
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
    return project, python, changes


def test_ordinary_changes_keep_all_checks_green(
    case: tuple[Path, str, list[Change]],
    mypy_cache: Path,
    record_property: Callable[[str, object], None],
) -> None:
    project, python, changes = case
    record_property("ordinary changes", len(changes))

    # As `just fix` does: changes that are made together may repeat imports.
    run(
        project, python, "-m", "ruff", "check", "--no-cache", "--select=I", "--fix", "."
    )
    for tool in (
        ("ruff", "check", "--no-cache", "."),
        ("ruff", "format", "--no-cache", "--check", "app", "tests", "config.py"),
        ("mypy", f"--cache-dir={mypy_cache}"),
    ):
        done = attempt(project, python, "-m", *tool)
        assert done.returncode == 0, f"{tool}:\n{said(done)}"

    failed = failures(project, python)
    own = [place for place in failed if not place.startswith("tests.maintained")]
    record_property("tests of the owner that ask for an edit", len(own))
    assert set(failed) == set(own)
