"""Whether a project can be updated, before anything is done.

Maintained by copier-flask.
"""

from __future__ import annotations

import re
from pathlib import Path

from updates import git
from updates.processes import run
from updates.reasons import refusal
from updates.record import ANSWERS_FILE
from updates.record import Record
from updates.record import record_of

MARK = re.compile(r"(?m)^(<{7}|>{7})( |$)")


def check(folder: Path) -> Record:
    """Return the record of a project that can be updated.

    Raises `UpdateError` if it has no repository, no commit, or no readable record.
    """
    if not git.succeeds(folder, "rev-parse", "--is-inside-work-tree"):
        raise refusal("no repository")
    if not git.succeeds(folder, "rev-parse", "--verify", "--quiet", "HEAD"):
        raise refusal("no commit")
    if not (folder / ANSWERS_FILE).exists():
        raise without_record(folder)
    if not git.succeeds(folder, "cat-file", "-e", f"HEAD:./{ANSWERS_FILE}"):
        raise refusal("not committed")
    if MARK.search((folder / ANSWERS_FILE).read_text("utf-8")):
        raise refusal("marks")
    record = record_of(folder)
    for key, value in (("_commit", record.commit), ("_src_path", record.source)):
        if not value:
            raise refusal("unreadable", key=key)
    return record


def without_record(folder: Path) -> Exception:
    """Return the error for a folder without a record."""
    log = (
        "log",
        "-1",
        "--no-show-signature",
        "--diff-filter=D",
        "--format=%h",
        "--",
        ANSWERS_FILE,
    )
    removed = run(folder, "git", *log).output.strip()
    if removed:
        return refusal("lost", commit=f"{removed}^")
    # Deleted, and not committed yet.
    if git.succeeds(folder, "cat-file", "-e", f"HEAD:./{ANSWERS_FILE}"):
        return refusal("lost", commit="HEAD")
    return refusal("never")


def check_clean(folder: Path, *, pending: bool) -> None:
    """Raise `UpdateError` for uncommitted changes of tracked files.

    `pending` says that they are those of an update.
    """
    files = git.changed(folder)
    if files and pending:
        raise refusal("pending")
    if files:
        more = f" and {len(files) - 1} more" if files[1:] else ""
        raise refusal("dirty", files=f"{files[0]}{more}")
