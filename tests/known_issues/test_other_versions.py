"""If only some versions have a fault, the tests distinguish them from the others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.running.projects import uv
from tests.support.running.reports import failures

# What pyproject.toml would not allow, and the tests that see why.
CASES = {
    "flask==3.1.1": {
        "test_redirect_session": {"test_flask_itself_shows_the_last_hop"},
        "test_idempotent_teardown": set[str](),
        "test_dependency_floors": {"test_installed_versions_satisfy_the_bounds[flask]"},
    },
    "werkzeug==3.1.5": {
        "test_dependency_floors": {
            "test_installed_versions_satisfy_the_bounds[werkzeug]"
        },
    },
}


@pytest.mark.parametrize("package", CASES)
def test_the_tests_find_the_fault_of_a_version(
    package: str, installed: Callable[..., Path], tmp_path: Path
) -> None:
    project = installed(preset="full")
    environment = tmp_path / "environment"
    uv(project, "sync", "--quiet", UV_PROJECT_ENVIRONMENT=str(environment))
    python = str(environment / "bin/python")
    uv(project, "pip", "install", "--quiet", "--python", python, package)

    for module, expected in CASES[package].items():
        failed = failures(project, python, f"tests/maintained/known_issues/{module}.py")
        assert {place.split("::")[1] for place in failed} == expected
