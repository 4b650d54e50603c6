"""The decorators of app/accounts/access.py, which restrict who may call a view."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.access import fresh_login_required
from app.accounts.access import logged_in_account
from app.accounts.access import login_required
from tests.support.accounts import Account
from tests.support.accounts import LogIn

# Every project has this view. Under /api/, a refusal is a 401 and no redirect.
ENDPOINT, PATH = "health", "/api/health"


@pytest.fixture
def place(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that replaces the view at PATH."""

    def put(view: Callable[..., object]) -> None:
        monkeypatch.setitem(app.view_functions, ENDPOINT, view)

    return put


def email() -> str:
    return logged_in_account().email


def test_login_required_refuses_anonymous_visitors(
    client: FlaskClient, user: Account, log_in: LogIn, place: Callable[..., None]
) -> None:
    place(login_required(email))

    assert client.get(PATH).status_code == 401
    assert log_in(user).get(PATH).text == user.email


def test_fresh_login_required_refuses_a_log_in_that_is_not_fresh(
    client: FlaskClient, user: Account, log_in: LogIn, place: Callable[..., None]
) -> None:
    place(fresh_login_required(email))
    browser = log_in(user)

    assert client.get(PATH).status_code == 401
    assert browser.get(PATH).text == user.email
    with browser.session_transaction() as session:
        session["_fresh"] = False
    assert browser.get(PATH).status_code == 401


def test_a_decorated_view_keeps_its_name() -> None:
    assert login_required(email).__name__ == "email"
    assert fresh_login_required(email).__name__ == "email"
