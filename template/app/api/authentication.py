"""Who may use the API: people who are logged in, and programs with a token."""

from __future__ import annotations

from flask import current_app
from flask import request
from flask.typing import ResponseReturnValue

from app.accounts.access import current_user
from app.extensions import csrf
from app.extensions import login_manager


def authenticate() -> ResponseReturnValue | None:
    """Answer 401 without a token or a log-in, and 400 for a POST without a CSRF token.

    For a blueprint that is exempt from CSRFProtect, which would refuse such a request
    before authentication. A request with a token of a program needs no CSRF token:
    app/accounts/bearer.py.
    """
    # Browsers send preflight requests (CORS) without credentials.
    if request.method == "OPTIONS":
        return None
    if not current_user.is_authenticated:
        return login_manager.unauthorized()
    if current_app.config["WTF_CSRF_ENABLED"]:
        csrf.protect()
    return None
