"""What an update must make of each file, by its three states.

The states are the clean render of the old release, the owner's file, and the clean
render of the new release. `git merge-file` merges them.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support.rendering import attempt

Files = dict[str, bytes]

# A project has these from its first copy; what an update does to them is not a merge.
OF_THE_COPY = (
    ".copier-answers.yml", ".env", "README.md", "app/static/favicon.ico",
    "migrations/versions/", "tests/test_main.py", "uv.lock",
)  # fmt: skip
HUNK = re.compile(r"(?m)^@@ -(\d+)(?:,(\d+))? ")


@dataclass(frozen=True)
class States:
    """A file in the old release, of the owner, and in the new release."""

    old: bytes | None
    ours: bytes | None
    new: bytes | None

    def merged(self) -> bytes | None:
        """Return what the update must leave; `ConflictError` if git cannot say."""
        if self.old == self.ours:
            # What a release drops stays.
            return self.ours if self.new is None else self.new
        if self.ours is None or self.new is None or self.new in (self.old, self.ours):
            return self.ours
        if self.old is None:
            raise ConflictError
        return merge(self.old, self.ours, self.new)

    def touch(self) -> bool:
        """Return whether the owner's lines touch those that the release changed."""
        if None in (self.old, self.ours, self.new):
            return True
        ours, theirs = (
            changed(self.old or b"", later or b"") for later in (self.ours, self.new)
        )
        return any(
            first <= their_last and their_first <= last
            for first, last in ours
            for their_first, their_last in theirs
        )


class ConflictError(Exception):
    """Both sides changed the same lines."""


def states(old: Files, ours: Files, new: Files) -> dict[str, States]:
    """Return the states of each file."""
    return {
        path: States(old.get(path), ours.get(path), new.get(path))
        for path in sorted({*old, *ours, *new})
    }


def merge(old: bytes, ours: bytes, new: bytes, *options: str) -> bytes:
    """Merge as git does; `ConflictError` if it cannot. `options` settle conflicts."""
    with TemporaryDirectory() as folder:
        names = []
        for name, content in {"ours": ours, "old": old, "new": new}.items():
            names.append(name)
            (Path(folder) / name).write_bytes(content)
        done = subprocess.run(
            ["git", "merge-file", "-p", *options, *names],
            cwd=folder,
            capture_output=True,
            check=False,
        )
    if done.returncode:
        raise ConflictError
    return done.stdout


def changed(old: bytes, new: bytes) -> list[tuple[int, int]]:
    """Return the first and last lines between which `old` was changed.

    Lines next to each other touch, as in git's merge: an insertion is between two.
    """
    with TemporaryDirectory() as folder:
        for name, content in {"old": old, "new": new}.items():
            (Path(folder) / name).write_bytes(content)
        diff = ("git", "diff", "--no-index", "--unified=0", "--text", "old", "new")
        shown = attempt(Path(folder), *diff).stdout
    return [*ranges(shown)]


def ranges(diff: str) -> Iterator[tuple[int, int]]:
    for line, count in HUNK.findall(diff):
        number = int(count or 1)
        # A hunk without old lines is after its line.
        first = int(line) - 1 if number else int(line)
        yield first, first + number
