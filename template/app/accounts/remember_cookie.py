"""Secret key rotation for the remember cookie: it is read, and signed again.

Flask-Login 0.6.3 knows only the current key: all users with "Keep me logged in" would
have to log in again.

Maintained by copier-flask.
"""

from __future__ import annotations

from flask import current_app
from flask import Flask
from flask_login.utils import decode_cookie

from app.accounts.login import RememberCookie
from app.core.key_rotation import signing_keys
from app.extensions import login_manager


def init_app(app: Flask) -> None:
    login_manager.read_cookie = read_by_any_key


def read_by_any_key(cookie: str) -> RememberCookie | None:
    """Return the content of a cookie signed by SECRET_KEY or a fallback; else None."""
    *former, current = signing_keys(current_app)
    # Flask-Login raises TypeError for text that is not ASCII.
    if not cookie.isascii():
        return None

    for key in (current, *former):
        token = decode_cookie(cookie, key=key)
        if token is not None:
            return RememberCookie(token, is_current=key == current)
    return None
