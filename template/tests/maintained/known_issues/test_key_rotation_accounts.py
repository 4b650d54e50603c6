"""A change of the secret key: the remember cookie is accepted and signed again.

The same browser visits the site three times: before the change, while the old key is
a fallback, and after the old key was removed.
"""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support.accounts import Account
from tests.support.accounts import LogIn
from tests.support.accounts import remember_cookie
from tests.support.accounts import session_cookie
from tests.support.applications import MakeApp

NEW = "n" * 40


@pytest.fixture
def sites(app: Flask, make_app: MakeApp) -> tuple[Flask, Flask]:
    """The site while the key of `app` is a fallback, and after it was removed."""
    common = {
        "SECRET_KEY": NEW,
        "SQLALCHEMY_DATABASE_URI": app.config["SQLALCHEMY_DATABASE_URI"],
    }
    old = ["x" * 40, app.config["SECRET_KEY"]]
    return make_app(SECRET_KEY_FALLBACKS=old, **common), make_app(**common)


def is_in(browser: FlaskClient) -> bool:
    return browser.get("/dashboard").status_code == 200


@pytest.mark.real_database
@pytest.mark.parametrize("alone", [True, False], ids=["alone", "beside a session"])
def test_a_remember_cookie_is_accepted_and_signed_again(
    alone: bool, user: Account, log_in: LogIn, sites: tuple[Flask, Flask]
) -> None:
    browser = log_in(user, remember=True)
    if alone:
        browser.delete_cookie(session_cookie(browser))
    browser.application = sites[0]
    assert is_in(browser)

    browser.delete_cookie(session_cookie(browser))
    browser.application = sites[1]

    assert is_in(browser)


@pytest.mark.real_database
def test_a_remember_cookie_of_the_new_key_is_not_signed_again(
    user: Account, log_in: LogIn, sites: tuple[Flask, Flask]
) -> None:
    browser = log_in(user, remember=True)
    browser.application = sites[0]
    assert is_in(browser)

    assert "Set-Cookie" not in browser.get("/dashboard").headers


@pytest.mark.real_database
def test_an_invalid_remember_cookie_is_not_signed_again(
    user: Account, log_in: LogIn, sites: tuple[Flask, Flask]
) -> None:
    browser = log_in(user, remember=True)
    cookie = browser.get_cookie(remember_cookie(browser))
    assert cookie
    browser.post("/auth/logout")
    browser.delete_cookie(session_cookie(browser))
    browser.set_cookie(remember_cookie(browser), cookie.value)
    browser.application = sites[0]

    assert not is_in(browser)
    kept = browser.get_cookie(remember_cookie(browser))
    assert kept
    assert kept.value == cookie.value


@pytest.mark.real_database
def test_a_log_out_with_an_old_remember_cookie_deletes_it(
    user: Account, log_in: LogIn, sites: tuple[Flask, Flask]
) -> None:
    browser = log_in(user, remember=True)
    browser.delete_cookie(session_cookie(browser))
    browser.application = sites[0]

    browser.post("/auth/logout")

    assert browser.get_cookie(remember_cookie(browser)) is None


@pytest.mark.real_database
@pytest.mark.parametrize("value", ["x", "x|y", "x|\u00e9", "|", "\u00e9|" + "0" * 128])
def test_a_forged_remember_cookie_is_anonymous(
    value: str, sites: tuple[Flask, Flask]
) -> None:
    browser = sites[0].test_client(
        use_cookies=False
    )  # else its empty jar replaces the header
    raw = f"{remember_cookie(browser)}={value}".encode().decode("latin-1")

    response = browser.get("/dashboard", environ_base={"HTTP_COOKIE": raw})

    assert response.location == "/auth/login?next=%2Fdashboard"
