"""What this package asks of Git.

Maintained by copier-flask.
"""

from __future__ import annotations

from pathlib import Path

from updates.errors import UpdateError
from updates.processes import run


def git(folder: Path, *arguments: str, given: str | None = None) -> str:
    """Return what a command of Git prints.

    Raises `UpdateError` if it fails.
    """
    done = run(folder, "git", *arguments, given=given)
    if done.status:
        said = (done.errors or done.output).strip().splitlines() or ["no message"]
        raise UpdateError(f"git {arguments[0]} failed: {said[-1]}")
    return done.output


def succeeds(folder: Path, *arguments: str) -> bool:
    """Tell whether a command of Git ends with status 0."""
    return run(folder, "git", *arguments).status == 0


def names(folder: Path, *arguments: str) -> list[str]:
    """Return the paths that a command prints with `-z`."""
    return [name for name in git(folder, *arguments).split("\0") if name]


def head(folder: Path) -> str:
    """Return the commit that is checked out.

    Raises `UpdateError` outside of a repository, and before the first commit.
    """
    return git(folder, "rev-parse", "--verify", "HEAD").strip()


def top(folder: Path) -> Path:
    """Return the root of the work tree."""
    return Path(git(folder, "rev-parse", "--show-toplevel").rstrip("\n"))


def prefix(folder: Path) -> str:
    """Return the path of a folder below the root, such as "apps/web/", or ""."""
    return git(folder, "rev-parse", "--show-prefix").rstrip("\n")


def private_path(folder: Path, name: str) -> Path:
    """Return the path of a file in the folder that Git has for this work tree."""
    return folder / git(folder, "rev-parse", "--git-path", name).rstrip("\n")


def changed(folder: Path) -> list[str]:
    """Return the tracked files of a folder with uncommitted changes."""
    # `git diff` would write the index; its paths would be those of the folder.
    options = ("--porcelain", "-z", "--no-renames", "--untracked-files=no")
    start = len("XY ") + len(prefix(folder))
    return [line[start:] for line in names(folder, "status", *options, "--", ".")]


def hidden(folder: Path) -> frozenset[str]:
    """Return the tracked files whose changes Git was told not to see."""
    # "S" is skip-worktree, a small letter assume-unchanged.
    listed = names(folder, "ls-files", "-v", "-z")
    return frozenset(line[2:] for line in listed if line[0] == "S" or line[0].islower())


def snapshot(folder: Path) -> str:
    """Return a new commit, on no branch, with the tracked files as they are now.

    Raises `UpdateError` if there is no change, and during a merge.
    """
    somebody = ("-c", "user.name=copier-flask", "-c", "user.email=copier-flask")
    return git(folder, *somebody, "stash", "create").strip()


def untracked(folder: Path) -> list[str]:
    """Return the files of a folder that Git does not track, ignored or not."""
    return names(folder, "ls-files", "-z", "--others")


def unmerged(folder: Path) -> list[str]:
    """Return the files of a folder that have conflicts."""
    listed = names(folder, "ls-files", "-z", "--unmerged")
    return sorted({line.partition("\t")[2] for line in listed})


def tracked(folder: Path) -> list[str]:
    """Return the files of a folder that Git tracks."""
    return names(folder, "ls-files", "-z")


def others(folder: Path) -> list[str]:
    """Return the files of a folder that Git neither tracks nor ignores."""
    return names(folder, "ls-files", "-z", "--others", "--exclude-standard")
