"""What a project of each preset holds, and what its tests cost, as a page.

As a script it writes docs/weights.md; `just record` runs it. With --costs, which
`just weigh` gives it, it measures what the tests cost; else it keeps those figures.
"""

from __future__ import annotations

import sys
import tempfile
import tomllib
from dataclasses import astuple
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from tests.support.facts.answers import DISTINCT
from tests.support.rendering import copied_tree
from tests.support.rendering import files
from tests.support.rendering import PRESETS
from tests.support.rendering import Renderer
from tests.support.rendering import ROOT
from tests.support.running.projects import uv

PAGE = ROOT / "docs/weights.md"
# Maintained files; all others are the owner's, or shared.
MAINTAINED = (
    "app/accounts/", "app/core/", "docs/", "migrations/env.py",
    "migrations/script.py.mako", "tests/maintained/", "tests/support/", "updates/",
)  # fmt: skip
HEADING = """\
# Weights

What a new project of each preset holds. *Maintained* files are those that the template
improves: `app/core/`, `app/accounts/`, `docs/`, `tests/maintained/`,
`tests/support/`, `updates/` and how migrations run. All other files are yours, or
shared. Written by `just record`; a test compares them, lines within a tenth.

| preset | your files | their lines | maintained | their lines | run-time packages |
|---|---|---|---|---|---|
"""
COSTS_HEADING = """
What `uv sync` installs, with the tools of development, and how long the tests take on a
machine with two cores. `just weigh` writes this table, and a test compares it: packages
within a tenth, the seconds of all tests within five times as many. The `api` preset is
as `full`; the `custom` one here is an API without accounts.

| preset | packages installed | seconds of `just test` | seconds of all tests |
|---|---|---|---|
"""


@dataclass
class Cost:
    """What an installed project costs: packages, and whole seconds."""

    packages: int
    own_tests: int
    all_tests: int


def weight(project: Path) -> tuple[int, int, int, int, int]:
    """Return files and lines, of the owner and maintained, and declared packages."""
    content = files(project)
    maintained = {name for name in content if name.startswith(MAINTAINED)}
    declared = tomllib.loads(content["pyproject.toml"].decode())["project"]
    counts = [
        (len(names), sum(content[name].count(b"\n") for name in names))
        for names in (content.keys() - maintained, maintained)
    ]
    return (*counts[0], *counts[1], len(declared["dependencies"]))


def cost(project: Path) -> Cost:
    """Run the tests of an installed project, and return what it costs."""
    return Cost(packages(project), own_tests(project), all_tests(project))


def packages(project: Path) -> int:
    """Return how many packages its environment has."""
    return len(list(project.glob(".venv/lib/python*/site-packages/*.dist-info")))


def own_tests(project: Path) -> int:
    """Run the tests that are the owner's, and return their seconds."""
    start = monotonic()
    assert "Your tests" in uv(project, "run", "just", "test", "-q", "-W", "error")
    return round(monotonic() - start)


def all_tests(project: Path) -> int:
    """Run all tests, and return their seconds."""
    start = monotonic()
    uv(project, "run", "just", "test-all", "-q", "-W", "error")
    return round(monotonic() - start)


def rows_of(table: str) -> dict[str, list[int]]:
    """Return the figures of a table of the page, by preset."""
    rows = [line.strip("|").split("|") for line in table.splitlines() if "| `" in line]
    return {name.strip(" `"): [int(cell) for cell in cells] for name, *cells in rows}


def recorded_sizes() -> dict[str, list[int]]:
    return rows_of(PAGE.read_text().partition(COSTS_HEADING)[0])


def recorded_costs() -> dict[str, Cost]:
    rows = rows_of(PAGE.read_text().partition(COSTS_HEADING)[2])
    return {preset: Cost(*figures) for preset, figures in rows.items()}


def sizes(render: Renderer) -> dict[str, list[int]]:
    """Return the figures of a render of each preset."""
    return {preset: list(weight(render(preset=preset))) for preset in PRESETS}


def costs(render: Renderer) -> dict[str, Cost]:
    """Install a render of each preset that differs, and measure it."""
    found = {}
    for preset, answers in DISTINCT.items():
        project = render(**answers)
        uv(project, "sync", "--quiet")
        found[preset] = cost(project)
    return found


def rows(figures: dict[str, list[int]]) -> str:
    return "".join(
        f"| `{preset}` | {' | '.join(map(str, cells))} |\n"
        for preset, cells in figures.items()
    )


def write(*, measured: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        template = copied_tree(ROOT, Path(folder) / "template")
        render = Renderer(template, Path(folder))
        prices = costs(render) if measured else recorded_costs()
        table = {preset: list(astuple(price)) for preset, price in prices.items()}
        PAGE.write_text(HEADING + rows(sizes(render)) + COSTS_HEADING + rows(table))


if __name__ == "__main__":
    write(measured="--costs" in sys.argv)
