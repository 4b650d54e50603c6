"""An update that does not start ends with one line, which the pages explain."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from shutil import rmtree

import pytest

from tests.support.editing import edit
from tests.support.rendering import commit_all
from tests.support.rendering import git
from tests.support.rendering import ROOT
from tests.support.rendering import run
from tests.update.projects_to_update import Project
from tests.update.published import WORK_TREE
from tests.update.recipes import COMMAND
from tests.update.recipes import everything
from tests.update.recipes import HEADERS
from tests.update.recipes import refused

ANSWERS = ".copier-answers.yml"
PAGES = ("docs/updating.md", "template/docs/copier-flask.md.jinja")


def recorded(key: str, value: str) -> Callable[[Path], None]:
    """Return a function that changes a line of the record, and commits it."""

    def change(project: Path) -> None:
        text = (project / ANSWERS).read_text()
        changed = re.sub(rf"(?m)^{key}:.*$", f"{key}: {value}", text)
        assert changed != text
        (project / ANSWERS).write_text(changed)
        commit_all(project, "another record")

    return change


def removed(project: Path) -> None:
    git(project, "rm", "--quiet", ANSWERS)
    commit_all(project, "without the record")


def marked(project: Path) -> None:
    edit(project / ANSWERS, "_commit", "<<<<<<< HEAD\n_commit")
    commit_all(project, "merged")


def without_commits(project: Path) -> None:
    rmtree(project / ".git")
    git(project, "init", "--quiet")


def uncommitted(project: Path) -> None:
    git(project, "rm", "--quiet", "--cached", ANSWERS)
    git(project, "commit", "--quiet", "--message", "without the record")


def hidden(project: Path) -> None:
    git(project, "update-index", "--skip-worktree", HEADERS)
    (project / HEADERS).write_text("OURS = True\n")


def nothing(project: Path) -> None:
    pass


# What was done, the command, and the line that it prints.
FAULTS: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "no repository": (
        lambda project: rmtree(project / ".git"), "update", "git init",
    ),
    "no commit": (without_commits, "update", "has no commit"),
    "a lost record": (removed, "update", rf"git checkout \w+\^ -- {ANSWERS}"),
    "a record without a commit": (uncommitted, "update", "git add --force"),
    "edits that Git does not see": (
        hidden, "update --merge-only", f"--no-skip-worktree .* {HEADERS}, commit",
    ),
    "marks in the record": (marked, "update", "marks of a merge"),
    "a record without a release": (recorded("_commit", ""), "update", "no _commit"),
    "a template that moved": (
        recorded("_src_path", "/nowhere/template"), "update",
        "cannot be read at /nowhere/template .* change _src_path",
    ),
    "a template that moved, outdated": (
        recorded("_src_path", "/nowhere/template"), "outdated", "change _src_path",
    ),
    "a release whose tag is gone": (
        recorded("_commit", "v0.77.0"), "preview --no-checks", "no tag v0.77.0",
    ),
    "a newer release": (
        nothing, "preview --no-checks --vcs-ref v0.14.0",
        f"has {WORK_TREE}, and an update goes forward only, not to v0.14.0",
    ),
    "a release that does not exist": (
        nothing, "update --vcs-ref v7.7.7", "has no v7.7.7",
    ),
    "an answer that is none": (
        nothing, "update --data docker=maybe",
        "^docker must be yes or no",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_one_line(name: str, project: Project) -> None:
    fault, command, line = FAULTS[name]
    ours = project(WORK_TREE, "minimal")
    fault(ours)
    before = everything(ours)

    assert re.search(line, refused(ours, *command.split()))

    assert everything(ours) == before
    assert [path.name for path in ours.parent.iterdir()] == [ours.name]


def test_a_command_that_is_missing_is_named(project: Project, tmp_path: Path) -> None:
    ours = project(WORK_TREE, "minimal")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/git").symlink_to(run(ours, "which", "git").strip())

    for path, line in (
        (tmp_path / "bin", "uvx is not installed: it comes with uv"),
        (tmp_path / "none", "Git is not installed"),
    ):
        done = subprocess.run(
            [*COMMAND, "update"], cwd=ours, env={**os.environ, "PATH": str(path)},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 2
        assert done.stderr.startswith(line)
        assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("page", PAGES)
def test_a_page_names_each_line(page: str) -> None:
    script = (
        "from updates import reasons\nfor each in reasons.TEXTS.values(): print(each)"
    )
    texts = run(ROOT / "template", sys.executable, "-B", "-c", script).splitlines()
    section = (ROOT / page).read_text().partition("## When an update does not start")[2]
    named = set(re.findall(r"`([^`]+)`", section))

    assert len(texts) > 15
    beginnings = {
        re.sub(r"\{(\w+)\}", lambda found: found[1].upper(), text).partition(": ")[0]
        for text in texts
    }
    assert beginnings - named == set()
    # The page has no line that no command prints.
    first = {
        cell
        for row in section.splitlines()
        if row.startswith("| `")
        for cell in re.findall(r"`([^`]+)`", row.split(" | ")[0])
    }
    installed = {"Git is not installed", "uvx is not installed"}
    assert first == beginnings | installed
