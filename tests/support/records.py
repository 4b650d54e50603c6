"""What tests record of each update, as lines of JSON in a file.

`--records FILE` writes it: first the run, with its date and its commit, then one line
for each test that recorded something, and for each that failed before it could.
"""

from __future__ import annotations

import json
from datetime import datetime
from datetime import UTC
from pathlib import Path

import pytest

from tests.support.rendering import git
from tests.support.rendering import ROOT

# The name of the property in a test's report: a mapping.
RECORD = "record"


class Records:
    """Writes the file, in the process that hears of all tests."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(run()) + "\n")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        found = [value for name, value in report.user_properties if name == RECORD]
        if report.when == "call" and (found or report.failed):
            self.write(report, *found[-1:])
        elif report.when == "setup" and report.failed:
            self.write(report)

    def write(self, report: pytest.TestReport, *record: object) -> None:
        line = {"test": report.nodeid, "passed": report.passed}
        for one in record:
            line |= one if isinstance(one, dict) else {}
        with self.path.open("a") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


def run() -> dict[str, object]:
    """Return the date and the commit of this run, and whether the tree was clean."""
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "commit": git(ROOT, "rev-parse", "HEAD").strip(),
        "clean": git(ROOT, "status", "--porcelain") == "",
    }
