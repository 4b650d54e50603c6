"""Flask-Login's LoginManager with changes.

Settings: REMEMBER_COOKIE_DOMAIN, REMEMBER_COOKIE_HTTPONLY, REMEMBER_COOKIE_NAME,
REMEMBER_COOKIE_SAMESITE, REMEMBER_COOKIE_SECURE, SESSION_COOKIE_NAME,
WTF_CSRF_FIELD_NAME. Maintained by copier-flask.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any
from typing import NamedTuple
from typing import TypeVar

import flask_login
from flask import current_app
from flask import flash
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

from app.accounts.redirects import holds_secret
from app.accounts.redirects import login_page
from app.core import rules
from app.core.cookies import path_of
from app.core.errors import API_PREFIX
from app.core.texts import from_english
from app.core.texts import lazy
from app.core.texts import text

SAFE_METHODS = ("GET", "HEAD")

# Keys of `app.extensions`, for requests that need no session. A function that returns
# the account, or None, and one that returns the 401 for a text.
LOAD_BY_TOKEN = "accounts.load_by_token"
NO_CREDENTIALS = "accounts.no_credentials"

Handler = TypeVar("Handler", bound=Callable[[], ResponseReturnValue])


class RememberCookie(NamedTuple):
    """The content of a remember cookie, and whether the current key signed it."""

    token: str
    is_current: bool = True


def read_remember_cookie(cookie: str) -> RememberCookie | None:
    """Return the content of a cookie that SECRET_KEY has signed; None for any other."""
    # Flask-Login compares signatures with a function that raises TypeError for text
    # that is not ASCII.
    token = decode_cookie(cookie) if cookie.isascii() else None
    return None if token is None else RememberCookie(token)


class LoginManager(flask_login.LoginManager):  # type: ignore[misc]  # no types
    """Flask-Login 0.6.3's LoginManager; the methods below differ.

    Change its attributes in app/extensions.py, such as `login_manager.login_view`.
    Below /api/, a missing log-in is always 401, also with an `unauthorized_handler`.
    """

    login_view: str | None

    def __init__(self) -> None:
        super().__init__()
        self.login_view = "auth.login"
        self.login_message = lazy("access.log_in")
        self.login_message_category = "info"
        # Chosen when it is flashed; a text of the owner's stays as it is.
        self.localize_callback = from_english
        # The page that asks for the password again; see reauthentication.py.
        self.refresh_view = "auth.reauthenticate"
        self.needs_refresh_message = None
        # Another function may accept the keys of SECRET_KEY_FALLBACKS too.
        self.read_cookie: Callable[[str], RememberCookie | None] = read_remember_cookie

    def unauthorized(self) -> ResponseReturnValue:
        """Redirect to the log-in page; below /api/ raises `Unauthorized`."""
        if not request.path.startswith(API_PREFIX):
            answer: ResponseReturnValue = super().unauthorized()
            return answer if self.unauthorized_callback else redirect_to_page(answer)

        refusal = current_app.extensions.get(NO_CREDENTIALS, unauthorized)
        raise refusal(text("access.log_in_first"))

    def unauthorized_handler(self, callback: Handler) -> Handler:
        """Use a function that answers visitors who are not logged in; a decorator."""
        super().unauthorized_handler(callback)
        return callback

    def needs_refresh_handler(self, callback: Handler) -> Handler:
        """Use a function that answers users whose log-in is not fresh; a decorator."""
        super().needs_refresh_handler(callback)
        return callback

    def needs_refresh(self) -> ResponseReturnValue:
        """Redirect to the page that asks for the password; see `unauthorized`."""
        if request.path.startswith(API_PREFIX):
            raise unauthorized(text("access.type_password_first"))
        answer: ResponseReturnValue = super().needs_refresh()
        if self.needs_refresh_callback:
            return answer
        if request.method not in SAFE_METHODS:
            flash(text("access.send_again"), "warning")
        return redirect_to_page(answer)

    def _load_user(self) -> None:
        load = current_app.extensions.get(LOAD_BY_TOKEN)
        user = load() if load else None
        if user is None:
            super()._load_user()
        else:
            self._update_request_context_with_user(user)

    def _load_user_from_remember_cookie(self, cookie: str) -> object:
        found = self.read_cookie(cookie)
        if found is None:
            return None
        user = super()._load_user_from_remember_cookie(encode_cookie(found.token))
        if user is not None:
            set_csrf_secret(session["_user_id"])
        return user

    def _update_remember_cookie(self, response: Response) -> Response:
        # Flask-Login reads the session after every request, which adds "Vary: Cookie"
        # to every response: no cache could share a page or a style sheet.
        # If the request did not load the user, the cookie has not changed either.
        if "_login_user" not in g:
            return response
        # Also if only the session identified the user: when the session ends, the
        # cookie must be signed with a key that is valid then.
        if self.has_outdated_cookie():
            session["_remember"] = "set"
        # With REMEMBER_COOKIE_REFRESH_EACH_REQUEST, Flask-Login would keep all users
        # logged in, also those who did not ask for it.
        if "_remember" not in session and not g.get("remembered", False):
            return response

        updated: Response = super()._update_remember_cookie(response)
        return updated

    def has_outdated_cookie(self) -> bool:
        """Return whether a former key signed the cookie of the user of this session."""
        cookie = request.cookies.get(current_app.config["REMEMBER_COOKIE_NAME"])
        found = self.read_cookie(cookie) if cookie else None
        return (
            found is not None
            and not found.is_current
            and g.get("logged_in", False)
            # Not if the view has logged a user in or out.
            and session.get("_user_id") == found.token
            and "_remember" not in session
        )

    def _set_cookie(self, response: Response) -> None:
        # Flask-Login uses datetime.utcnow(), which is deprecated since Python 3.12,
        # and a time that may be later than the end of the session.
        response.set_cookie(
            value=encode_cookie(str(session["_user_id"])),
            expires=g.get("session_ends_at"),
            **remember_cookie(),
        )

    def _clear_cookie(self, response: Response) -> None:
        # Browsers delete a __Host- cookie only if its attributes are sent again.
        response.delete_cookie(**remember_cookie())


def unauthorized(description: str) -> Unauthorized:
    """Return a 401 for the session cookie."""
    # This scheme does not open the browser's password dialog.
    realm = {"realm": "api", "cookie-name": current_app.config["SESSION_COOKIE_NAME"]}
    return Unauthorized(description, www_authenticate=WWWAuthenticate("cookie", realm))


def remember_cookie() -> dict[str, Any]:
    """Return the remember cookie's name and attributes, as `set_cookie` takes them."""
    config = current_app.config
    return {
        "key": config["REMEMBER_COOKIE_NAME"],
        "path": path_of("REMEMBER"),
        "domain": config["REMEMBER_COOKIE_DOMAIN"],
        "secure": config["REMEMBER_COOKIE_SECURE"],
        "httponly": config["REMEMBER_COOKIE_HTTPONLY"],
        "samesite": config["REMEMBER_COOKIE_SAMESITE"],
    }


def set_csrf_secret(token: str) -> None:
    """Put the CSRF secret of this session into the session cookie.

    It is derived from the session's token, so that the remember cookie restores it, and
    no one without that token can compute it.
    """
    field = current_app.config["WTF_CSRF_FIELD_NAME"]
    secret = hashlib.sha256(f"forms of {token}".encode()).hexdigest()
    if field not in session:
        session[field] = secret
        g.pop(field, None)  # the former session's token


def redirect_to_page(answer: ResponseReturnValue) -> ResponseReturnValue:
    """Return Flask-Login's redirect with a page as the target after log-in."""
    if holds_secret():
        flash(text("access.open_again"), "info")
    changes = holds_secret() or request.method not in SAFE_METHODS
    if changes and isinstance(answer, BaseResponse) and answer.location:
        answer.location = login_page(answer.location)
    return answer


# A name of release 0.12, kept in this release because the owner's files may use it.
duration = rules.duration
