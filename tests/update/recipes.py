"""What the tests of `just preview`, `just update` and `just outdated` share."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from shutil import copytree
from shutil import ignore_patterns

from tests.support.editing import edit
from tests.support.rendering import attempt
from tests.support.rendering import BIN
from tests.support.rendering import commit_all
from tests.support.rendering import ROOT
from tests.update.published import COMING
from tests.update.scenarios import BEFORE
from tests.update.scenarios import MINE

JUST = str(BIN / "just")
# What the recipes run. With the programs of bin/, Copier takes a third of the time.
COMMAND = (sys.executable, "-B", "-m", "updates")
PATH = f"{Path(__file__).parent / 'bin'}:{BIN}:{os.environ['PATH']}"
NEWEST = COMING[-1]
HEADERS = "app/core/headers.py"
PAGE = "app/templates/base.html"


def everything(folder: Path) -> dict[str, bytes]:
    """Return the content of all files, of Git's as well, but for its objects."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "objects" not in path.parts
    }


def lasting(folder: Path) -> dict[str, bytes]:
    """Return the same without what Git notes of each command, such as times."""
    noted = (".git/index", ".git/logs/", ".git/ORIG_HEAD")
    return {
        name: content
        for name, content in everything(folder).items()
        if not name.startswith(noted)
    }


def edited(project: Path) -> None:
    """Make a conflict, an edit that merges, and files that Git does not have."""
    edit(project / HEADERS, BEFORE, MINE)
    edit(project / PAGE, "</title>", " - ours</title>")
    (project / "docs/api-notes.md").write_text("Ours.\n")
    commit_all(project, "our own work")
    (project / "notes.txt").write_text("Not in Git.\n")
    (project / ".env").write_text("SECRET_KEY=ours\n")
    edit(project / "README.md", "#", "# Changed:")


def with_the_package(project: Path) -> Path:
    """Give a project of an old release the package, which Git ignores there."""
    (project / ".git/info/exclude").write_text("updates/\n")
    ignored = ignore_patterns("__pycache__")
    copytree(ROOT / "template/updates", project / "updates", ignore=ignored)
    return project


def command(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run what a recipe runs, and return how it ended."""
    return attempt(project, *COMMAND, *arguments, PATH=PATH)


def refused(project: Path, *arguments: str) -> str:
    """Run a command that cannot do its work, and return its one line."""
    done = command(project, *arguments)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    return line
