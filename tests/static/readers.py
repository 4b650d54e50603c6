"""Which files have lines that an answer changes, for the page of the questions.

As a script it writes them into the page; `just record` runs it.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from tests.static.space import Space
from tests.support.facts.pieces import PIECES
from tests.support.rendering import copied_tree
from tests.support.rendering import ROOT

PAGE = ROOT / "docs/questions.md"
BLOCK = re.compile(
    r"(?ms)(?P<start>^<!-- lines of (?P<question>\w+) -->\n).*?"
    r"(?P<end>^<!-- end of lines of (?P=question) -->\n)"
)
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


def written(page: str, found: Readers) -> str:
    """Return the page of the questions with the files of each answer."""
    return BLOCK.sub(
        lambda match: (
            f"{match['start']}It changes lines in "
            f"{', '.join(f'`{path}`' for path in found[match['question']])}.\n"
            f"{match['end']}"
        ),
        page,
    )


def write() -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = readers(Space(copied_tree(ROOT, Path(folder) / "template")))
    PAGE.write_text(written(PAGE.read_text(), found))


if __name__ == "__main__":
    write()
