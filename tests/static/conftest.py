"""What the static checks share: the whole space, rendered once; a copy to spoil."""

from __future__ import annotations

from pathlib import Path

import pytest

from answers import given
from plants import copy_of
from space import complete
from space import Space


@pytest.fixture(scope="session")
def space(template: Path) -> Space:
    """All that the template renders, or the combination that ANSWERS asks for."""
    return Space(template, complete(template, given()) if given() else None)


@pytest.fixture
def planted(template: Path, tmp_path: Path) -> Path:
    return copy_of(template, tmp_path / "planted")
