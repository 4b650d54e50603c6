"""Measures side by side, and prints the ratios: `python -m benchmarks --help`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from benchmarks import history
from benchmarks import page
from benchmarks.measure import Ratio
from benchmarks.measures import Measure
from benchmarks.measures import statements
from benchmarks.place import Place
from benchmarks.registry import MEASURES
from benchmarks.scale import FULL
from benchmarks.scale import Scale
from benchmarks.scale import SHORT

MIN_ROUNDS = 7


def options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    numbers = [measure.number for measure in MEASURES]
    parser.add_argument(
        "numbers", nargs="*", metavar="NUMBER",
        help=f"measures of docs/performance.md, instead of all: {', '.join(numbers)}",
    )  # fmt: skip
    parser.add_argument(
        "--short", action="store_true", help="only show that they work: no figures"
    )
    parser.add_argument(
        "--rounds", type=int, help=f"of each side, instead of {FULL.rounds}"
    )
    parser.add_argument(
        "--peer",
        type=Path,
        help="folder of cookiecutter-flask, for measures 12 and 12.1",
    )
    parser.add_argument(
        "--write", action="store_true", help="write the tables of docs/performance.md"
    )
    parser.add_argument(
        "--history", type=Path, metavar="FILE",
        help="add the ratios to a file, and fail if three runs are worse than before",
    )  # fmt: skip
    given = parser.parse_args(arguments)
    check(parser, given, numbers)
    return given


def check(
    parser: argparse.ArgumentParser, given: argparse.Namespace, numbers: list[str]
) -> None:
    if unknown := set(given.numbers) - set(numbers):
        parser.error(f"no measure {', '.join(sorted(unknown))}: {', '.join(numbers)}")
    if given.short and (given.write or given.history):
        parser.error("a short run has no figures to write")
    if given.rounds is not None and given.rounds < MIN_ROUNDS:
        parser.error(f"--rounds must be at least {MIN_ROUNDS}")
    if given.peer and not given.peer.is_dir():
        parser.error(f"--peer must be a folder: {given.peer}")


def scale_of(given: argparse.Namespace) -> Scale:
    if given.short:
        return SHORT
    rounds = given.rounds
    return replace(FULL, rounds=rounds, slow_rounds=rounds) if rounds else FULL


def chosen(given: argparse.Namespace) -> list[Measure]:
    """Return the measures of a run, without those that lack the peer's template."""
    return [
        measure
        for measure in MEASURES
        if (not given.numbers or measure.number in given.numbers)
        and (given.peer or not measure.needs_peer)
    ]


def measured(place: Place, measures: list[Measure]) -> dict[str, Ratio]:
    ratios = {}
    for measure in measures:
        print(f"{measure.number}. {measure.title}", flush=True)
        ratios[measure.number] = ratio = measure.run(place)
        print(f"   {ratio} {ratio.note}; goal: {page.goal(measure)}", flush=True)
    return ratios


def main(arguments: list[str]) -> int:
    given = options(arguments)
    with tempfile.TemporaryDirectory() as name:
        place = Place(Path(name), scale_of(given), given.peer)
        ratios = measured(place, chosen(given))
        if given.write:
            page.write(ratios, statements.table(statements.statements(place)))
    if not given.history:
        return 0
    history.append(given.history, ratios)
    lines = history.worse(history.read(given.history), MEASURES)
    for line in lines:
        print(f"worse in {history.AGREEING} runs: {line}")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
