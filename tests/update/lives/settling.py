"""Conflicts, settled as an owner would: both sides if that works, else one's own."""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import SequenceMatcher
from pathlib import Path

from tests.support.rendering import git
from tests.update.lives.merging import merge
from tests.update.lives.merging import States

COMMENT = re.compile(rb"# ours_\d+\n")
# Whether a file is right as it is now.
Right = Callable[[str], bool]


class NotSettledError(Exception):
    """No way of settling leaves a file that is right."""


def settle(project: Path, path: str, states: States, right: Right) -> None:
    """Write a file without marks, and add it; `NotSettledError` if none is right."""
    for content in ways(states):
        (project / path).write_bytes(content)
        if right(path):
            git(project, "add", "--", path)
            return
    raise NotSettledError(path)


def ways(states: States) -> list[bytes]:
    """Return what the file may become, the best first."""
    ours = states.ours or b""
    if states.old is None or states.new is None:
        return [ours]
    sides = (states.old, ours, states.new)
    union, mine, theirs = (
        merge(*sides, how) for how in ("--union", "--ours", "--theirs")
    )
    # The new side, and what the owner had added, below it.
    blocks = added(states.old, ours)
    again = b"\n\n".join([theirs.rstrip(), *blocks])
    comments = b"".join(COMMENT.findall(b"".join(blocks)))
    return [union, mine, theirs, again, theirs + comments, ours]


def added(old: bytes, ours: bytes) -> list[bytes]:
    """Return the lines that the owner has added, those of each place together."""
    lines, mine = old.splitlines(keepends=True), ours.splitlines(keepends=True)
    matcher = SequenceMatcher(None, lines, mine, autojunk=False)
    return [
        b"".join(mine[first:last]).strip(b"\n") + b"\n"
        for how, _, _, first, last in matcher.get_opcodes()
        if how != "equal" and b"ours" in b"".join(mine[first:last]).lower()
    ]
