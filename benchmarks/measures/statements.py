"""How many SQL statements each route of a full project takes."""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from functools import cache

from benchmarks.measure import constant
from benchmarks.measure import Ratio
from benchmarks.measures import Measure
from benchmarks.place import Application
from benchmarks.place import Place

HEADING = """\
| request | by | status | statements |
|---|---|---|---|
"""
LOG_IN = "POST /auth/login, visitor, 302"


@cache
def statements(place: Place) -> dict[str, list[str]]:
    """Return the first words of the statements of each visit.

    Raises RuntimeError if a route has no visit, so that a new one gets one.
    """
    original = place.ours.folder / "bench.db"
    copy = place.folder / "statements.db"
    # Not as a file: the newest rows may be in the log beside it.
    with (
        closing(sqlite3.connect(original)) as rows,
        closing(sqlite3.connect(copy)) as new,
    ):
        rows.backup(new)
    database = {"DATABASE_URL": f"sqlite:///{copy}"}
    application = Application(place.ours.folder, {**place.ours.environment, **database})
    found = application.json("statements")
    if found["missing"]:
        raise RuntimeError(f"benchmarks/inside/statements.py misses {found['missing']}")
    visits: dict[str, list[str]] = found["found"]
    return visits


def table(visits: dict[str, list[str]]) -> str:
    """Return the statements of each visit as a table in Markdown."""
    rows = ""
    for visit, words in visits.items():
        request, who, status = visit.split(", ")
        kinds = ", ".join(f"{count} {kind}" for kind, count in Counter(words).items())
        rows += f"| `{request}` | {who} | {status} | {kinds or 'none'} |\n"
    return HEADING + rows


def of_a_log_in(place: Place) -> Ratio:
    return constant(len(statements(place)[LOG_IN]))


MEASURES = (Measure("16", "SQL statements of a log-in", 5, of_a_log_in),)
