"""`flask seed`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.exc import IntegrityError

from tests.support.applications import MakeApp


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the example content of a sample has made."""
    from app import seeds

    content: list[str] = []

    def make_content() -> Iterator[str]:
        content.append("a note")
        yield "Made a note."

    monkeypatch.setattr(seeds, "make_content", make_content)
    return content


def test_the_command_makes_the_content_and_says_so(
    make_app: MakeApp, made: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app()
    monkeypatch.setitem(app.config, "APP_CONFIG", "development")

    result = app.test_cli_runner().invoke(args=["seed"])

    assert result.exit_code == 0, result.output
    assert "Made a note." in result.output
    assert made == ["a note"]


@pytest.mark.parametrize("app_config", ["production", "testing"])
def test_only_development_has_example_content(
    make_app: MakeApp, made: list[str], monkeypatch: pytest.MonkeyPatch, app_config: str
) -> None:
    app = make_app()
    monkeypatch.setitem(app.config, "APP_CONFIG", app_config)

    result = app.test_cli_runner().invoke(args=["seed"])

    assert result.exit_code == 1
    assert "only for development" in result.output
    assert made == []


def test_a_row_that_the_database_refuses_is_one_line_with_the_remedy(
    make_app: MakeApp, made: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from app import seeds

    def make_content() -> Iterator[str]:
        yield "Made a note."
        reason = Exception("NOT NULL constraint failed: notes.title")
        raise IntegrityError("INSERT", {}, reason)

    monkeypatch.setattr(seeds, "make_content", make_content)
    app = make_app()
    monkeypatch.setitem(app.config, "APP_CONFIG", "development")

    result = app.test_cli_runner().invoke(args=["seed"])

    assert result.exit_code == 1
    assert "notes.title" in result.output
    assert "Correct the row there" in result.output
    assert "Traceback" not in result.output
