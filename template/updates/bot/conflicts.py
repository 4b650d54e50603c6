"""The marks that an update leaves where both sides changed the same lines.

Maintained by copier-flask.
"""

from __future__ import annotations

from collections.abc import Iterator

OURS = "<<<<<<< before updating"
BASE = "|||||||"
MIDDLE = "======="
THEIRS = ">>>>>>> after updating"


def hunks(text: str) -> list[str]:
    """Return each conflict of a file, with its marks and both sides."""
    found: list[list[str]] = []
    inside = False
    for line in lines(text):
        if line == OURS:
            found.append([])
            inside = True
        if inside:
            found[-1].append(line)
        inside = inside and line != THEIRS
    return ["\n".join(hunk) for hunk in found]


def lines(text: str) -> list[str]:
    """Return the lines as Git counts them: nothing else than a line feed ends one."""
    return [line.rstrip("\r") for line in text.split("\n")]


def with_ours(text: str) -> str:
    """Return a file as it is when each conflict is settled with the project's side."""
    return "\n".join(kept(text))


def kept(text: str) -> Iterator[str]:
    """Yield the lines outside of conflicts, and in them those of the project."""
    side = ""
    for line in text.split("\n"):
        mark = line.rstrip("\r")
        if not side and mark == OURS:
            side = "ours"
        elif side == "ours" and (mark == MIDDLE or mark.startswith(BASE)):
            side = "theirs"
        elif side and mark == THEIRS:
            side = ""
        elif side != "theirs":
            yield line
