"""The tests of a rendered project fail if a fault is planted in the code they test.

The faults are in faults/, a module for each area. The known issues have their own
in tests/known_issues/mutations. --all plants every fault; without it, a number of them
is planted that does not grow with them.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import options
from tests.support.planting import copied_project
from tests.support.planting import modules_in
from tests.support.planting import replace
from tests.support.running.reports import failures
from tests.support.sampling import evenly

AREAS = modules_in("tests.planted.faults")
ALL = [(area, fault) for area in AREAS for fault in AREAS[area].FAULTS]
FAULTS_OF_A_PUSH = 60
CASES = ALL if options.chosen.everything else evenly(ALL, FAULTS_OF_A_PUSH)


@pytest.mark.parametrize(("area", "fault"), CASES)
def test_a_planted_fault_is_found(
    area: str,
    fault: str,
    installed: Callable[..., Path],
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    module = AREAS[area]
    file, old, new, tests = module.FAULTS[fault]
    sound = installed(**{"preset": "full", **getattr(module, "ANSWERS", {})})
    project = copied_project(sound, tmp_path / "project")

    replace(project, file, old, new)
    failed = failures(project, str(sound / ".venv/bin/python"), "-x", *tests.split())

    record_property("planted faults", 1)
    assert failed, "no test fails"
