"""Flask-Login's manager, with some of its habits changed.

Settings: REMEMBER_COOKIE_DOMAIN, REMEMBER_COOKIE_HTTPONLY, REMEMBER_COOKIE_NAME,
REMEMBER_COOKIE_SAMESITE, REMEMBER_COOKIE_SECURE, SESSION_COOKIE_NAME,
WTF_CSRF_FIELD_NAME. Maintained by copier-flask.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from typing import NamedTuple

import flask_login
from flask import current_app
from flask import g
from flask import request
from flask import Response
from flask import session
from flask.typing import ResponseReturnValue
from flask_login.utils import decode_cookie
from flask_login.utils import encode_cookie
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized
from werkzeug.wrappers import Response as BaseResponse

from app.accounts.redirects import login_page
from app.core.cookies import path_of
from app.core.errors import API_PREFIX


class RememberCookie(NamedTuple):
    """What a remember cookie holds, and whether the key of now has signed it."""

    token: str
    is_current: bool = True


def read_remember_cookie(cookie: str) -> RememberCookie | None:
    """Return the content of a cookie that SECRET_KEY has signed; None for any other."""
    # Flask-Login compares it with what it would have signed, which raises for
    # anything but ASCII.
    token = decode_cookie(cookie) if cookie.isascii() else None
    return None if token is None else RememberCookie(token)


class LoginManager(flask_login.LoginManager):  # type: ignore[misc]  # no types
    """As Flask-Login 0.6.3 has it, but for what the methods say."""

    login_view: str | None

    def __init__(self) -> None:
        super().__init__()
        # Another function may accept the keys of SECRET_KEY_FALLBACKS too.
        self.read_cookie: Callable[[str], RememberCookie | None] = read_remember_cookie

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
        found = self.read_cookie(cookie)
        if found is None:
            return None
        user = super()._load_user_from_remember_cookie(encode_cookie(found.token))
        if user is not None:
            keep_forms(session["_user_id"])
        return user

    def _update_remember_cookie(self, response: Response) -> Response:
        # Flask-Login looks into the session after every request, which marks every
        # answer with "Vary: Cookie": no cache could share a page or a style sheet.
        # Where nobody asked for the user, the cookie has not changed either.
        if "_login_user" not in g:
            return response
        # Also where the session alone said who it is: when that ends, the cookie must
        # be one that the key of that day has signed.
        if self.has_outdated_cookie():
            session["_remember"] = "set"
        # With REMEMBER_COOKIE_REFRESH_EACH_REQUEST it would keep everybody logged in,
        # also those who did not ask for it.
        if "_remember" not in session and not g.get("remembered", False):
            return response

        updated: Response = super()._update_remember_cookie(response)
        return updated

    def has_outdated_cookie(self) -> bool:
        """Return whether a former key signed the cookie of the user of this session."""
        name = current_app.config["REMEMBER_COOKIE_NAME"]
        found = self.read_cookie(request.cookies.get(name, ""))
        return (
            found is not None
            and not found.is_current
            and g.get("logged_in", False)
            # Not where the view has logged a user in or out.
            and session.get("_user_id") == found.token
            and "_remember" not in session
        )

    def _set_cookie(self, response: Response) -> None:
        # Flask-Login makes this time with datetime.utcnow(), which warns since
        # Python 3.12, and which may be later than the end of the session.
        response.set_cookie(
            value=encode_cookie(str(session["_user_id"])),
            expires=g.get("session_ends_at"),
            **remember_cookie(),
        )

    def _clear_cookie(self, response: Response) -> None:
        # Browsers take the deletion of a __Host- cookie only with its attributes.
        response.delete_cookie(**remember_cookie())


def remember_cookie() -> dict[str, Any]:
    """Return what the remember cookie is called, and its attributes."""
    config = current_app.config
    return {
        "key": config["REMEMBER_COOKIE_NAME"],
        "path": path_of("REMEMBER"),
        "domain": config["REMEMBER_COOKIE_DOMAIN"],
        "secure": config["REMEMBER_COOKIE_SECURE"],
        "httponly": config["REMEMBER_COOKIE_HTTPONLY"],
        "samesite": config["REMEMBER_COOKIE_SAMESITE"],
    }


def keep_forms(token: str) -> None:
    """Put the secret of this session's forms into the session cookie.

    It is made of the session's token, so that the remember cookie brings it back, and
    cannot be made by anybody who does not have that token.
    """
    field = current_app.config["WTF_CSRF_FIELD_NAME"]
    secret = hashlib.sha256(f"forms of {token}".encode()).hexdigest()
    if field not in session:
        session[field] = secret
        g.pop(field, None)  # the token of the session before


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
