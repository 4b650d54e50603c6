"""The nightly look-up of advisories tells "nothing found" and "not looked up" apart."""

from __future__ import annotations

import datetime as dt
import json
import os
import tomllib
from typing import Any

import pytest
import yaml

from tests.known_issues import advisories
from tests.support.rendering import Renderer
from tests.support.rendering import ROOT

VERSIONS = {"click": "8.2.0", "flask": "3.1.3"}
SOUND = {"name": "flask", "version": "3.1.3", "vulns": []}
FAULTY = {
    "name": "click",
    "version": "8.2.0",
    "vulns": [{"id": "CVE-2026-7246", "fix_versions": ["8.3.3"]}],
}
SKIPPED = {"name": "click", "skip_reason": "not found on PyPI"}


def reported(*answers: dict[str, Any]) -> str:
    return json.dumps({"dependencies": answers, "fixes": []})


@pytest.mark.parametrize(
    ("output", "status", "says"),
    [
        (reported(SOUND, {**FAULTY, "vulns": []}), 0, ""),
        (reported(SOUND, FAULTY), 1, "click 8.2.0 has CVE-2026-7246, fixed in 8.3.3"),
        (reported(SOUND, SKIPPED), os.EX_TEMPFAIL, "click 8.2.0: not found on PyPI"),
        (reported(SOUND), os.EX_TEMPFAIL, "click 8.2.0: no answer"),
        (reported(), os.EX_TEMPFAIL, "flask 3.1.3: no answer"),
        ("", os.EX_TEMPFAIL, "2 packages: no route"),
        ("Found nothing", os.EX_TEMPFAIL, "2 packages: no route"),
    ],
    ids=["sound", "faulty", "skipped", "missing", "empty", "silent", "not JSON"],
)
def test_only_versions_that_were_looked_up_count_as_safe(
    output: str, status: int, says: str
) -> None:
    findings = advisories.read(VERSIONS, output, "Traceback\nno route")

    assert findings.exit_status() == status
    assert says in "\n".join(findings.faults + findings.unchecked)


@pytest.mark.parametrize("server", ["gunicorn", "gunicorn-gevent", "granian"])
@pytest.mark.parametrize("database", ["sqlite", "postgresql", "mysql"])
def test_each_declared_package_is_looked_up(
    server: str, database: str, render: Renderer
) -> None:
    project = render(preset="full", server=server, database=database)
    declared = tomllib.loads((project / "pyproject.toml").read_text())
    lines = [
        *declared["project"]["dependencies"],
        *declared["dependency-groups"]["dev"],
        *declared["tool"]["uv"]["constraint-dependencies"],
    ]
    floors = {f"{name}>={version}" for name, version in advisories.floors().items()}

    assert {line.replace("[binary]", "").replace("[rsa]", "").replace("[gevent]", "")
            for line in lines} <= floors  # fmt: skip


def test_each_entry_of_the_list_is_about_a_declared_package_and_has_its_day() -> None:
    listed = tomllib.loads(advisories.LIST.read_text())

    assert set(listed) <= set(advisories.floors())
    for entry in listed.values():
        assert set(entry) == {"version", "because", "checked"}
        assert isinstance(entry["checked"], dt.date)


def test_the_nightly_run_reports_what_was_not_checked() -> None:
    night = (ROOT / ".ci/nightly").read_text()

    assert "-m tests.known_issues.advisories" in night
    assert "NO ADVISORY IS LOOKED UP" in night
    workflow = (ROOT / ".github/workflows/nightly.yml").read_text()
    assert ".ci/nightly" in str(yaml.safe_load(workflow))
