"""Faults that the tests of dependency_floors must find."""

from __future__ import annotations

from pathlib import Path

from tests.support.planting import replace

ANSWERS: dict[str, object] = {}


def a_floor_is_lowered(project: Path) -> None:
    replace(project, "pyproject.toml", '"flask>=3.1.3"', '"flask>=2.2.4"')


def a_floor_is_lost(project: Path) -> None:
    # What a shell makes of "pip install flask-wtf>=1.3.0" without quotes.
    replace(project, "pyproject.toml", '"flask-wtf>=1.3.0"', '"flask-wtf"')


def a_floor_is_above_what_is_installed(project: Path) -> None:
    replace(project, "pyproject.toml", '"alembic>=', '"alembic>=99.')


def an_advisory_is_published(project: Path) -> None:
    replace(
        project, "tests/maintained/known_issues/first_versions.toml",
        'version = "9.0.3"', 'version = "99.0"',
    )  # fmt: skip


def a_floor_of_an_imported_package_is_lost(project: Path) -> None:
    replace(project, "pyproject.toml", '    "jinja2>=3.1.6",\n', "")


MUTATIONS = {
    "an advisory is published": an_advisory_is_published,
    "a floor of a package that Flask brings is lost": (
        a_floor_of_an_imported_package_is_lost
    ),
    "a floor is lowered": a_floor_is_lowered,
    "a floor is lost": a_floor_is_lost,
    "what is installed is older than the floor": a_floor_is_above_what_is_installed,
}
