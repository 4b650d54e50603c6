"""Forms of a remembered user whose session cookie has expired.

A form that was open overnight is accepted: the remember cookie logs the user in before
the form's token is checked, and the session's CSRF secret is derived again (see
`set_csrf_secret` in app/accounts/login.py). Settings: REMEMBER_COOKIE_NAME,
WTF_CSRF_FIELD_NAME, WTF_CSRF_METHODS. Maintained by copier-flask.
"""

from __future__ import annotations

from flask import current_app
from flask import Flask
from flask import request
from flask import session
from flask_login import current_user


def init_app(app: Flask) -> None:
    app.before_request(log_in_first)


def log_in_first() -> None:
    """Log in by the remember cookie before csrf looks for the token of the session."""
    config = current_app.config
    if (
        request.method in config["WTF_CSRF_METHODS"]
        and config["REMEMBER_COOKIE_NAME"] in request.cookies
        and config["WTF_CSRF_FIELD_NAME"] not in session
    ):
        current_user._get_current_object()
