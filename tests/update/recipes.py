"""What the tests of `just preview`, `just update` and `just outdated` share."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.support.editing import edit
from tests.support.rendering import attempt
from tests.support.rendering import BIN
from tests.support.rendering import commit_all
from tests.update.published import COMING
from tests.update.scenarios import BEFORE
from tests.update.scenarios import MINE

JUST = str(BIN / "just")
# What the recipes run. With the programs of bin/, Copier takes a third of the time.
COMMAND = (sys.executable, "-B", "-m", "updates")
PROGRAMS = Path(__file__).parent / "bin"
TODAYS = (sys.executable, "-B", str(PROGRAMS / "updates_command.py"))
PATH = f"{PROGRAMS}:{BIN}:{os.environ['PATH']}"
NEWEST = COMING[-1]
ABORTED = "refs/copier-flask/before-abort"
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
    """Return the same without what Git and `--abort` note of each command."""
    noted = (".git/index", ".git/logs/", ".git/ORIG_HEAD", f".git/{ABORTED}")
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


def command(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run what a recipe runs, and return how it ended.

    For a project of a release without the package, that of the work tree.
    """
    program = COMMAND if (project / "updates").exists() else TODAYS
    return attempt(project, *program, *arguments, PATH=PATH)


def refused(project: Path, *arguments: str) -> str:
    """Run a command that cannot do its work, and return its one line."""
    done = command(project, *arguments)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    return line
