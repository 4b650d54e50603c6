"""Known issue: incompatible versions of related packages that still resolve.

docs/known-issues.md describes the failure.
"""

from __future__ import annotations

import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

DECLARED = tomllib.loads(
    (Path(__file__).parents[3] / "pyproject.toml").read_text(encoding="utf-8")
)
BOUNDS = [
    Requirement(line)
    for line in (
        *DECLARED["project"]["dependencies"],
        *DECLARED["dependency-groups"]["dev"],
        *DECLARED["tool"]["uv"]["constraint-dependencies"],
    )
]

# The first version of each package without a known fault, and the date of the look-up.
FIRST_VERSIONS = tomllib.loads(
    (Path(__file__).parent / "first_versions.toml").read_text(encoding="utf-8")
)
NAMES = {bound.name.lower() for bound in BOUNDS}
# Every project declares these, because Flask's bounds for them are too low.
FAMILY = {
    "blinker", "click", "flask", "flask-sqlalchemy", "flask-wtf", "itsdangerous",
    "jinja2", "markupsafe", "werkzeug",
}  # fmt: skip


def lowest(bound: Requirement) -> Version:
    """Return the lowest version that a requirement allows; 0 without a lower bound."""
    floors = [
        Version(part.version)
        for part in bound.specifier
        if part.operator in {">=", "==", "~="}
    ]
    return max(floors, default=Version("0"))


@pytest.mark.parametrize("bound", BOUNDS, ids=lambda bound: bound.name)
def test_each_package_has_a_lower_bound(bound: Requirement) -> None:
    assert lowest(bound) > Version("0"), f'write "{bound.name}>=" and a version'


@pytest.mark.parametrize("bound", BOUNDS, ids=lambda bound: bound.name)
def test_installed_versions_satisfy_the_bounds(bound: Requirement) -> None:
    if bound.marker is None or bound.marker.evaluate():
        assert bound.specifier.contains(version(bound.name), prereleases=True), (
            "run uv sync"
        )


@pytest.mark.parametrize("name", sorted(FAMILY | NAMES & set(FIRST_VERSIONS)))
def test_no_version_with_a_known_fault_is_allowed(name: str) -> None:
    bounds = [lowest(bound) for bound in BOUNDS if bound.name.lower() == name]
    first = FIRST_VERSIONS[name]

    assert max(bounds, default=Version("0")) >= Version(first["version"]), (
        f'write "{name}>={first["version"]}": {first["because"]}'
    )
