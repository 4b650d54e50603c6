"""The minutes that each layer of the tests takes, printed at the end of a run.

Those of a layer are added up over the processes that run tests at the same time. The
processor's include the programs that a test started, once they have ended.
"""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Generator
from dataclasses import dataclass

import pytest


class Report(pytest.TestReport):
    processor: float


@dataclass
class Cost:
    """What the tests of a layer took, in seconds."""

    tests: int = 0
    wall: float = 0
    processor: float = 0


class Minutes:
    """Measures each test in the process that runs it, and adds up in the first one."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.layers: defaultdict[str, Cost] = defaultdict(Cost)
        self.used = processor_time()

    def pytest_collection_finish(self) -> None:
        self.used = processor_time()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> Generator[None, Report, Report]:
        report = yield
        now = processor_time()
        # An attribute, because a report reaches the first process with all of them.
        report.processor = now - self.used
        self.used = now
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        cost = self.layers[layer_of(report.nodeid)]
        cost.tests += report.when == "setup"
        cost.wall += report.duration
        # A process that crashed has sent none.
        cost.processor += getattr(report, "processor", 0)

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter
    ) -> None:
        if not self.layers:
            return
        took = time.monotonic() - self.began
        terminalreporter.section(f"minutes: {took / 60:.1f} from start to end")
        terminalreporter.line("tests   wall  processor  layer")
        for layer, cost in sorted(self.layers.items()):
            terminalreporter.line(
                f"{cost.tests:5} {cost.wall / 60:6.2f} {cost.processor / 60:10.2f}"
                f"  {layer}"
            )


def processor_time() -> float:
    """Return the seconds of this process and of its children that have ended."""
    return sum(os.times()[:4])


def layer_of(test: str) -> str:
    """Return the folder of a test below `tests/`."""
    folders = test.partition("::")[0].split("/")[:-1]
    return "/".join(folders[:2]) if folders[1:] else "tests/test_*.py"
