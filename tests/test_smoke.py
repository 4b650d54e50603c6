"""A smoke test of the template with pytest-copie."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_copie.plugin import Copie

from tests.support.rendering import PRESETS


@pytest.mark.parametrize("preset", PRESETS)
def test_the_template_renders(copie: Copie, template: Path, preset: str) -> None:
    result = copie.copy(template_dir=template, extra_answers={"preset": preset})

    assert result.exception is None
    assert result.exit_code == 0
    assert result.project_dir is not None
    assert result.answers["preset"] == preset
    assert (result.project_dir / "app/__init__.py").is_file()


def test_a_failure_is_reported(copie: Copie, template: Path) -> None:
    result = copie.copy(template_dir=template, extra_answers={"python_version": "2.7"})

    assert result.exit_code != 0
    assert result.exception is not None
