"""An ordinary change of a product: edits that its owner makes in the project."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tests.support import editing


class Edit(NamedTuple):
    """`old` becomes `new` in a file.

    Without `old`, `new` is appended to the file, which may be a new one.
    Without `new` too, the file or the folder is removed.
    """

    file: str
    old: str = ""
    new: str = ""


@dataclass(frozen=True)
class Change:
    """Edits, and the owner's other steps."""

    edits: tuple[Edit, ...]
    # A change of the tables, for which `flask db migrate` writes a revision.
    revision: bool = False
    # The tests in tests/test_*.py of the project that fail, with a hint.
    asks: tuple[str, ...] = ()


def change(*edits: tuple[str, ...], revision: bool = False, asks: str = "") -> Change:
    """Return a change made of edits as tuples; `asks` has names of tests."""
    return Change(tuple(Edit(*edit) for edit in edits), revision, tuple(asks.split()))


def apply(project: Path, edit: Edit) -> None:
    """Edit a file; raise AssertionError if the text to edit is not in it."""
    path = project / edit.file
    if not edit.old and not edit.new:
        assert path.exists(), f"{edit.file} does not exist"
        shutil.rmtree(path) if path.is_dir() else path.unlink()
        return

    if edit.old:
        editing.edit(path, edit.old, edit.new)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as end:
        end.write(edit.new)
