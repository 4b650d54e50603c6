"""Where to go after a log-in: to a page of this site, and nowhere else."""

from __future__ import annotations

LONGEST = 2000  # characters


def own_path(target: str | None) -> str | None:
    """Return `target` if it is a path of this site, otherwise None.

    Browsers take "//host", "/\\host" and the like for another site, drop tabs and
    line breaks, and read a backslash as a slash; servers may join double slashes. So
    only plain paths pass.
    """
    if not target or not target.startswith("/") or len(target) > LONGEST:
        return None
    if "\\" in target or not target.isascii() or not target.isprintable():
        return None
    if " " in target or "//" in target.split("?")[0].split("#")[0]:
        return None
    return target
