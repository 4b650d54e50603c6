"""Async functions are found before gunicorn starts workers that cannot run them."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Blueprint
from flask import Flask
from flask.views import MethodView

from app.core.async_check import async_functions
from app.core.async_check import main


def plain(*_: object) -> str:
    return "plain"


async def is_async(*_: object) -> str:
    return "async"


# Flask accepts an async function here, but its types do not.
HOOK: Any = is_async


@functools.wraps(is_async)
def wrapped(*_: object) -> str:
    return "wrapped"


class Pages(MethodView):
    async def get(self) -> str:
        return "async"

    def post(self) -> str:
        return "plain"


def of_a_blueprint(app: Flask) -> None:
    area = Blueprint("own", __name__)
    area.add_url_rule("/own", view_func=is_async)
    app.register_blueprint(area)


PLACES: dict[str, Callable[[Flask], object]] = {
    "a view": lambda app: app.add_url_rule("/a", view_func=is_async),
    "a view of a blueprint": of_a_blueprint,
    "a view in a decorator": lambda app: app.add_url_rule("/a", view_func=wrapped),
    "an error handler": lambda app: app.register_error_handler(KeyError, is_async),
    "a hook before requests": lambda app: app.before_request(is_async),
    "a hook after requests": lambda app: app.after_request(is_async),
    "a teardown": lambda app: app.teardown_request(HOOK),
    "a teardown of the context": lambda app: app.teardown_appcontext(HOOK),
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_an_async_function_is_found_in(place: Callable[[Flask], object]) -> None:
    app = Flask(__name__)
    place(app)

    assert async_functions(app) == ["is_async"]


def test_an_async_method_of_a_view_class_is_found() -> None:
    app = Flask(__name__)
    app.add_url_rule("/pages", view_func=Pages.as_view("pages"))

    assert async_functions(app) == ["Pages.get"]


def test_plain_functions_are_not_found() -> None:
    app = Flask(__name__)
    app.add_url_rule("/plain", view_func=plain)
    app.before_request(plain)
    app.register_error_handler(404, plain)

    assert async_functions(app) == []


def test_the_command_ends_with_one_line_that_names_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = Flask(__name__)
    app.add_url_rule("/a", view_func=is_async)
    monkeypatch.setitem(sys.modules, "run", SimpleNamespace(app=app))

    with pytest.raises(SystemExit, match="cannot run is_async, which are async"):
        main()
