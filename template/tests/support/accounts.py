"""Accounts for tests, and logged-in browsers.

tests/support/account_fixtures.py has the fixtures. Maintained by copier-flask.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from typing import Protocol

import sqlalchemy as sa
from flask import Flask
from flask import url_for
from flask.testing import FlaskClient
from flask_login import current_user
from werkzeug.test import TestResponse

from app.core import account_settings
from app.extensions import db
from app.models import User

# As long as PASSWORD_MIN_LENGTH may require.
PASSWORD = "correct horse battery staple, long enough for every project here"

OF_THE_TEMPLATE = (
    "INVITATION_LIFETIME",
    "DELETION_GRACE",
    "LOGIN_LIMIT",
    "LOGIN_NETWORK_LIMIT",
    "LOGIN_PATIENCE",
    "MAX_HASHING_REQUESTS",
    "PASSWORD_MIN_LENGTH",
    "PERMANENT_SESSION_LIFETIME",
    "REGISTRATION",
    "REAUTHENTICATION_AFTER",
    "REGISTRATION_LIMIT",
    "REMEMBER_COOKIE_DURATION",
    "SINGLE_SESSION",
    "SPECIAL_EMAIL_DOMAINS",
)


@dataclass(frozen=True)
class Account:
    """The data of an account; the row itself belongs to the session of one request."""

    id: int
    email: str
    password: str = PASSWORD


class MakeUser(Protocol):
    """The type of the fixture `make_user`; `fields` are those of `User`."""

    def __call__(self, email: str = "", **fields: Any) -> Account: ...


class LogIn(Protocol):
    """The type of the fixture `log_in`."""

    def __call__(self, account: Account, remember: bool = False) -> FlaskClient: ...


def session_cookie(browser: FlaskClient) -> str:
    """Return the name of the session cookie on the site of a browser."""
    name: str = browser.application.config["SESSION_COOKIE_NAME"]
    return name


def remember_cookie(browser: FlaskClient) -> str:
    name: str = browser.application.config["REMEMBER_COOKIE_NAME"]
    return name


def is_logged_in(browser: FlaskClient) -> bool:
    """Return whether the browser's cookies log an account in."""
    names = (session_cookie(browser), remember_cookie(browser))
    cookies = [cookie for name in names if (cookie := browser.get_cookie(name))]
    header = "; ".join(f"{cookie.key}={cookie.value}" for cookie in cookies)
    with browser.application.test_request_context(
        headers={"Cookie": header}, environ_base=browser.environ_base
    ):
        return bool(current_user.is_authenticated)


def confirm_address(app: Flask, email: str) -> None:
    """Confirm the address of an account, if there is one, without a mail."""
    with app.app_context():
        whose = sa.update(User).where(User.email == email)
        db.session.execute(whose.values(is_confirmed=True))
        db.session.commit()


def url_of(app: Flask, endpoint: str, **values: Any) -> str:
    """Return the path of a view, as `url_for` in a template does.

    Raises AssertionError if the application has no view of this name.
    """
    assert endpoint in app.view_functions, (
        f"There is no view {endpoint}. If you renamed or removed it, change this test."
    )
    with app.test_request_context():
        return url_for(endpoint, **values)


def submit(browser: FlaskClient, path: str, **fields: str) -> TestResponse:
    """Send a form and return the answer.

    Raises AssertionError if it is 400, as without the token of a form.
    """
    answer = browser.post(path, data=fields)
    assert answer.status_code != 400, (
        f"POST {path} is 400. If your form needs more, such as its token, change this "
        "test."
    )
    return answer


def template_settings() -> dict[str, object]:
    """Return the settings that the maintained tests rely on, by name.

    The values are those of the template; config.py may have others.
    """
    defaults = {
        setting.name: setting.default_for("testing")
        for setting in account_settings.SETTINGS
    }
    return {name: defaults[name] for name in OF_THE_TEMPLATE}
