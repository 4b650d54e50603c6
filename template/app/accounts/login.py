"""Flask-Login's manager, with four of its habits changed."""

from __future__ import annotations

from datetime import datetime
from datetime import timedelta
from datetime import UTC

import flask_login
from flask import current_app
from flask import g
from flask import request
from flask import Response
from flask import session
from flask.typing import ResponseReturnValue
from flask_login.config import COOKIE_NAME
from flask_login.utils import encode_cookie
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized
from werkzeug.wrappers import Response as BaseResponse

from app.accounts.redirects import login_page
from app.core.errors import API_PREFIX


class LoginManager(flask_login.LoginManager):
    """As Flask-Login 0.6.3 has it, but for what the methods say."""

    def unauthorized(self) -> ResponseReturnValue:
        """Answer a program with 401; send people to the log-in page."""
        if not request.path.startswith(API_PREFIX):
            return to_a_page(super().unauthorized())

        # No browser asks for a password because of this scheme.
        raise Unauthorized(
            "Log in first.",
            www_authenticate=WWWAuthenticate(
                "cookie",
                {
                    "realm": "api",
                    "cookie-name": current_app.config["SESSION_COOKIE_NAME"],
                },
            ),
        )

    def needs_refresh(self) -> ResponseReturnValue:
        """Send people to the page that asks for the password again."""
        return to_a_page(super().needs_refresh())

    def _load_user_from_remember_cookie(self, cookie: str) -> object:
        # Flask-Login compares it with what it would have signed, which raises for
        # anything but ASCII.
        return (
            super()._load_user_from_remember_cookie(cookie)
            if cookie.isascii()
            else None
        )

    def _update_remember_cookie(self, response: Response) -> Response:
        # Flask-Login looks into the session after every request, which marks every
        # answer with "Vary: Cookie": no cache could share a page or a style sheet.
        # Where nobody asked for the user, the cookie has not changed either.
        if "_login_user" not in g:
            return response

        updated: Response = super()._update_remember_cookie(response)
        return updated

    def _set_cookie(self, response: Response) -> None:
        # Flask-Login makes this time with datetime.utcnow(), which warns since
        # Python 3.12.
        config = current_app.config
        response.set_cookie(
            config.get("REMEMBER_COOKIE_NAME", COOKIE_NAME),
            encode_cookie(str(session["_user_id"])),
            expires=datetime.now(UTC) + duration("REMEMBER_COOKIE_DURATION"),
            domain=config.get("REMEMBER_COOKIE_DOMAIN"),
            path=config.get("REMEMBER_COOKIE_PATH", "/"),
            secure=config["REMEMBER_COOKIE_SECURE"],
            httponly=True,
            samesite=config["REMEMBER_COOKIE_SAMESITE"],
        )


def to_a_page(answer: ResponseReturnValue) -> ResponseReturnValue:
    """Return Flask-Login's redirect so that people go on to a page afterwards."""
    sent = request.method not in ("GET", "HEAD")
    if sent and isinstance(answer, BaseResponse) and answer.location:
        answer.location = login_page(answer.location)
    return answer


def duration(setting: str) -> timedelta:
    """Return a setting that may be a timedelta or a number of seconds, as Flask's."""
    value: timedelta | int = current_app.config[setting]
    return value if isinstance(value, timedelta) else timedelta(seconds=value)
