"""Fixtures: `user`, `make_user`, `log_in` and `logged_in_client`.

Maintained by copier-flask: a fixture of the same name in tests/conftest.py replaces one
of these.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from collections.abc import Iterator
from http.cookies import SimpleCookie
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask import session
from flask.testing import FlaskClient

from app.accounts import hashing
from app.accounts import sessions
from app.accounts import throttling
from app.accounts.examples import example_account
from app.core.transactions import connections
from app.extensions import db
from app.extensions import login_manager
from app.models import User
from tests.support.accounts import Account
from tests.support.accounts import LogIn
from tests.support.accounts import MakeUser
from tests.support.accounts import PASSWORD
from tests.support.accounts import template_settings

REMEDY = (
    "If a value breaks a rule of yours, pass another one, or define the fixture "
    "make_user in tests/conftest.py."
)


@pytest.fixture(autouse=True)
def nobody_has_tried_yet(migrated_app: Flask) -> None:
    """Reset the counted attempts of the previous test."""
    throttling.reset(migrated_app)


@pytest.fixture
def as_shipped(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Use the template's settings and log format in `app` for one test."""
    monkeypatch.delitem(app.config, "SESSION_ABSOLUTE_LIFETIME", raising=False)
    for name, value in template_settings().items():
        monkeypatch.setitem(app.config, name, value)
    level = app.logger.level
    app.logger.setLevel(logging.INFO)
    yield
    app.logger.setLevel(level)


@pytest.fixture
def make_user(app: Flask) -> MakeUser:
    """Return a function that makes an account: `make_user(is_admin=True)`.

    Required fields of `User` that are not passed get a value. If a value breaks a rule
    of yours, define this fixture in tests/conftest.py, with values that fit.
    """
    numbers = count(1)

    def make(email: str = "", **fields: Any) -> Account:
        address = email or f"person-{next(numbers)}@example.com"
        with app.app_context():
            try:
                user = example_account(address, PASSWORD, **fields)
            except Exception as error:
                error.add_note(REMEDY)
                raise
            return Account(user.id, user.email)

    return make


@pytest.fixture
def user(make_user: MakeUser) -> Account:
    return make_user("ada@example.com")


@pytest.fixture
def open_while_hashing(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """For each hashed password, whether a database connection was checked out."""
    seen: list[bool] = []
    stock = hashing.run

    def note(work: Callable[..., Any], *arguments: object) -> Any:
        # In a test that is rolled back, the engine has a single connection.
        pool: Any = getattr(db.engine, "pool", None)
        held = pool.checkedout() if pool else connections(db.session())
        seen.append(bool(held))
        return stock(work, *arguments)

    monkeypatch.setattr(hashing, "run", note)
    return seen


@pytest.fixture
def log_in(app: Flask) -> LogIn:
    """Return a function that logs an account in and returns its browser.

    It does not use your form, which may require more than a password.
    """

    def log_in_by_session(account: Account, remember: bool = False) -> FlaskClient:
        browser = app.test_client()
        with app.test_request_context(environ_base=browser.environ_base):
            user = db.session.scalar(sa.select(User).filter_by(email=account.email))
            assert user
            assert sessions.begin(user, remember=remember)
            # Without the functions of `after_request`, which may rely on others that
            # run before a request.
            answer = app.response_class()
            login_manager._update_remember_cookie(answer)
            opened = session._get_current_object()  # type: ignore[attr-defined]  # a proxy
            app.session_interface.save_session(app, opened, answer)
        for line in answer.headers.getlist("Set-Cookie"):
            for name, cookie in SimpleCookie(line).items():
                attributes = {key: value for key, value in cookie.items() if value}
                browser.set_cookie(name, cookie.value, **attributes)
        return browser

    return log_in_by_session


@pytest.fixture
def logged_in_client(user: Account, log_in: LogIn) -> FlaskClient:
    """A browser in which `user` is logged in."""
    return log_in(user)
