"""The ratios of former runs, one line of JSON for each run, and what got worse.

A ratio of a busy machine is no finding: it is one if three runs after each other are
all worse than before.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from datetime import UTC
from pathlib import Path
from statistics import median

from benchmarks.measure import Ratio
from benchmarks.measures import Measure

# A ratio may be worse by this share; so many runs must agree, and so many are kept.
TOLERANCE = 0.15
AGREEING = 3
KEPT = 100
COMPARED = 10

Run = dict[str, float]


def read(path: Path) -> list[Run]:
    """Return the ratios of each run by the number of the measure, oldest first."""
    if not path.exists():
        return []
    return [json.loads(line)["ratios"] for line in path.read_text().splitlines()]


def append(path: Path, ratios: dict[str, Ratio]) -> None:
    """Add a run to the file, and drop the oldest ones beyond KEPT."""
    lines = path.read_text().splitlines() if path.exists() else []
    values = {number: round(ratio.value, 4) for number, ratio in ratios.items()}
    now = datetime.now(UTC).isoformat(timespec="seconds")
    lines.append(json.dumps({"time": now, "ratios": values}))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines[-KEPT:]) + "\n")


def worse(runs: Sequence[Run], measures: Sequence[Measure]) -> list[str]:
    """Return a line for each measure whose last three runs are all worse."""
    lines = []
    for measure in measures:
        values = [run[measure.number] for run in runs if measure.number in run]
        costs = [cost(measure, value) for value in values]
        if len(costs) <= AGREEING:
            continue
        before = reference(costs[:-AGREEING])
        if min(costs[-AGREEING:]) > before * (1 + TOLERANCE):
            shown = ", ".join(f"{value:.2f}" for value in values[-AGREEING:])
            shown += f"; it was {cost(measure, before):.2f}"
            lines.append(f"{measure.number}. {measure.title}: {shown}")
    return lines


def cost(measure: Measure, value: float) -> float:
    """Return a number that is larger if the ratio is worse."""
    if not measure.more:
        return value
    return 1 / value if value else float("inf")


def reference(costs: Sequence[float]) -> float:
    """Return what a ratio has been: the better of the oldest and the newest runs.

    The newest ones have what was improved since; the oldest ones show a loss of a
    little in each run.
    """
    return min(median(costs[:COMPARED]), median(costs[-COMPARED:]))
