"""Without a mitigation its own tests fail, and no others do.

The faults to plant are in mutations/, a module for each mitigation, the one that takes
all of it away first. All tests of the project run with that one of one mitigation, and
with the other faults those of the mitigation; --all runs all with each.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import options
from tests.support.facts.known_issues import MITIGATIONS
from tests.support.planting import copied_project
from tests.support.planting import modules_in
from tests.support.running.reports import failures
from tests.support.sampling import evenly

FOLDER_OF_TESTS = "tests/maintained/known_issues"
# The last one: a background job of the test has failed.
BY_ASSERTION = re.compile(
    r"AssertionError|assert |Failed: DID NOT RAISE|.* in ExceptionGroup\]$", re.DOTALL
)

FAULTS = modules_in("tests.known_issues.mutations")
CASES = [(name, fault) for name in FAULTS for fault in FAULTS[name].MUTATIONS]
# All tests of a project take minutes.
WHOLE_OF_A_PUSH = evenly(list(FAULTS), 1)


def test_each_mitigation_has_faults_to_plant() -> None:
    assert set(FAULTS) == set(MITIGATIONS)
    assert all(len(module.MUTATIONS) >= 2 for module in FAULTS.values())


@pytest.mark.parametrize(("mitigation", "fault"), CASES)
def test_its_own_tests_fail_without_it_and_no_others(
    mitigation: str,
    fault: str,
    installed: Callable[..., Path],
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    module = FAULTS[mitigation]
    sound = installed(**{"preset": "full", **module.ANSWERS})
    project = copied_project(sound, tmp_path / "project")

    module.MUTATIONS[fault](project)
    record_property("planted faults", 1)
    is_first = fault == next(iter(module.MUTATIONS))
    sampled = is_first and mitigation in WHOLE_OF_A_PUSH
    everything = sampled or options.chosen.everything
    own = {path.stem for path in project.glob(f"{FOLDER_OF_TESTS}/test_{mitigation}*")}
    # Which gives wrong values to every setting, those of the mitigations too.
    others = ["--ignore=tests/maintained/core/test_switches.py"]
    tests = others if everything else [f"{FOLDER_OF_TESTS}/{name}.py" for name in own]
    failed = failures(project, str(sound / ".venv/bin/python"), *tests)

    assert failed, "no test fails"
    assert {place.split("::")[0].split(".")[-1] for place in failed} <= own, failed
    for place, message in failed.items():
        assert BY_ASSERTION.match(message), f"{place}: {message}"
