"""The factory binds each maintained module and each extension of the template.

Without its line, a module is there and does nothing: the application runs without what
it protects. A line may get lost when an update is merged.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable
from collections.abc import Iterator
from types import CodeType
from types import FrameType

import pytest

from app import extensions
from tests.maintained import sample
from tests.maintained.rules.source_rules import PACKAGE
from tests.maintained.rules.source_rules import PAGE
from tests.support.applications import close_connections
from tests.support.applications import new_app
from tests.support.applications import restored_extensions

FACTORY = PACKAGE / "__init__.py"

# What the sample application binds, by its name in a factory.
LINES: dict[str, Callable[..., object]] = {
    "db.init_app": extensions.db.init_app,
    "migrate.init_app": extensions.migrate.init_app,
    "csrf.init_app": extensions.csrf.init_app,
} | {
    name: function
    for name, function in vars(sample).items()
    if name.startswith("init_") or name == "preload_templates"
}


@pytest.fixture
def no_owner_lines() -> None:
    """Leave the owner's lines in: here they are what is tested."""


@pytest.fixture(scope="module")
def called() -> Iterator[set[CodeType]]:
    """The code of the functions that the owner's factory calls."""
    codes: set[CodeType] = set()

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            codes.add(frame.f_code)

    before = sys.getprofile()
    with restored_extensions():
        sys.setprofile(note)
        try:
            app = new_app(SQLALCHEMY_DATABASE_URI="sqlite://")
        finally:
            sys.setprofile(before)
        yield codes
        close_connections(app)


def remedy(line: str) -> str:
    """Return what the factory needs, for a message."""
    module, name = LINES[line].__module__, LINES[line].__name__
    if "." not in line:
        return f"{line}(app), and at the top from {module} import {name} as {line}"
    given = "app, extensions.db" if line == "migrate.init_app" else "app"
    return f"extensions.{line}({given}), and at the top from app import extensions"


@pytest.mark.parametrize("line", LINES)
def test_the_factory_calls(line: str, called: set[CodeType]) -> None:
    function = LINES[line]
    is_called = inspect.unwrap(function).__code__ in called
    exception = rf"# rule: {re.escape(line)} - \w"
    is_exception = bool(re.search(exception, FACTORY.read_text(encoding="utf-8")))

    assert is_called or is_exception, (
        f"create_app() in app/__init__.py does not call {line}, so the application "
        f"runs without it. Add {remedy(line)}. If you left it out "
        f"on purpose, write # rule: {line} - REASON there. {PAGE}"
    )
