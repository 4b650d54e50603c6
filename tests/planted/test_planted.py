"""The tests of a rendered project fail if a fault is planted in the code they test.

The faults are in faults/, a module for each area. The nine known issues have their own
in tests/known_issues/mutations. --all plants every fault; without it, every
sixth one of each area is planted.
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

AREAS = modules_in("tests.planted.faults")
STEP = 1 if options.chosen.everything else 6
CASES = [(area, fault) for area in AREAS for fault in list(AREAS[area].FAULTS)[::STEP]]


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
