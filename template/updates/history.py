"""What a merge has put into the record that the files do not have.

Two branches that updated or changed answers conflict in .copier-answers.yml. If one
side is taken, the record lacks what the other side brought.

Maintained by copier-flask.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from updates.processes import run
from updates.record import ANSWERS_FILE
from updates.record import scalar
from updates.record import top_level
from updates.versions import order

# Merges that are looked at, the newest first.
MERGES = 20
RELEASE = "_commit"


@dataclass(frozen=True)
class Dropped:
    """A key of the record with the value that it has, and the one of the other side."""

    key: str
    recorded: str
    other: str
    merge: str

    @property
    def remedy(self) -> str:
        """What to do about it, as one line."""
        if self.key == RELEASE:
            return "just update brings the record and the files together again"
        return (
            f"just update --data {self.key}={self.other}, or {self.recorded} is right"
        )


def dropped(folder: Path) -> list[Dropped]:
    """Return what merges took from one side only and is still recorded so."""
    log = (
        "log",
        "--no-show-signature",
        "--merges",
        "--full-history",
        f"-{MERGES}",
        "--format=%H %P",
        "--",
        ANSWERS_FILE,
    )
    now = record_at(folder, "HEAD")
    found: dict[str, Dropped] = {}
    for line in run(folder, "git", *log).output.splitlines():
        merge, *parents = line.split()
        for each in of_merge(folder, merge, parents):
            if now.get(each.key) == each.recorded:
                found.setdefault(each.key, each)
    return list(found.values())


def of_merge(folder: Path, merge: str, parents: list[str]) -> list[Dropped]:
    """Return what a merge dropped of one of its sides."""
    base = run(folder, "git", "merge-base", "--octopus", *parents).output.strip()
    before, result = record_at(folder, base), record_at(folder, merge)
    lost = []
    for parent in parents:
        for key, value in record_at(folder, parent).items():
            recorded = result.get(key, "")
            if value in (recorded, before.get(key, "")):
                continue
            if key == "_src_path" or (key == RELEASE and not is_older(recorded, value)):
                continue
            lost.append(Dropped(key, recorded, value, merge[:12]))
    return lost


def record_at(folder: Path, commit: str) -> dict[str, str]:
    """Return the record of a commit, empty if it has none."""
    if not commit:
        return {}
    shown = run(folder, "git", "show", f"{commit}:./{ANSWERS_FILE}")
    if shown.status:
        return {}
    return {key: scalar(value) for key, value in top_level(shown.output).items()}


def is_older(tag: str, other: str) -> bool:
    """Tell whether a release is older than another one."""
    first, second = order(tag), order(other)
    return bool(first and second and first < second)
