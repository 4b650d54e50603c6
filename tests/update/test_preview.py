"""`just preview` says what an update would bring, and changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from shutil import copytree
from shutil import rmtree
from typing import Any

from tests.support.rendering import attempt
from tests.support.rendering import git
from tests.support.rendering import said
from tests.support.rendering import start_repository
from tests.update.projects_to_update import Project
from tests.update.published import WORK_TREE
from tests.update.recipes import command
from tests.update.recipes import edited
from tests.update.recipes import everything
from tests.update.recipes import HEADERS
from tests.update.recipes import JUST
from tests.update.recipes import NEWEST
from tests.update.recipes import PAGE
from tests.update.scenarios import MINE


def test_a_preview_names_what_comes_and_changes_nothing(project: Project) -> None:
    ours = project(WORK_TREE, "website")
    edited(ours)
    git(ours, "branch", "other")
    before, beside = everything(ours), sorted(ours.parent.iterdir())

    done = command(ours, "preview", "--json", "--no-checks")

    assert everything(ours) == before
    assert sorted(ours.parent.iterdir()) == beside
    assert done.returncode == 1, said(done)  # because of the conflict
    found: dict[str, Any] = json.loads(done.stdout)
    assert (found["from"], found["to"]) == (WORK_TREE[1:], NEWEST[1:])
    assert [entry["release"] for entry in found["entries"]] == ["1001.0.0", "1000.0.0"]
    assert {item["path"] for item in found["retired"]} == {
        "app/templates/main/index.html",
        "docs/first-page.md",
    }
    assert [item["path"] for item in found["touched"]] == [HEADERS, PAGE]
    (conflict,) = found["conflicts"]
    (number,) = conflict["lines"]
    assert conflict["path"] == HEADERS
    # The mark is above the owner's line.
    lines = git(ours, "show", f"HEAD:{HEADERS}").splitlines()
    assert MINE in lines[number - 1]
    assert found["models"]["files"] == ["app/models.py"]
    assert "flask db migrate" in found["models"]["commands"][0]
    assert found["uncommitted"] == 1
    assert found["checks"] is None


def test_a_preview_works_in_a_folder_of_a_larger_repository(
    base: Callable[[str, str], Path], tmp_path: Path
) -> None:
    mono = tmp_path / "mono"
    ours = copytree(base(WORK_TREE, "minimal"), mono / "apps/web app")
    rmtree(ours / ".git")
    start_repository(mono, "start")
    # On a drive that is away, such as outside of a container.
    git(mono, "worktree", "add", "--quiet", "--detach", "../other")
    (tmp_path / "other").rename(tmp_path / "away")

    done = command(ours, "preview", "--no-checks", "--data", "greeting=true")

    assert done.returncode == 0, said(done)
    assert f"From {WORK_TREE[1:]} to {NEWEST[1:]}." in done.stdout
    assert "app/models.py changed" in done.stdout
    lines = done.stdout.splitlines()
    assert len(lines) <= 40
    assert max(map(len, lines)) <= 79
    assert git(mono, "status", "--porcelain") == ""
    assert {path.name for path in tmp_path.iterdir()} == {"mono", "away"}
    (tmp_path / "away").rename(tmp_path / "other")
    assert git(tmp_path / "other", "status", "--porcelain") == ""
    assert len(git(mono, "worktree", "list").splitlines()) == 2

    done = command(ours, "preview", "--diff", "--data", "greeting=true")
    assert f"+_commit: {NEWEST}" in done.stdout
    assert "+greeting: true" in done.stdout
    assert "+++ b/app/core/greeting.py" in done.stdout

    # The recipes work in each folder of the project.
    done = attempt(ours / "docs", JUST, "update", "--abort")
    assert done.returncode == 2
    assert "no update" in done.stderr
