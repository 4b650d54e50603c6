"""No combination has a word of a piece that was not chosen."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import PurePath

from tests.static.space import Space
from tests.static.space import VALUES
from tests.static.tables import SKIP
from tests.static.trees import File
from tests.support.facts.known_issues import ISSUES
from tests.support.facts.pieces import Piece
from tests.support.facts.pieces import PIECES

# It knows the old tests of every piece.
MOVED = "tests/support/moved.py"
SAMPLE = "tests/maintained/sample/"

# Files whose name is also an ordinary word: their import, their path.
AS_WORDS = {
    "csrf": ["core.csrf", "core/csrf"],
    "redirects": ["support.redirects", "support/redirects"],
    "remember_cookie": ["accounts.remember_cookie", "accounts/remember_cookie"],
}


def mitigations() -> Iterator[tuple[str, list[str]]]:
    """Give each mitigation with the names of the files that hold it."""
    for issue in ISSUES:
        stems = [PurePath(path).stem for path in issue["files"]]
        words = [AS_WORDS.get(stem, [stem]) for stem in stems]
        yield issue["id"], [*chain(*words)]


def words_of_pieces(space: Space) -> Iterator[str]:
    for piece in PIECES:
        for word in piece.words:
            allowed = piece.words[word]
            for file in saying(space, word):
                if file.path not in allowed and without(space, file, piece):
                    yield f"{file.path} says {word!r} in a project without {piece.id}"


def words_of_mitigations(space: Space) -> Iterator[str]:
    for name, words in mitigations():
        for word in words:
            for file in saying(space, word):
                skipped = space.comes_with(file, f"{SKIP}{name}", {True})
                if skipped and file.path != f"{SAMPLE}pages.py":
                    yield f"{file.path} says {word!r} in a project that skips {name}"


def words_that_are_nowhere(space: Space) -> Iterator[str]:
    """Tell which words no project says: to look for them proves nothing.

    The same applies to an allowed place without the word.
    """
    for piece in PIECES:
        for word in piece.words:
            files = list(saying(space, word))
            if not files:
                yield f"no project says {word!r}, with or without {piece.id}"
            found = {file.path for file in files if without(space, file, piece)}
            for path in {*piece.words[word]} - found:
                yield f"{path} never says {word!r} without {piece.id}"
    for name, words in mitigations():
        for word in words:
            if not any(saying(space, word)):
                yield f"no project says {word!r}, with or without {name}"


def without(space: Space, file: File, piece: Piece) -> bool:
    """Return whether a project without the piece has this file."""
    others = {*VALUES[piece.question]} - {*piece.answers}
    return space.comes_with(file, piece.question, others)


def saying(space: Space, word: str) -> Iterator[File]:
    return (file for file in space.files if file.path != MOVED and says(file, word))


@cache
def says(file: File, word: str) -> bool:
    """Tell whether a file has a word in its text or in its path."""
    return word.encode() in file.content or word in file.path
