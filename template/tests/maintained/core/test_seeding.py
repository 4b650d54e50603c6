"""`flask seed`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from collections.abc import Iterator
from types import ModuleType
from typing import NoReturn

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy.exc import IntegrityError

from app.core import migrations
from app.core import seeding
from tests.support.applications import MakeApp

Seed = Callable[[], Result]


@pytest.fixture
def content(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A module in the place of app/seeds.py, which makes nothing yet."""
    module = ModuleType("app.seeds")
    monkeypatch.setitem(sys.modules, "app.seeds", module)
    return module


@pytest.fixture
def made(content: ModuleType) -> list[str]:
    """What the example content of a sample has made."""
    rows: list[str] = []

    def make_content() -> Iterator[str]:
        rows.append("a note")
        yield "Made a note."

    content.__dict__["make_content"] = make_content
    return rows


@pytest.fixture
def seed(make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> Seed:
    """Return a function that runs the command in development."""
    app = make_app()
    monkeypatch.setitem(app.config, "APP_CONFIG", "development")
    # Not by its name, which may be that of a command of the owner.
    return lambda: app.test_cli_runner().invoke(seeding.seed)


def raising(error: Exception) -> Callable[[], Iterator[str]]:
    """Return example content that ends with an error."""

    def make_content() -> Iterator[str]:
        yield "Made a note."
        raise error

    return make_content


def assert_one_line(result: Result, *words: str) -> None:
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit), result.exception
    (line,) = [one for one in result.output.splitlines() if one.startswith("Error: ")]
    for word in words:
        assert word in line


def test_the_command_makes_the_content_and_says_so(seed: Seed, made: list[str]) -> None:
    result = seed()

    assert result.exit_code == 0, result.output
    assert "Made a note." in result.output
    assert made == ["a note"]


@pytest.mark.parametrize("app_config", ["production", "testing"])
def test_only_development_has_example_content(
    make_app: MakeApp, made: list[str], monkeypatch: pytest.MonkeyPatch, app_config: str
) -> None:
    app = make_app()
    monkeypatch.setitem(app.config, "APP_CONFIG", app_config)

    result = app.test_cli_runner().invoke(seeding.seed)

    assert_one_line(result, "only for development")
    assert made == []


def test_a_row_that_the_database_refuses_is_one_line_with_the_remedy(
    seed: Seed, content: ModuleType
) -> None:
    reason = Exception("NOT NULL constraint failed: notes.title")
    refused = raising(IntegrityError("INSERT", {}, reason))
    content.__dict__["make_content"] = refused

    assert_one_line(seed(), "notes.title", "Correct the row there")


@pytest.mark.parametrize("kind", [TypeError, ValueError])
def test_a_refused_example_is_one_line_with_its_values(
    seed: Seed, content: ModuleType, kind: type[Exception]
) -> None:
    error = kind("The title is short.")
    error.add_note("The example had {}.")
    content.__dict__["make_content"] = raising(error)

    assert_one_line(seed(), "The title is short. The example had {}.")


def test_a_mistake_in_the_content_keeps_its_traceback(
    seed: Seed, content: ModuleType
) -> None:
    error = ValueError("invalid literal for int()")
    content.__dict__["make_content"] = raising(error)

    assert seed().exception is error


def test_pending_migrations_are_named_with_their_command(
    seed: Seed, made: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "pending", lambda _: True)

    assert_one_line(seed(), migrations.COMMAND)
    assert made == []


@pytest.mark.usefixtures("content")
def test_without_make_content_the_command_says_what_to_write(seed: Seed) -> None:
    assert_one_line(seed(), "make_content(): write one there")


def test_without_the_module_the_command_says_what_to_write(
    seed: Seed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(name: str) -> NoReturn:
        raise ModuleNotFoundError(name=name)

    monkeypatch.setattr(seeding, "import_module", fail)

    assert_one_line(seed(), "make_content(): write one there")


def test_a_command_of_the_owner_keeps_its_name() -> None:
    app = Flask(__name__)

    @app.cli.command("seed")
    def own() -> None:
        """Do what the owner wants."""

    seeding.init_app(app)

    assert app.cli.commands["seed"] is own
