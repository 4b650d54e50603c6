"""The rows hold what they promise, and each runs on a Python that is right for it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.executed import interpreters
from tests.executed.rows import ROWS
from tests.executed.rows import RUN
from tests.executed.rows import STRENGTH
from tests.support.facts.combinations import held
from tests.support.facts.combinations import promised
from tests.support.rendering import ROOT
from tests.support.rendering import run


def test_every_tuple_of_answers_is_in_a_row(
    measured: Callable[[str], None],
) -> None:
    wanted = promised(STRENGTH, python_version=interpreters.runnable())

    assert held([row.answers for row in ROWS], STRENGTH) == wanted
    run = held([row.answers for row in RUN], STRENGTH)
    measured(f"strength {STRENGTH}: {len(ROWS)} rows hold {len(wanted):,} combinations")
    measured(f"{len(RUN)} of these rows are run, which hold {len(run):,}")


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
