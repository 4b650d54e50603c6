"""The tests of a rendered project fail if a fault is planted in the code they test.

The faults are in faults/, a module for each area. The known issues have their own
in tests/known_issues/mutations. --all plants every fault; without it, a number of them
is planted that does not grow with them. The text that a fault takes the place of is
looked for in any case.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from tests.support.planting import copied_project
from tests.support.planting import modules_in
from tests.support.planting import replace
from tests.support.rendering import Renderer
from tests.support.running.reports import failures
from tests.support.sampling import part

AREAS = modules_in("tests.planted.faults")
ALL = [(area, fault) for area in AREAS for fault in AREAS[area].FAULTS]
FAULTS_OF_A_PUSH = 25
CASES = part(ALL, FAULTS_OF_A_PUSH)


def answers_of(area: ModuleType) -> dict[str, object]:
    """Return the answers of the project that the faults of an area are planted in."""
    return {"preset": "full", **getattr(area, "ANSWERS", {})}


def test_the_project_has_the_text_that_each_fault_replaces(render: Renderer) -> None:
    projects: dict[str, Path] = {}
    missing = []
    for area, fault in ALL:
        answers = answers_of(AREAS[area])
        if str(answers) not in projects:
            projects[str(answers)] = render(**answers)
        file, old, _, _ = AREAS[area].FAULTS[fault]
        path = projects[str(answers)] / file
        if not path.is_file() or old not in path.read_text():
            missing.append((area, fault, file))

    assert not missing


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
    sound = installed(**answers_of(module))
    project = copied_project(sound, tmp_path / "project")

    replace(project, file, old, new)
    failed = failures(project, str(sound / ".venv/bin/python"), "-x", *tests.split())

    record_property("planted faults", 1)
    assert failed, "no test fails"
