"""The steps of the project's docs/mail.md."""

from __future__ import annotations

import pytest

from tests.support.pages import whole_page
from tests.support.rendering import Renderer
from tests.support.rendering import start_repository
from tests.support.running.page_steps import follow
from tests.support.running.projects import uv


@pytest.mark.parametrize("answers", [{}, {"auth": False}], ids=["accounts", "none"])
def test_a_mail_of_ones_own_is_sent(
    answers: dict[str, object], render: Renderer
) -> None:
    project = render(preset="website", maintained_tests=False, **answers)
    start_repository(project, "start")
    uv(project, "sync", "--quiet")

    steps = follow(project, whole_page("template/docs/mail.md", project))

    assert steps[-1] == "uv run pytest tests/test_call_me.py"
    assert len(steps) == 7
    uv(project, "run", "ruff", "check", ".")
    uv(project, "run", "ruff", "format", "--check", ".")
    uv(project, "run", "mypy", "--strict", ".")
