"""The template of each release, taken from the history, and that of the work tree."""

from __future__ import annotations

import io
import re
import subprocess
import tarfile
from functools import cache
from pathlib import Path

from tests.support.rendering import copied_tree
from tests.support.rendering import ROOT
from tests.update.releases import found

# How the work tree is called where a release is named.
WORK_TREE = "worktree"
NEEDED = ("copier.yml", "extensions", "template", "CHANGELOG.md")


class UnknownReleaseError(Exception):
    """No release has this name; the message lists those that there are."""


@cache
def commits() -> dict[str, str]:
    """Return the commit of each release, the oldest first."""
    return found(ROOT)


def named(text: str) -> str:
    """Return the release that a person names, with or without "v".

    Raises `UnknownReleaseError`.
    """
    version = text.removeprefix("v")
    if version != WORK_TREE and version not in commits():
        raise UnknownReleaseError(
            f"{text} is not a release: choose one of {', '.join(commits())}, or "
            f"{WORK_TREE} for the files as they are now."
        )
    return version


def tag(version: str) -> str:
    """Return what the answers file of a project has as `_commit`."""
    return version if version == WORK_TREE else f"v{version}"


def taken_out(version: str, folder: Path) -> Path:
    """Write the template of a release into a folder, and return the folder."""
    if version == WORK_TREE:
        return copied_tree(ROOT, folder)
    archive = subprocess.run(
        ["git", "archive", commits()[version], *NEEDED],
        cwd=ROOT, check=True, capture_output=True,
    ).stdout  # fmt: skip
    with tarfile.open(fileobj=io.BytesIO(archive)) as packed:
        packed.extractall(folder, filter="data")
    return folder


def day(version: str, template: Path) -> str:
    """Return when a release came out, or nothing for the work tree."""
    log = (template / "CHANGELOG.md").read_text()
    match = re.search(rf"(?m)^## {re.escape(version)}\nReleased (\S+)$", log)
    return match[1] if match else ""
