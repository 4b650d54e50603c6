"""Which files have lines that an answer changes, recorded in readers.yml for the pages.

As a script it writes the record; `just record` runs it.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import yaml

from tests.static.space import Space
from tests.support.facts.pieces import PIECES
from tests.support.rendering import copied_tree
from tests.support.rendering import ROOT

RECORD = Path(__file__).with_name("readers.yml")
# Tests of maintained files, which owners do not look at.
LEFT_OUT = ("tests/maintained/", "tests/support/")

Readers = dict[str, list[str]]


def readers(space: Space) -> Readers:
    """Return the files that read the answer to a question, without its own files."""
    found: Readers = {}
    for question in dict.fromkeys(piece.question for piece in PIECES):
        own = tuple(
            f"{path}/"
            for piece in PIECES
            if piece.question == question
            for path in piece.files
        )
        found[question] = sorted(
            path
            for path, table in space.tables.items()
            if question in table.reads and not f"{path}/".startswith((*own, *LEFT_OUT))
        )
    return found


def recorded() -> Readers:
    found: Readers = yaml.safe_load(RECORD.read_text())
    return found


def record() -> None:
    with tempfile.TemporaryDirectory() as folder:
        space = Space(copied_tree(ROOT, Path(folder) / "template"))
        text = yaml.safe_dump(readers(space), sort_keys=False)
    RECORD.write_text(f"# Written by readers.py.\n\n{text}")


if __name__ == "__main__":
    record()
