"""A second work tree beside the repository, in which an update is tried.

Maintained by copier-flask.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from updates.git import git
from updates.git import prefix
from updates.git import succeeds
from updates.git import top


@contextmanager
def worktree(folder: Path, commit: str = "HEAD") -> Iterator[Path]:
    """Yield the folder of the project in a second work tree, removed at the end.

    It has no branch. A project in a folder of a larger repository is in the same folder
    of it. Relative addresses work, because it is beside the repository, if that folder
    can be written.
    """
    repository = top(folder)
    beside = repository.parent
    place = tempfile.mkdtemp(
        prefix=f"{repository.name}-preview-",
        dir=beside if os.access(beside, os.W_OK) else None,
    )
    try:
        git(folder, "worktree", "add", "--quiet", "--detach", place, commit)
        yield Path(place) / prefix(folder)
    finally:
        # Not `prune`, which forgets work trees on a drive that is away.
        succeeds(folder, "worktree", "remove", "--force", place)
        shutil.rmtree(place, ignore_errors=True)
