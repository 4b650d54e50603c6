"""A plugin of pytest that prints the CPU time of all tests after the first one.

The first one makes what the others share, such as the tables.
"""

from __future__ import annotations

import time
from typing import Any

FOUND = "CPU of {count} tests: {seconds}"

ended: list[float] = []


def pytest_runtest_logfinish() -> None:
    ended.append(time.process_time())


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if len(ended) > 1:
        seconds = ended[-1] - ended[0]
        line = FOUND.format(count=len(ended) - 1, seconds=seconds)
        terminalreporter.line(line)
