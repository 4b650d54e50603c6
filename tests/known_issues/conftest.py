"""Projects that are installed once, and copied for each test that changes one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from projects import uv
from rendering import Renderer


@pytest.fixture(scope="session")
def installed(
    template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Path]:
    """Return a function that renders a project with answers, and installs it once."""
    made: dict[str, Path] = {}

    def render_and_install(**answers: object) -> Path:
        key = repr(sorted(answers.items()))
        if key not in made:
            folder = tmp_path_factory.mktemp("installed")
            made[key] = Renderer(template, folder)(**answers)
            uv(made[key], "sync", "--quiet")
        return made[key]

    return render_and_install
