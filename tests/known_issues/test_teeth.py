"""Each mitigation has teeth: without it, its own tests fail, and no others do.

The faults to plant lie in mutations/, a module for each mitigation.
"""

from __future__ import annotations

import importlib
import json
import re
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from facts import MITIGATIONS
from projects import uv
from rendering import attempt
from rendering import Renderer
from rendering import said

FOLDER = Path(__file__).parent / "mutations"
BY_ASSERTION = re.compile(r"(AssertionError|assert |Failed: DID NOT RAISE)")

CASES = [
    pytest.param(path.stem, name, id=f"{path.stem}: {name}")
    for path in sorted(FOLDER.glob("*.py"))
    for name in importlib.import_module(f"mutations.{path.stem}").MUTATIONS
]


def test_each_mitigation_has_faults_to_plant() -> None:
    assert {path.stem for path in FOLDER.glob("*.py")} == set(MITIGATIONS)


@pytest.fixture(scope="module")
def installed(
    template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Path]:
    """Return a function that renders a project with answers, and installs it once."""

    @cache
    def render_and_install(answers: str) -> Path:
        project = Renderer(template, tmp_path_factory.mktemp("teeth"))(
            **json.loads(answers)
        )
        uv(project, "sync", "--quiet")
        return project

    return render_and_install


@pytest.mark.parametrize(("mitigation", "name"), CASES)
def test_its_own_tests_fail_without_it_and_no_others(
    mitigation: str,
    name: str,
    installed: Callable[[str], Path],
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    faults = importlib.import_module(f"mutations.{mitigation}")
    answers = json.dumps({"preset": "full", **faults.ANSWERS}, sort_keys=True)
    sound = installed(answers)
    project = tmp_path / "project"
    shutil.copytree(sound, project, ignore=shutil.ignore_patterns(".venv"))

    faults.MUTATIONS[name](project)
    failed = failures(project, sound / ".venv/bin/python")

    own = f"tests.known_issues.test_{mitigation}"
    assert failed, "no test fails"
    assert {place.split("::")[0] for place in failed} == {own}, failed
    for place, message in failed.items():
        assert BY_ASSERTION.match(message), f"{place}: {message}"
    record_property("planted faults of known issues, each found", 1)


def failures(project: Path, python: Path) -> dict[str, str]:
    """Run all tests of a project; return the message of each that fails."""
    report = project.parent / "report.xml"
    command = ("-m", "pytest", "-q", f"--junitxml={report}", "-p", "no:cacheprovider")
    done = attempt(project, str(python), *command)
    assert done.returncode in {0, 1}, said(done)

    failed = {}
    for case in ET.parse(report).iter("testcase"):  # noqa: S314  # we wrote it
        place = f"{case.get('classname')}::{case.get('name')}"
        for fault in (*case.iter("failure"), *case.iter("error")):
            prefix = "error: " if fault.tag == "error" else ""
            failed[place] = prefix + (fault.get("message") or "")
    return failed
