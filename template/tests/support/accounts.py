"""Accounts for tests, and browsers that are logged in with them.

tests/support/account_fixtures.py makes fixtures of them. Maintained by copier-flask.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask
from flask import url_for
from flask.testing import FlaskClient
from flask_login import current_user

from app.core import account_settings

PASSWORD = "correct horse battery staple"

OF_THE_TEMPLATE = (
    "LOGIN_LIMIT",
    "LOGIN_NETWORK_LIMIT",
    "LOGIN_PATIENCE",
    "MAX_HASHING_REQUESTS",
    "PERMANENT_SESSION_LIFETIME",
    "REGISTRATION_LIMIT",
    "REMEMBER_COOKIE_DURATION",
    "SINGLE_SESSION",
    "SPECIAL_EMAIL_DOMAINS",
)


@dataclass(frozen=True)
class Account:
    """What a test knows of an account; the row itself belongs to one request."""

    id: int
    email: str
    password: str = PASSWORD


MakeUser = Callable[..., Account]
LogIn = Callable[..., FlaskClient]


def session_cookie(browser: FlaskClient) -> str:
    """Return what the session cookie is called on the site that a browser is at."""
    name: str = browser.application.config["SESSION_COOKIE_NAME"]
    return name


def remember_cookie(browser: FlaskClient) -> str:
    name: str = browser.application.config["REMEMBER_COOKIE_NAME"]
    return name


def is_logged_in(browser: FlaskClient) -> bool:
    """Return whether the site would know an account from the browser's cookies."""
    names = (session_cookie(browser), remember_cookie(browser))
    cookies = [cookie for name in names if (cookie := browser.get_cookie(name))]
    header = "; ".join(f"{cookie.key}={cookie.value}" for cookie in cookies)
    with browser.application.test_request_context(
        headers={"Cookie": header}, environ_base=browser.environ_base
    ):
        return bool(current_user.is_authenticated)


def url_of(app: Flask, endpoint: str) -> str:
    """Return the path of a view, as templates link to it."""
    with app.test_request_context():
        return url_for(endpoint)


def template_settings() -> dict[str, object]:
    """Return the template's values of the settings that tests of the template rely on.

    config.py may have others.
    """
    defaults = {
        setting.name: setting.default_for("testing")
        for setting in account_settings.SETTINGS
    }
    return {name: defaults[name] for name in OF_THE_TEMPLATE}
