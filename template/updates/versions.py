"""The releases of a template, in the order of PEP 440.

Maintained by copier-flask.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from updates.processes import Done
from updates.processes import run

VERSION = re.compile(
    r"v?(?P<numbers>\d+(\.\d+)*)"
    r"([._-]?(?P<before>a|b|c|rc|alpha|beta|pre|preview)[._-]?(?P<which>\d*))?"
    r"([._-]?(?P<after>post|rev|r)[._-]?(?P<times>\d*))?"
    r"([._-]?(?P<dev>dev)[._-]?(?P<day>\d*))?",
    re.IGNORECASE,
)
SHORT = {"gh:": "https://github.com/", "gl:": "https://gitlab.com/"}
SUFFIX = re.compile(r"-\d+-g[0-9a-f]+$")  # of a commit after a release


def order(tag: str) -> tuple[object, ...] | None:
    """Return what to compare a version by, or None if the tag is none."""
    found = VERSION.fullmatch(SUFFIX.sub("", tag))
    if found is None:
        return None
    numbers = [int(part) for part in found["numbers"].split(".")]
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    stage = (found["before"] or "").lower()[:1].replace("p", "r").replace("c", "r")
    if stage:
        first: tuple[object, ...] = (1, stage, int(found["which"] or 0))
    else:
        # 1.0.dev1 is before 1.0a1, which is before 1.0.
        first = (0,) if found["dev"] and not found["after"] else (2,)
    after = int(found["times"] or 0) if found["after"] else -1
    dev = int(found["day"] or 0) if found["dev"] else float("inf")
    return (tuple(numbers), first, after, dev)


def is_final(tag: str) -> bool:
    """Tell whether a tag is a release, and not one before it such as 1.0rc1."""
    found = VERSION.fullmatch(tag)
    return bool(found and not found["before"] and not found["dev"])


def newest(tags: Iterable[str]) -> str | None:
    """Return the newest release, or None if no tag is one."""
    final = [(order(tag) or (), tag) for tag in tags if is_final(tag)]
    return max(final)[1] if final else None


def address(source: str) -> str:
    """Return the address that Git reads, for one as Copier records it."""
    if source[:3] in SHORT:
        return f"{SHORT[source[:3]]}{source[3:].lstrip('/')}"
    if source.startswith("~"):
        return str(Path(source).expanduser())
    return source.removeprefix("git+")


def listed(folder: Path, source: str) -> tuple[list[str], Done]:
    """Return the tags of a template, and how Git ended when it asked for them."""
    done = run(folder, "git", "ls-remote", "--tags", "--refs", "--", address(source))
    refs = [line.partition("refs/tags/")[2] for line in done.output.splitlines()]
    return [tag for tag in refs if tag], done
