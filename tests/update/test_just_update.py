"""`just update` merges and says what is left to do, and `--abort` goes back."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from shutil import copytree
from shutil import rmtree

import pytest

from tests.support.editing import edit
from tests.support.rendering import BIN
from tests.support.rendering import commit_all
from tests.support.rendering import git
from tests.support.rendering import run
from tests.support.rendering import said
from tests.support.rendering import start_repository
from tests.update.projects_to_update import Project
from tests.update.projects_to_update import record
from tests.update.projects_to_update import unmerged
from tests.update.published import WORK_TREE
from tests.update.recipes import ABORTED
from tests.update.recipes import COMMAND
from tests.update.recipes import command
from tests.update.recipes import edited
from tests.update.recipes import everything
from tests.update.recipes import HEADERS
from tests.update.recipes import lasting
from tests.update.recipes import NEWEST
from tests.update.recipes import PATH
from tests.update.recipes import refused
from tests.update.scenarios import BEFORE
from tests.update.scenarios import MINE

BACKUP = "refs/copier-flask/before-update"


def test_an_update_with_a_conflict_can_be_taken_back(project: Project) -> None:
    ours = project(WORK_TREE, "website")
    edited(ours)
    assert "uncommitted changes (README.md)" in command(ours, "update").stderr
    git(ours, "restore", "README.md")
    before, index = lasting(ours), git(ours, "ls-files", "--stage")

    done = command(ours, "update")

    assert done.returncode == 1, said(done)
    assert unmerged(ours) == {HEADERS}
    (mark,) = re.findall(rf"(?m)^  {HEADERS}:(\d+)$", done.stdout)
    assert (
        (ours / HEADERS).read_text().splitlines()[int(mark) - 1].startswith("<<<<<<<")
    )
    assert "update --abort" in done.stdout
    # A file that Git ignores stays the owner's.
    assert (ours / ".env").read_text() == "SECRET_KEY=ours\n"
    assert record(ours)["_commit"] == NEWEST
    assert git(ours, "rev-parse", BACKUP) == git(ours, "rev-parse", "HEAD")
    assert not (ours / ".venv").exists()
    again = command(ours, "update")
    assert again.returncode == 2
    assert "not committed" in again.stderr

    (ours / "later.txt").write_text("Made after the update.\n")
    git(ours, "add", "--all")
    edit(ours / "config.py", 'LOG_LEVEL = "INFO"', 'LOG_LEVEL = "ERROR"')
    added = ("diff", "--cached", "--name-only", "--diff-filter=A")
    brought = next(name for name in git(ours, *added).split() if name.endswith(".py"))
    with (ours / brought).open("a") as file:
        file.write("# Edited after the update.\n")
    assert ABORTED in command(ours, "update", "--abort").stdout

    assert 'LOG_LEVEL = "ERROR"' in git(ours, "show", f"{ABORTED}:config.py")
    assert "# Edited after" in git(ours, "show", f"{ABORTED}:{brought}")
    assert not (ours / brought).exists()
    assert (ours / "later.txt").read_text() == "Made after the update.\n"
    (ours / "later.txt").unlink()
    assert lasting(ours) == before
    assert git(ours, "ls-files", "--stage") == index
    (line,) = command(ours, "update", "--abort").stderr.splitlines()
    assert "no update" in line


def test_an_update_overwrites_no_file_that_git_does_not_have(project: Project) -> None:
    ours = project(WORK_TREE, "minimal")
    (ours / "docs/operating.md").write_text("Ours, and not in Git.\n")
    before = everything(ours)

    assert "docs/operating.md, which is here" in refused(ours, "update")

    assert everything(ours) == before


def test_an_update_that_is_committed_elsewhere_is_not_taken_back(
    project: Project,
) -> None:
    ours = project(WORK_TREE, "minimal")
    git(ours, "switch", "--quiet", "--create", "updated")
    assert command(ours, "update", "--merge-only").returncode == 0
    commit_all(ours, "updated")
    git(ours, "switch", "--quiet", "main")
    edit(ours / "config.py", 'LOG_LEVEL = "INFO"', 'LOG_LEVEL = "ERROR"')
    before = everything(ours)

    assert "uncommitted changes (config.py)" in refused(ours, "update")
    assert "no update" in refused(ours, "update", "--abort")

    assert everything(ours) == before


def test_no_update_is_taken_back_after_a_commit(project: Project) -> None:
    ours = project(WORK_TREE, "minimal")
    assert command(ours, "update", "--merge-only").returncode == 0
    commit_all(ours, "updated")
    before = everything(ours)

    done = command(ours, "update", "--abort")

    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert "git revert" in line
    assert everything(ours) == before


@pytest.mark.parametrize("in_second_work_tree", [False, True])
def test_a_folder_of_a_larger_repository_is_updated_and_taken_back(
    in_second_work_tree: bool, base: Callable[[str, str], Path], tmp_path: Path
) -> None:
    repository = tmp_path / "all"
    ours = copytree(base(WORK_TREE, "minimal"), repository / "apps/web app")
    rmtree(ours / ".git")
    edit(ours / HEADERS, BEFORE, MINE)
    (repository / "README.md").write_text("All that we make.\n")
    start_repository(repository, "start")
    if in_second_work_tree:
        git(repository, "worktree", "add", "--quiet", "../second")
        repository = tmp_path / "second"
        ours = repository / "apps/web app"
    (repository / "README.md").write_text("Changed, and not committed.\n")
    before = lasting(repository)

    done = command(ours, "update", "--merge-only")

    assert done.returncode == 1, said(done)
    assert unmerged(ours) == {HEADERS}
    assert record(ours)["_commit"] == NEWEST
    outside = ("status", "--porcelain", "--", ":/", ":!/apps")
    assert git(repository, *outside) == " M README.md\n"

    assert "again" in command(ours, "update", "--abort").stdout
    assert lasting(repository) == before


HANGS = """#!/bin/sh
[ "$1" != sync ] || {{ touch "$0.waits"; exec sleep 600; }}
exec "{uv}" "$@"
"""


def test_an_interrupted_update_can_be_taken_back(
    project: Project, tmp_path: Path
) -> None:
    ours = project(WORK_TREE, "minimal")
    before = lasting(ours)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/uv").write_text(HANGS.format(uv=BIN / "uv"))
    (tmp_path / "bin/uv").chmod(0o755)
    path = f"{tmp_path / 'bin'}:{PATH}"

    process = subprocess.Popen(
        [*COMMAND, "update"], cwd=ours,
        env={**os.environ, "PATH": path}, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    deadline = time.monotonic() + 300
    while not (tmp_path / "bin/uv.waits").exists():
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.2)
    assert record(ours)["_commit"] == NEWEST
    # What runs in the background of a shell ignores Ctrl-C's SIGINT.
    os.killpg(process.pid, signal.SIGTERM)
    _, printed = process.communicate(timeout=60)

    assert process.returncode == 130
    assert "update --abort" in printed
    assert command(ours, "update", "--abort").returncode == 0
    assert lasting(ours) == before
    assert len(git(ours, "worktree", "list").splitlines()) == 1


UNFORMATTED = "\n\nOURS = [1, 0,\n        0, 1]\n"
WIDE = """[tool.ruff]
line-length = 120
extend-exclude = ["app/core/headers.py"]
"""


def test_another_line_length_is_no_conflict(project: Project) -> None:
    # A plain `copier update` of this project has 18 files with conflicts.
    ours = project("v0.5.0", "full")
    ruff = (str(BIN / "ruff"), "format", "--no-cache", "--quiet")
    edit(ours / "pyproject.toml", "[tool.ruff]\n", WIDE)
    run(ours, *ruff, ".")
    edit(ours / "config.py", 'LOG_LEVEL = "INFO"', 'LOG_LEVEL = "WARNING"')
    # Ruff leaves it alone.
    with (ours / HEADERS).open("a") as file:
        file.write(UNFORMATTED)
    commit_all(ours, "our own work")
    commits = git(ours, "log", "--all", "--format=%H")

    done = command(ours, "update", "--merge-only", "--vcs-ref", WORK_TREE)

    assert done.returncode == 0, said(done)
    assert unmerged(ours) == set()
    assert git(ours, "log", "--all", "--format=%H") == commits
    run(ours, *ruff, "--check", "app", "tests", "config.py")
    assert 'LOG_LEVEL = "WARNING"' in (ours / "config.py").read_text()
    assert (ours / HEADERS).read_text().endswith(UNFORMATTED)
    assert "line-length = 120" in (ours / "pyproject.toml").read_text()
