"""CSRF: no cache stores a token, and a refused form does not lose its input.

Settings: WTF_CSRF_FIELD_NAME. Maintained by copier-flask.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from flask import current_app
from flask import Flask
from flask import g
from flask import request
from flask import Response
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from app.core.errors import API_PREFIX
from app.core.errors import handle_http_error
from app.core.errors import rendered
from app.core.rules import seconds

# Fields that the error page must not show. The server does not know the type of an
# input, so the name decides: give fields for secrets such names.
SECRET = re.compile(
    r"pass|secret|token|csrf|pwd|otp|cvc|cvv|iban|ssn|"
    r"(^|[_-])(pin\d*|code|card|current|confirm|key)(?![a-z])",
    re.IGNORECASE,
)

# The error page must not be many times as large as the form.
MAX_SHOWN_FIELDS = 50
MAX_SHOWN_CHARACTERS = 10_000


SETTINGS = (
    # None: a token is valid as long as its session, so a form that was open for hours
    # can still be submitted. Flask-WTF's default is an hour.
    seconds("WTF_CSRF_TIME_LIMIT", None, low=1, optional=True),
)


def init_app(app: Flask) -> None:
    app.after_request(keep_out_of_caches)
    app.register_error_handler(CSRFError, handle_csrf_error)


def keep_out_of_caches(response: Response) -> Response:
    """Mark responses with a CSRF token as `private, no-store`.

    A cached token is rejected in another visitor's session. Overrides the view's
    Cache-Control.
    """
    if carries_token(response):
        response.headers["Cache-Control"] = "no-store, private"

    return response


def carries_token(response: Response) -> bool:
    """Return whether a response of any endpoint contains the CSRF token.

    A streamed page must create its token before the first chunk, such as by creating
    the form in the view.
    """
    # Flask-WTF stores the token here when it is first used.
    token = g.get(current_app.config["WTF_CSRF_FIELD_NAME"])
    if token is None:
        return False

    # These cannot be searched, so the token counts as sent.
    if response.is_streamed or response.content_encoding:
        return True

    return token.encode() in response.get_data() or token in str(response.headers)


def handle_csrf_error(error: CSRFError) -> ResponseReturnValue:
    """Return a page with the reason, the input, and a link back to the form."""
    if request.path.startswith(API_PREFIX):
        return handle_http_error(error)

    shown, more = typed()
    page = rendered(
        "csrf_error.html", error, back=path_of_the_form(), typed=shown, more=more
    )
    # It contains personal input.
    return Response(page, error.code, {"Cache-Control": "no-store, private"})


def path_of_the_form() -> str | None:
    """Return the path that was posted to, if a browser can open it as a page."""
    adapter = current_app.create_url_adapter(request)
    try:
        if adapter:
            adapter.match(method="GET")
    except HTTPException:
        return None

    # Quoted again: after a slash, browsers may read a backslash or tab as "//".
    query = request.query_string.decode("latin-1")
    return quote(request.script_root + request.path) + (f"?{query}" if query else "")


def typed() -> tuple[list[tuple[str, str]], bool]:
    """Return names and values of the form's fields, without secrets.

    The second value is true if the form exceeds MAX_SHOWN_FIELDS or
    MAX_SHOWN_CHARACTERS. A form from another site has no fields here: its input is not
    the visitor's.
    """
    if request.headers.get("Sec-Fetch-Site") in {"cross-site", "same-site"}:
        return [], False

    token = current_app.config["WTF_CSRF_FIELD_NAME"]
    shown: list[tuple[str, str]] = []
    left = MAX_SHOWN_CHARACTERS
    for name, value in request.form.items(multi=True):
        if not value.strip() or SECRET.search(name) or name.endswith(token):
            continue
        if left <= 0 or len(shown) == MAX_SHOWN_FIELDS:
            return shown, True
        shown.append((name[:left], value[:left]))
        left -= len(name) + len(value)
    return shown, left < 0
