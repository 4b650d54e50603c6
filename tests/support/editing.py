"""An edit of a file whose text must be there."""

from __future__ import annotations

from pathlib import Path


def edit(path: Path, old: str, new: str, times: int = 1) -> None:
    """Replace `old` so many times, -1 for all; AssertionError if the file has none."""
    text = path.read_text()
    assert old in text, f"{path} has no {old!r}"
    path.write_text(text.replace(old, new, times))
