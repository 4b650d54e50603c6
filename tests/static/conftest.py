"""What the static checks share: the whole space, rendered once; a copy to spoil."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.static.space import complete
from tests.static.space import Space
from tests.support import options
from tests.support.planting import copied_template


@pytest.fixture(scope="session")
def space(template: Path) -> Space:
    """All that the template renders, or the combination that --answers asks for."""
    one = options.chosen.answers
    return Space(template, complete(template, one) if one else None)


@pytest.fixture
def planted(template: Path, tmp_path: Path) -> Path:
    return copied_template(template, tmp_path / "planted")
