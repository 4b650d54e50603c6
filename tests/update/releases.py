"""The releases of the template, found in its history; run as a script, it tags them.

A release is the first commit whose CHANGELOG.md has the heading "## X.Y.Z". Nothing
here needs the network or a published tag, and an existing tag takes precedence.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
HEADING = re.compile(r"(?m)^## (\d+\.\d+\.\d+)$")


class HistoryError(Exception):
    """The history does not show what the releases are."""


def git(repository: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=repository, capture_output=True, text=True, check=True
    )
    return done.stdout


def as_numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def found(repository: Path) -> dict[str, str]:
    """Return the commit of each release, the oldest release first.

    Raises `HistoryError` for a shallow clone, and where fewer releases are found than
    the committed CHANGELOG.md has headings: a test of no update would pass.
    """
    if git(repository, "rev-parse", "--is-shallow-repository").strip() != "false":
        raise HistoryError("The clone is shallow: run git fetch --unshallow.")

    tags = set(git(repository, "tag").split())
    commits: dict[str, str] = {}
    log = ("log", "--first-parent", "--reverse", "--format=%H", "--", "CHANGELOG.md")
    for commit in git(repository, *log).split():
        for version in HEADING.findall(
            git(repository, "show", f"{commit}:CHANGELOG.md")
        ):
            commits.setdefault(version, commit)

    for version in commits:
        if f"v{version}" in tags:
            commit = git(repository, "rev-parse", f"v{version}^{{commit}}")
            commits[version] = commit.strip()

    headings = HEADING.findall(git(repository, "show", "HEAD:CHANGELOG.md"))
    if set(headings) - set(commits) or len(set(commits.values())) < len(set(headings)):
        raise HistoryError(
            f"CHANGELOG.md has the releases {', '.join(headings)}, and the history has "
            f"{len(set(commits.values()))} commits for them: it was rewritten or cut."
        )
    return {version: commits[version] for version in sorted(commits, key=as_numbers)}


def tag(repository: Path) -> list[str]:
    """Make the tags that are missing, and return their names."""
    tags = set(git(repository, "tag").split())
    missing = {f"v{version}": commit for version, commit in found(repository).items()}
    made = [name for name in missing if name not in tags]
    for name in made:
        git(repository, "tag", name, missing[name])
    return made


if __name__ == "__main__":
    sys.stdout.write(f"Made: {', '.join(tag(ROOT)) or 'nothing, all were there'}\n")
