"""Without a mitigation its own tests fail, and no others do.

The faults to plant are in mutations/, a module for each mitigation, the one that takes
all of it away first. A push plants some of each, and runs the tests of the mitigation;
--all plants every fault, and runs all tests of the project.
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
from tests.support.sampling import part

FOLDER_OF_TESTS = "tests/maintained/known_issues"
# The last one: a background job of the test has failed.
BY_ASSERTION = re.compile(
    r"AssertionError|assert |Failed: DID NOT RAISE|.* in ExceptionGroup\]$", re.DOTALL
)

FAULTS = modules_in("tests.known_issues.mutations")
FAULTS_OF_A_PUSH = 3  # of each mitigation
CASES = [
    (name, fault)
    for name, module in FAULTS.items()
    for fault in part(list(module.MUTATIONS), FAULTS_OF_A_PUSH)
]


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
    own = {path.stem for path in project.glob(f"{FOLDER_OF_TESTS}/test_{mitigation}*")}
    # Which gives wrong values to every setting, those of the mitigations too.
    others = ["--ignore=tests/maintained/core/test_switches.py"]
    alone = [f"{FOLDER_OF_TESTS}/{name}.py" for name in own]
    tests = others if options.chosen.everything else alone
    failed = failures(project, str(sound / ".venv/bin/python"), *tests)

    assert failed, "no test fails"
    assert {place.split("::")[0].split(".")[-1] for place in failed} <= own, failed
    for place, message in failed.items():
        assert BY_ASSERTION.match(message), f"{place}: {message}"
