"""How many rows several processes write to SQLite at the same time."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing

from benchmarks.measure import in_turns
from benchmarks.measure import Ratio
from benchmarks.measures import Measure
from benchmarks.place import Application
from benchmarks.place import command
from benchmarks.place import Place

WRITERS = 4
TABLE = "CREATE TABLE IF NOT EXISTS written (id INTEGER PRIMARY KEY, content TEXT)"


def rows_and_errors(application: Application, seconds: float) -> tuple[int, int]:
    """Let four processes write, and return how many rows and errors they had."""
    with closing(sqlite3.connect(application.folder / "bench.db")) as database:
        database.execute(TABLE)
    processes = [
        subprocess.Popen(
            command("writer", str(seconds)),
            cwd=application.folder,
            env=application.inside,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(WRITERS)
    ]
    outputs = [process.communicate(timeout=seconds + 120)[0] for process in processes]
    if any(process.returncode for process in processes):
        raise RuntimeError(f"a writer failed: {outputs}")
    counts = [tuple(map(int, output.split())) for output in outputs]
    return sum(rows for rows, _ in counts), sum(errors for _, errors in counts)


def writers(place: Place) -> Ratio:
    failed = {"ours": 0, "seed": 0}

    def rows(name: str) -> Callable[[], float]:
        def written() -> float:
            application = place.ours if name == "ours" else place.seed
            rows, errors = rows_and_errors(application, place.scale.seconds)
            failed[name] += errors
            return rows

        return written

    costs = in_turns(rows("ours"), rows("seed"), place.scale.slow_rounds)
    return costs.ratio(f"{failed['ours']} errors, {failed['seed']} of the other")


MEASURES = (
    Measure(
        "13",
        "SQLite, rows of four processes: ours / its own settings",
        2.6,
        writers,
        more=True,
    ),
)
