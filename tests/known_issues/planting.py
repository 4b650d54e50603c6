"""Planting a fault into a rendered project."""

from __future__ import annotations

from pathlib import Path


def replace(project: Path, name: str, old: str, new: str) -> None:
    """Replace `old` in a file; where it is not, nothing would be planted."""
    path = project / name
    text = path.read_text()
    assert text.count(old) >= 1, f"{name} has no {old!r}"
    path.write_text(text.replace(old, new))
