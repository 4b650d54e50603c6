"""The rows hold what they promise, and each runs on a Python that is right for it."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from itertools import combinations
from itertools import product
from typing import Any

import pytest

import interpreters
from answers import QUESTIONS
from facts import MITIGATIONS
from rendering import ROOT
from rendering import run
from rows import Row
from rows import ROWS
from rows import STRENGTH

Cell = tuple[str, Any]


def cells(row: Row) -> list[Cell]:
    """Return the answers of a row, each mitigation as one."""
    left_out = row.answers["skip_mitigations"]
    return [
        *((name, row.answers[name]) for name in QUESTIONS),
        *((name, name in left_out) for name in MITIGATIONS),
    ]


def promised() -> Iterator[tuple[Cell, ...]]:
    """Return every few answers that can stand together on this machine."""
    values = QUESTIONS | {"python_version": interpreters.runnable()}
    values |= {name: [False, True] for name in MITIGATIONS}
    # The one pair that the guard refuses.
    refused = {("tasks", "threads"), ("thread_context", True)}
    for names in combinations(values, STRENGTH):
        for chosen in product(*(values[name] for name in names)):
            together = tuple(zip(names, chosen, strict=True))
            if not refused <= set(together):
                yield together


def test_every_few_answers_stand_together_in_a_row(
    measured: Callable[[str], None],
) -> None:
    held = {few for row in ROWS for few in combinations(cells(row), STRENGTH)}
    wanted = set(promised())

    assert held == wanted
    measured(f"strength {STRENGTH}: {len(ROWS)} rows hold {len(wanted):,} combinations")


def test_a_python_that_is_not_here_is_named(measured: Callable[[str], None]) -> None:
    here = ", ".join(interpreters.here())
    left_out = sorted({*interpreters.OFFERED} - {*interpreters.runnable()})
    named = ", ".join(left_out) or "no row"

    assert interpreters.runnable(), "no Python that a project can be made for is here"
    measured(f"Pythons here: {here}; left out for want of a newer one: {named}")


@pytest.mark.parametrize("version", interpreters.here())
def test_an_interpreter_is_what_it_is_taken_for(version: str) -> None:
    said = run(
        ROOT, interpreters.here()[version], "-c",
        "import sys; print(*sys.version_info[:2], sep='.')",
    )  # fmt: skip

    assert said.strip() == version
