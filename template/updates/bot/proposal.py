"""What is proposed, and the file that carries it from one job to the next.

Maintained by copier-flask.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from updates.errors import UpdateError

COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
RELEASE = re.compile(r"[\w.+-]{1,40}", re.ASCII)
FILE = "proposal.json"
BUNDLE = "update.bundle"


@dataclass(frozen=True)
class Proposal:
    """A branch and a text; without a `head` the project is up to date."""

    release: str
    base: str
    # The commit of the branch, without files that the service protects.
    head: str = ""
    # The same with them, if there are any: what is tried first.
    whole: str = ""
    title: str = ""
    # The text for each of the two, and what tells one text from another.
    body: str = ""
    body_of_head: str = ""
    digest: str = ""

    def write(self, folder: Path) -> None:
        content = json.dumps(asdict(self), indent=1)
        (folder / FILE).write_text(content, encoding="utf-8")


def read(folder: Path) -> Proposal:
    """Return the proposal in a folder. Raises `UpdateError` if there is none.

    Packages of the project ran in the job that wrote it, so nothing in it is trusted.
    """
    try:
        content: dict[str, Any] = json.loads((folder / FILE).read_text("utf-8"))
        found = Proposal(**{name: str(value) for name, value in content.items()})
    except (AttributeError, OSError, TypeError, ValueError) as error:
        raise UpdateError(f"{folder / FILE} is no proposal: {error}") from None
    commits = (found.base, found.head or found.base, found.whole or found.base)
    if not all(COMMIT.fullmatch(commit) for commit in commits):
        raise UpdateError(f"{folder / FILE} names something else than commits.")
    if not RELEASE.fullmatch(found.release):
        raise UpdateError(f"{folder / FILE} names something else than a release.")
    return found
