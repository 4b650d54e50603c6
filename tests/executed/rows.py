"""The rows of the covering array that this machine can run.

Rows hold every two answers together. A push runs the first ones: each row holds as many
new pairs as it can, so these hold most. The night runs rows that hold every three
answers (--all). --answers makes one row, of the answers that it names. On a push, all
tests of a project run for the first row on SQLite: test_pythons.py has more of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.executed import interpreters
from tests.support import options
from tests.support.facts.answers import Answers
from tests.support.facts.answers import covering
from tests.support.facts.answers import QUESTIONS

STRENGTH = 3 if options.chosen.everything else 2
ROWS_OF_A_PUSH = 5


@dataclass(frozen=True)
class Row:
    """The answers of a project, and the Python that it runs on here."""

    number: int
    answers: Answers
    python: str

    def __str__(self) -> str:
        names = ("server", "database", "python_version")
        return "-".join([f"{self.number:03}", *(self.answers[name] for name in names)])


def rows() -> list[Row]:
    named = {name: QUESTIONS[name][0] for name in ("server", "database")}
    if one := options.chosen.answers:
        made = [named | {"python_version": interpreters.runnable()[0]} | one]
    else:
        made = covering(STRENGTH, python_version=interpreters.runnable())
    return [
        Row(number, answers, str(interpreters.lowest_for(answers["python_version"])))
        for number, answers in enumerate(made, 1)
    ]


ROWS = rows()
RUN = ROWS if STRENGTH > 2 else ROWS[:ROWS_OF_A_PUSH]
ON_SQLITE = [row for row in RUN if row.answers["database"] == "sqlite"]
WHOLE = RUN if options.chosen.everything or options.chosen.answers else ON_SQLITE[:1]
