"""The options of these tests, which `pytest --help` shows.

tests/conftest.py sets `chosen` before it imports test modules, because some choose
their cases by it. A script, which runs without pytest, has the defaults.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field
from typing import Any

import pytest

GROUP = "copier-flask"


@dataclass(frozen=True)
class Options:
    """What a run was asked for."""

    # Also what only .ci/nightly runs.
    everything: bool = False
    # A missing program is a failure, and no skip.
    require_services: bool = False
    # One combination, in the place of all.
    answers: dict[str, Any] = field(default_factory=dict)
    # A file for what the tests record.
    records: str = ""
    # The seeds of some simulated lives, in the place of all.
    lives: list[int] = field(default_factory=list)


chosen = Options()


def add(parser: pytest.Parser) -> None:
    group = parser.getgroup(GROUP, "the tests of copier-flask")
    group.addoption(
        "--all",
        action="store_true",
        help="run what .ci/nightly runs: every planted fault, ordinary change, recipe, "
        "release and Python, and rows that hold every three answers",
    )
    group.addoption(
        "--require-services",
        action="store_true",
        help="fail, and do not skip, if a program that a test starts is not installed",
    )
    group.addoption(
        "--answers",
        default="",
        metavar="'NAME=VALUE ...'",
        help="check one combination of answers, in tests/static and tests/executed",
    )
    group.addoption(
        "--lives",
        default="",
        metavar="'SEED ...'",
        help="live the simulated lives of these seeds, in tests/update/lives",
    )
    group.addoption(
        "--records",
        default="",
        metavar="FILE",
        help="write what tests/update records of each update, for `just results`",
    )
