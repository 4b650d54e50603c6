"""An update in a second work tree, without a change of the project.

Maintained by copier-flask.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from updates import git
from updates import own_format
from updates.copier import render_recorded
from updates.copier import run_update
from updates.record import ANSWERS_FILE
from updates.report import Report
from updates.start import check
from updates.worktree import worktree

MARK = re.compile(rb"(?m)^<<<<<<< before updating")


@dataclass(frozen=True)
class Change:
    """A path that the update adds, changes or deletes."""

    path: str
    kind: str


@dataclass(frozen=True)
class Conflict:
    """A file that both sides changed, and the lines with its marks."""

    path: str
    lines: tuple[int, ...]


@dataclass(frozen=True)
class Trial:
    """What an update makes of a project, in the folder of the second work tree."""

    folder: Path
    commit: str
    report: Report
    changes: tuple[Change, ...]
    conflicts: tuple[Conflict, ...]
    # Files that the owner has changed or added; None if the old release is not known.
    edited: frozenset[str] | None

    @property
    def touched(self) -> tuple[Change, ...] | None:
        """The files of the owner's work that the update touches as well."""
        if self.edited is None:
            return None
        return tuple(change for change in self.changes if change.path in self.edited)


@contextmanager
def tried(
    project: Path, arguments: Sequence[str], *, compare: bool = False
) -> Iterator[Trial]:
    """Yield the update of a committed project; `compare` finds the owner's edits.

    Raises `UpdateError` if the project cannot be updated.
    """
    check(project)
    commit = git.head(project)
    with (
        worktree(project, commit) as folder,
        own_format.own_settings(folder, commit) as settings,
    ):
        edited = own_files(folder, settings) if compare else None
        report = run_update(folder, arguments)
        if settings:
            paths = [change.path for change in changes_of(folder, commit)]
            own_format.merge_again(folder, settings, paths)
        changes = changes_of(folder, commit)
        conflicts = conflicts_of(folder, changes)
        yield Trial(folder, commit, report, changes, conflicts, edited)


def own_files(folder: Path, settings: Path | None) -> frozenset[str] | None:
    """Return the files that differ from those of the recorded release, or None."""
    with tempfile.TemporaryDirectory() as place:
        rendered = Path(place) / "rendered"
        if not render_recorded(folder, rendered):
            return None
        if settings:
            own_format.format_folder(rendered, settings)
        return frozenset(
            name
            for name in git.tracked(folder)
            if name != ANSWERS_FILE and differs(folder / name, rendered / name)
        )


def differs(ours: Path, theirs: Path) -> bool:
    """Tell whether two files differ in more than the kind of line ends."""
    if not (ours.is_file() and theirs.is_file()):
        return True
    sides = [path.read_bytes().replace(b"\r\n", b"\n") for path in (ours, theirs)]
    return sides[0] != sides[1]


def changes_of(folder: Path, commit: str) -> tuple[Change, ...]:
    """Return what has changed in a work tree since a commit."""
    diff = (
        "diff",
        "--name-only",
        "--no-renames",
        "--relative",
        "-z",
        commit,
        "--",
        ".",
    )
    before = set(git.names(folder, "ls-tree", "-r", "-z", "--name-only", commit, "."))
    found = {*git.names(folder, *diff), *git.untracked(folder)}
    return tuple(
        Change(path, kind_of(folder / path, path in before)) for path in sorted(found)
    )


def kind_of(path: Path, was_there: bool) -> str:
    """Return what happened to a path."""
    if not was_there:
        return "added"
    return "changed" if path.is_symlink() or path.exists() else "deleted"


def conflicts_of(folder: Path, changes: Sequence[Change]) -> tuple[Conflict, ...]:
    """Return the files with marks or with rejected edits."""
    rejected = [change.path for change in changes if change.path.endswith(".rej")]
    found = {path: marks(folder / path) for path in git.unmerged(folder)}
    return tuple(
        Conflict(path, found.get(path, ())) for path in sorted({*found, *rejected})
    )


def marks(path: Path) -> tuple[int, ...]:
    """Return the numbers of the lines at which marks begin."""
    if not path.is_file():
        return ()
    content = path.read_bytes()
    starts = [found.start() for found in MARK.finditer(content)]
    return tuple(content.count(b"\n", 0, start) + 1 for start in starts)
