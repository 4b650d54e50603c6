"""Known issue: versions of one family that do not fit together, and still resolve.

docs/known-issues.md says what goes wrong without this.
"""

from __future__ import annotations

import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

DECLARED = tomllib.loads(
    (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
)
BOUNDS = [
    Requirement(line)
    for line in (
        *DECLARED["project"]["dependencies"],
        *DECLARED["dependency-groups"]["dev"],
        *DECLARED["tool"]["uv"]["constraint-dependencies"],
    )
]

# The first version of each without a fault that this project would meet.
FAMILY = {
    "blinker": "1.9.0",  # what Flask 3.1 asks for
    "click": "8.2.0",  # what the commands are tested with
    "flask": "3.1.3",  # Vary: Cookie (GHSA-68rp-wp8r-4726); keys in their order (3.1.1)
    "flask-sqlalchemy": "3.1.1",  # SQLAlchemy 2
    "flask-wtf": "1.3.0",  # Flask 3.1, Python 3.14
    "itsdangerous": "2.2.0",  # what Flask 3.1 asks for
    "jinja2": "3.1.6",  # a sandbox that could be left (CVE-2025-27516)
    "markupsafe": "3.0.2",  # Python 3.13
    "werkzeug": "3.1.6",  # device names of Windows (GHSA-29vq-49wr-vm6x)
}


def lowest(bound: Requirement) -> Version:
    """Return the lowest version that a requirement allows; 0 where it has no bound."""
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
def test_what_is_installed_keeps_to_the_bounds(bound: Requirement) -> None:
    if bound.marker is None or bound.marker.evaluate():
        assert bound.specifier.contains(version(bound.name), prereleases=True), (
            "run uv sync"
        )


@pytest.mark.parametrize("name", FAMILY)
def test_no_version_with_a_known_fault_is_allowed(name: str) -> None:
    bounds = [lowest(bound) for bound in BOUNDS if bound.name.lower() == name]

    assert max(bounds, default=Version("0")) >= Version(FAMILY[name])
