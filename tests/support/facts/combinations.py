"""Counts the combinations of answers in rows, without the library that makes them."""

from __future__ import annotations

from itertools import combinations
from itertools import product
from typing import Any

from tests.support.facts.answers import Answers
from tests.support.facts.answers import QUESTIONS
from tests.support.facts.known_issues import MITIGATIONS

Few = tuple[tuple[str, Any], ...]
# The only pair that the guard refuses.
REFUSED = {("tasks", "threads"), ("thread_context", True)}


def held(rows: list[Answers], strength: int) -> set[Few]:
    """Return every tuple of answers within one row, mitigations one by one."""
    return {few for row in rows for few in combinations(cells(row), strength)}


def cells(row: Answers) -> list[tuple[str, Any]]:
    left_out = row["skip_mitigations"]
    return [
        *((name, row[name]) for name in QUESTIONS),
        *((name, name in left_out) for name in MITIGATIONS),
    ]


def promised(strength: int, **only: list[Any]) -> set[Few]:
    """Return every tuple of answers that the guard accepts.

    `only` limits a question to some of its values.
    """
    values = {**QUESTIONS, **only, **{name: [False, True] for name in MITIGATIONS}}
    return {
        few
        for names in combinations(values, strength)
        for few in product(
            *([(name, value) for value in values[name]] for name in names)
        )
        if not set(few) >= REFUSED
    }
