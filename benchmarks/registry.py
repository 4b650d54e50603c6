"""All measures, by their numbers."""

from __future__ import annotations

from benchmarks.measures import api
from benchmarks.measures import cache_headers
from benchmarks.measures import Measure
from benchmarks.measures import memory
from benchmarks.measures import peer
from benchmarks.measures import requests
from benchmarks.measures import sqlite
from benchmarks.measures import start
from benchmarks.measures import statements
from benchmarks.measures import template
from benchmarks.measures import tests

MODULES = (
    requests, tests, api, start, memory, template, peer, sqlite, cache_headers,
    statements,
)  # fmt: skip


def place_in_the_table(measure: Measure) -> list[int]:
    return [int(part) for part in measure.number.split(".")]


MEASURES: tuple[Measure, ...] = tuple(
    sorted(
        (measure for module in MODULES for measure in module.MEASURES),
        key=place_in_the_table,
    )
)
