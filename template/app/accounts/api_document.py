"""What accounts add to the document of the API: credentials, and who may read it.

Settings: API_DOCS, SESSION_COOKIE_NAME, WTF_CSRF_HEADERS. Maintained by copier-flask.
"""

from __future__ import annotations

from flask import current_app
from flask import Flask
from flask import redirect
from flask import request
from flask.typing import ResponseReturnValue
from flask_login import login_url

from app.accounts.access import current_user
from app.core.openapi_responses import SECURITY
from app.extensions import login_manager

DOCUMENT, PAGE = "api_document", "api_docs"  # the endpoints of app/core/api_docs.py


def init_app(app: Flask) -> None:
    app.before_request(require_account)
    app.extensions[SECURITY] = security(app)


def require_account() -> ResponseReturnValue | None:
    """Ask a visitor of the document to log in, if `API_DOCS` is "accounts"."""
    if request.endpoint not in {DOCUMENT, PAGE}:
        return None
    if current_app.config["API_DOCS"] != "accounts" or current_user.is_authenticated:
        return None
    # The page is for people, though its address is below /api/.
    if request.endpoint == PAGE and login_manager.login_view:
        return redirect(str(login_url(login_manager.login_view, request.path)))
    return login_manager.unauthorized()


def security(app: Flask) -> dict[str, object]:
    """Return how requests authenticate: safe ones, and those that change something."""
    schemes: dict[str, object] = {
        "token": {
            "type": "http",
            "scheme": "bearer",
            "description": "An API token, in the field Authorization: Bearer.",
        },
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": app.config["SESSION_COOKIE_NAME"],
            "description": "The cookie of a log-in on the site.",
        },
    }
    unsafe: list[dict[str, list[str]]] = [{"token": []}]
    # Without the setting a JSON request has no place for the token of a session.
    if names := app.config["WTF_CSRF_HEADERS"]:
        schemes["csrf"] = {
            "type": "apiKey",
            "in": "header",
            "name": names[0],
            "description": "The token of the session, from a form on any page. "
            "A request that changes something needs it with the cookie.",
        }
        unsafe.append({"session": [], "csrf": []})
    safe: list[dict[str, list[str]]] = [{"token": []}, {"session": []}]
    return {"schemes": schemes, "safe": safe, "unsafe": unsafe}
