"""The tables of docs/performance.md, between marks: ratios, and statements.

A ratio that was not measured in this run keeps what the page has. As a script it writes
the titles and the goals again; `just record` runs it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from benchmarks.measure import Ratio
from benchmarks.measures import Measure
from benchmarks.registry import MEASURES

PAGE = Path(__file__).parents[1] / "docs/performance.md"
HEADING = """\
| # | measure | ratio | its rounds | goal | reached |
|---|---|---|---|---|---|
"""
UNKNOWN = "not measured yet"


def between(text: str, name: str) -> str:
    """Return what is between the marks of a name; raises ValueError without them."""
    _, begin, rest = text.partition(f"<!-- {name}: begin -->\n")
    content, end, _ = rest.partition(f"<!-- {name}: end -->")
    if not begin or not end:
        raise ValueError(f"{PAGE} has no marks for {name}")
    return content


def replaced(text: str, name: str, content: str) -> str:
    return text.replace(between(text, name), content)


def rows_of(table: str) -> dict[str, str]:
    """Return the rows of a table of measures, by number."""
    rows = [line for line in table.splitlines() if line.startswith("| ")]
    return {row.split(" | ")[0].strip("| "): row for row in rows[1:]}


def row(measure: Measure, ratio: Ratio) -> str:
    reached = "yes" if measure.meets_goal(ratio.value) else "no"
    note = f"; {ratio.note}" if ratio.note else ""
    rounds = f"{ratio.low:.2f} to {ratio.high:.2f}{note}"
    cells = (first_cells(measure), f"{ratio.value:.2f}", rounds, goal(measure), reached)
    return " | ".join(cells) + " |"


def first_cells(measure: Measure) -> str:
    return f"| {measure.number} | {measure.title}"


def goal(measure: Measure) -> str:
    return f"at {'least' if measure.more else 'most'} {measure.goal:g}"


def unknown(measure: Measure) -> str:
    return f"{first_cells(measure)} | {UNKNOWN} | | {goal(measure)} | |"


def kept(measure: Measure, rows: Mapping[str, str]) -> str:
    """Return the row that the page has, unless the measure or its goal has changed."""
    found = rows.get(measure.number, "")
    same = found.startswith(f"{first_cells(measure)} |") and goal(measure) in found
    return found if same else unknown(measure)


def table(ratios: Mapping[str, Ratio], page: str) -> str:
    """Return the table of all measures, with what `page` has of the others."""
    rows = rows_of(between(page, "ratios"))
    lines = [
        row(measure, ratios[measure.number])
        if measure.number in ratios
        else kept(measure, rows)
        for measure in MEASURES
    ]
    return HEADING + "\n".join(lines) + "\n"


def write(ratios: Mapping[str, Ratio], statements: str | None = None) -> None:
    text = PAGE.read_text()
    text = replaced(text, "ratios", table(ratios, text))
    if statements:
        text = replaced(text, "statements", statements)
    PAGE.write_text(text)


if __name__ == "__main__":
    write({})
