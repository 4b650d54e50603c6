"""The pieces, as extensions/pieces.yml and the known issues declare them."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field
from typing import Any

import yaml

from tests.support.facts.known_issues import ISSUES
from tests.support.rendering import ROOT

DECLARED: dict[str, Any] = yaml.safe_load((ROOT / "extensions/pieces.yml").read_text())
QUESTIONS_DECLARED: dict[str, dict[str, Any]] = DECLARED["questions"]


@dataclass(frozen=True)
class Piece:
    """What some answers to one question bring, which is "skip NAME" for a mitigation.

    `words` are those that give it away, with the files that may say them.
    """

    id: str
    question: str
    answers: tuple[Any, ...]
    files: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    shares: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    words: dict[str, list[str]] = field(default_factory=dict)

    @property
    def documented_as(self) -> str:
        """Return the question whose section of the pages has this piece."""
        return self.question if self.question[:5] != "skip " else "skip_mitigations"


def declared_pieces() -> list[Piece]:
    found = []
    for entry in DECLARED["pieces"]:
        ((question, answers),) = entry["with"].items()
        # The page of the known issues needs one mitigation or another.
        if question != "mitigations":
            found.append(
                Piece(
                    entry["id"],
                    question,
                    tuple(answers),
                    tuple(entry.get("files", [])),
                    tuple(entry.get("packages", [])),
                    tuple(entry.get("shares", [])),
                    tuple(entry.get("variables", [])),
                    {word: some or [] for word, some in entry.get("words", {}).items()},
                )
            )
    return found


PIECES = declared_pieces()
MITIGATION_PIECES = [
    Piece(
        issue["id"],
        f"skip {issue['id']}",
        (False,),
        tuple(issue["files"]),
        tuple(issue.get("packages", [])),
    )
    for issue in ISSUES
]
