"""Known issue: a thread has no application context.

A thread that a view starts runs outside of any context, so `current_app`, `g` and the
database fail in it. Pass the application object, and push a new context in the thread.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import cast

from flask import current_app
from flask import Flask
from flask import g
from werkzeug.local import LocalProxy


def name_of_the_application() -> str:
    return current_app.name


def in_a_context(app: Flask) -> str:
    with app.app_context():
        return f"{current_app.name}, {'shared' in g}"


def test_a_bare_thread_has_no_application(app: Flask) -> None:
    with app.app_context(), ThreadPoolExecutor(1) as pool:
        error = pool.submit(name_of_the_application).exception()

    assert isinstance(error, RuntimeError)
    assert "Working outside of application context" in str(error)


def test_current_app_cannot_be_used_in_a_thread(app: Flask) -> None:
    with app.app_context(), ThreadPoolExecutor(1) as pool:
        error = pool.submit(in_a_context, current_app).exception()

    assert isinstance(error, RuntimeError)


def test_the_application_object_gives_a_thread_its_own_context(app: Flask) -> None:
    with app.app_context(), ThreadPoolExecutor(1) as pool:
        g.shared = "with nobody"

        itself = cast("LocalProxy[Flask]", current_app)._get_current_object()
        assert pool.submit(in_a_context, itself).result() == "app, False"


def test_a_copy_of_the_context_shares_what_belongs_to_the_request(app: Flask) -> None:
    with app.app_context(), ThreadPoolExecutor(1) as pool:
        g.shared = "by both"
        work = pool.submit(copy_context().run, lambda: g.get("shared"))

        assert work.result() == "by both"
