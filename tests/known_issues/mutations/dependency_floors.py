"""Faults that the tests of dependency_floors must find."""

from __future__ import annotations

from pathlib import Path

from planting import replace

ANSWERS: dict[str, object] = {}


def a_floor_is_lowered(project: Path) -> None:
    replace(project, "pyproject.toml", '"flask>=3.1.3"', '"flask>=2.2.4"')


def a_floor_is_lost(project: Path) -> None:
    # What a shell makes of "pip install flask-wtf>=1.3.0" without quotes.
    replace(project, "pyproject.toml", '"flask-wtf>=1.3.0"', '"flask-wtf"')


def a_floor_is_above_what_is_installed(project: Path) -> None:
    replace(project, "pyproject.toml", '"alembic>=', '"alembic>=99.')


MUTATIONS = {
    "a floor is lowered": a_floor_is_lowered,
    "a floor is lost": a_floor_is_lost,
    "what is installed is older than the floor": a_floor_is_above_what_is_installed,
}
