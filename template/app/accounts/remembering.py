"""The remember cookie when the secret key changes: it is read, and signed anew.

Flask-Login 0.6.3 knows the key of now alone: whoever asked to be kept logged in would
have to log in again.
"""

from __future__ import annotations

from flask import current_app
from flask import g
from flask import request
from flask import Response
from flask import session
from flask_login.utils import decode_cookie
from flask_login.utils import encode_cookie

from app.accounts import login
from app.core.key_rotation import signing_keys


class LoginManager(login.LoginManager):
    """The project's own, which also honours SECRET_KEY_FALLBACKS."""

    def _load_user_from_remember_cookie(self, cookie: str) -> object:
        token = token_by_an_old_key(cookie)
        return super()._load_user_from_remember_cookie(
            cookie if token is None else encode_cookie(token)
        )

    def _update_remember_cookie(self, response: Response) -> Response:
        # Also where the session alone said who it is: when that ends, the cookie must
        # be one that the key of that day has signed.
        if "_login_user" in g and is_out_of_date():
            session["_remember"] = "set"
        return super()._update_remember_cookie(response)


def is_out_of_date() -> bool:
    """Tell whether an old key has signed the cookie of whoever is logged in now."""
    name = current_app.config["REMEMBER_COOKIE_NAME"]
    token = token_by_an_old_key(request.cookies.get(name, ""))
    return (
        token is not None
        and g.get("logged_in", False)
        # Not where the view has logged somebody in or out.
        and session.get("_user_id") == token
        and "_remember" not in session
    )


def token_by_an_old_key(cookie: str) -> str | None:
    """Return what a cookie holds that one of the fallback keys has signed."""
    *old, new = signing_keys(current_app)
    # Flask-Login raises for anything but ASCII.
    if not cookie.isascii() or decode_cookie(cookie, key=new) is not None:
        return None

    tokens = (decode_cookie(cookie, key=key) for key in old)
    return next((token for token in tokens if token is not None), None)
