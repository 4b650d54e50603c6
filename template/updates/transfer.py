"""Brings a tried update into the project, and takes it back.

The state file of an update is in the folder that Git has for the work tree, so that
each work tree has its own.

Maintained by copier-flask.
"""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from updates import git
from updates.reasons import refusal
from updates.record import ANSWERS_FILE
from updates.trial import Trial

BACKUP = "refs/copier-flask/before-update"
ABORTED = "refs/copier-flask/before-abort"
LOCK = "uv.lock"
UNREADABLE = (OSError, ValueError)


def bring(trial: Trial, project: Path) -> list[str]:
    """Write the changes of an update, and return paths that it left alone.

    These are files that Git ignores, such as `.env`. Raises `UpdateError`, before
    anything is written, if a file of the owner's is in the way, or has edits that Git
    was told not to see.
    """
    hidden = git.hidden(project)
    for change in trial.changes:
        if change.path in hidden and (project / change.path).exists():
            raise refusal("hidden", path=change.path)
    new = [change.path for change in trial.changes if change.kind == "added"]
    kept = [path for path in new if in_the_way(trial.folder, project, path)]
    save(trial, project, [path for path in new if path not in kept])
    # The record first: by its change an update is known that is not committed.
    for change in sorted(trial.changes, key=lambda each: each.path != ANSWERS_FILE):
        if change.kind == "deleted":
            delete(project, change.path)
        elif change.path not in kept:
            copy(trial.folder / change.path, project / change.path)
    copy_conflicts(trial, project)
    return kept


def in_the_way(folder: Path, project: Path, path: str) -> bool:
    """Tell whether an ignored file has the path of a new one.

    Raises `UpdateError` for a file that is not ignored and has other content, and for a
    file in the place of a folder.
    """
    target = project / path
    for parent in target.relative_to(project).parents:
        there = project / parent
        if there.is_symlink() or (there.exists() and not there.is_dir()):
            tracked = git.succeeds(project, "ls-files", "--error-unmatch", str(parent))
            if not tracked:
                raise refusal("in the way", path=parent.as_posix())
    if not (target.is_symlink() or target.exists()):
        return False
    if git.succeeds(project, "check-ignore", "--quiet", "--", path):
        return True
    if target.is_file() and target.read_bytes() == (folder / path).read_bytes():
        return True
    raise refusal("in the way", path=path)


def copy(source: Path, target: Path) -> None:
    """Copy a file or a symbolic link, with its mode; there is never half of it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    new = target.with_name(f".{target.name}.updated")
    try:
        shutil.copy2(source, new, follow_symlinks=False)
        new.replace(target)
    finally:
        new.unlink(missing_ok=True)


def delete(project: Path, path: str) -> None:
    """Delete a file, and the folders that are empty then."""
    (project / path).unlink(missing_ok=True)
    for parent in (project / path).relative_to(project).parents:
        if parent != Path():
            with suppress(OSError):
                (project / parent).rmdir()


def copy_conflicts(trial: Trial, project: Path) -> None:
    """Tell Git which files have conflicts, with the two sides and their base."""
    listed = git.names(trial.folder, "ls-files", "-z", "--unmerged", "--full-name")
    if not listed:
        return
    paths = sorted({entry.partition("\t")[2] for entry in listed})
    removed = [f"0 {'0' * 40}\t{path}" for path in paths]
    given = "".join(f"{entry}\0" for entry in (*removed, *listed))
    git.git(git.top(project), "update-index", "-z", "--index-info", given=given)


def state_file(project: Path) -> Path:
    """Return where the state of an update of this project is."""
    name = quote(git.prefix(project).rstrip("/"), safe="") or "project"
    return git.private_path(project, f"copier-flask/{name}.json")


def save(trial: Trial, project: Path, new: list[str]) -> None:
    """Note the commit before an update, and the files that come with it."""
    git.git(project, "update-ref", BACKUP, trial.commit)
    lock = project / LOCK
    saved = None
    if lock.is_file() and LOCK not in git.tracked(project):
        saved = lock.read_text("utf-8")
    elif not lock.exists():
        new = [*new, LOCK]
    content = {"commit": trial.commit, "added": new, "lock": saved}
    path = state_file(project)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")


def state(project: Path) -> dict[str, Any] | None:
    """Return the state of the last update that was not taken back, or None."""
    try:
        found = json.loads(state_file(project).read_text("utf-8"))
    except UNREADABLE:
        return None
    return found if isinstance(found, dict) else None


def added(project: Path) -> frozenset[str]:
    """Return the files that came with the last update."""
    found = state(project)
    return frozenset(found["added"] if found else ())


def is_pending(project: Path) -> bool:
    """Tell whether the last update is there and not committed."""
    found = state(project)
    if found is None or found["commit"] != git.head(project):
        return False
    return ANSWERS_FILE in git.changed(project)


def take_back(project: Path) -> str:
    """Undo the last update, and return the commit that the files are at again.

    The reference ABORTED has what the files were, with edits that came after the
    update. Files that the owner made stay. Raises `UpdateError` if there is no update,
    or if there are commits since.
    """
    found = state(project)
    if found is None:
        raise refusal("nothing to abort")
    if found["commit"] != git.head(project):
        raise refusal("committed", commit=found["commit"][:12])
    if not is_pending(project):
        raise refusal("nothing to abort")

    reset = ("reset", "--quiet", "HEAD", "--", ".")
    git.git(project, *reset)
    # Files that came with the update may have edits too.
    if brought := [path for path in found["added"] if (project / path).exists()]:
        git.git(project, "add", "--force", "--", *brought)
    git.git(project, "update-ref", ABORTED, git.snapshot(project))
    git.git(project, *reset)
    checkout = ("checkout", "--quiet", "HEAD", "--")
    git.git(project, *checkout, ".", f":(exclude){ANSWERS_FILE}")
    tracked = set(git.tracked(project))
    for path in found["added"]:
        if path not in tracked:
            delete(project, path)
    if found["lock"] is not None:
        (project / LOCK).write_text(found["lock"], encoding="utf-8")
    # Last: until then there is something to take back.
    git.git(project, *checkout, ANSWERS_FILE)
    state_file(project).unlink()
    git.git(project, "update-ref", "-d", BACKUP)
    return str(found["commit"])
