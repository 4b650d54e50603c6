"""Which tests of a rendered project fail, and with what message."""

from __future__ import annotations

import tempfile
from pathlib import Path
from xml.etree import ElementTree as ET

from tests.support.rendering import attempt_within
from tests.support.rendering import said


def failures(project: Path, python: str, *arguments: str) -> dict[str, str]:
    """Run tests of a project; return the message of each that fails, by its place.

    That of an error outside of a test's own lines begins with "error: ".
    """
    failed = {}
    for case in cases(project, python, *arguments):
        place = f"{case.get('classname')}::{case.get('name')}"
        for fault in (*case.iter("failure"), *case.iter("error")):
            prefix = "error: " if fault.tag == "error" else ""
            failed[place] = prefix + (fault.get("message") or "")
    return failed


def cases(
    project: Path, python: str, *arguments: str, **environment: str
) -> list[ET.Element]:
    """Run tests of a project; return what pytest's report says of each."""
    with tempfile.NamedTemporaryFile(suffix=".xml") as report:
        # Nobody reads the lines of code around a failure, which take time to find.
        command = ("-m", "pytest", "-q", "--tb=native", f"--junitxml={report.name}")
        done = attempt_within(900, project, python, *command, *arguments, **environment)
        assert done.returncode in {0, 1}, said(done)
        return list(ET.parse(report.name).iter("testcase"))  # noqa: S314  # our own
