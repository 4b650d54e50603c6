"""Faults to plant in a copy of the template; a named check must find each one."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import NamedTuple


class Fault(NamedTuple):
    """`old` becomes `new` in a file; a finding has `words`.

    Without `old`, `new` is appended; `*` as `new` removes the file.
    """

    id: str
    file: str
    old: str
    new: str
    words: str


def plant(folder: Path, fault: Fault) -> None:
    file = folder / fault.file
    if fault.old == "*":
        file.unlink()
        return
    text = file.read_text() if file.exists() else ""
    assert fault.old in text, f"{fault.file} changed: plant {fault.id} elsewhere"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(
        text.replace(fault.old, fault.new, 1) if fault.old else text + fault.new
    )


def copy_of(template: Path, folder: Path) -> Path:
    """Copy what renders, to plant a fault in."""
    unread = shutil.ignore_patterns("docs", "tests", ".*")
    copy = shutil.copytree(template, folder, ignore=unread)
    shutil.copytree(template / "template", copy / "template", dirs_exist_ok=True)
    return copy
