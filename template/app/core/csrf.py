"""Forms: no cache keeps a page with a token, and a refused form loses no words.

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

# Fields that a page must not show again. The server cannot see how an input is typed,
# so its name decides: choose names for secrets that say so.
SECRET = re.compile(
    r"pass|secret|token|csrf|pwd|otp|cvc|cvv|iban|ssn|"
    r"(^|[_-])(pin\d*|code|card|current|confirm|key)(?![a-z])",
    re.IGNORECASE,
)

# What a page shows of a form: it must not be many times what was sent.
MAX_SHOWN_FIELDS = 50
MAX_SHOWN_CHARACTERS = 10_000


SETTINGS = (
    # None: a token lasts as long as its session, and a page that was open over lunch
    # can still be sent. Flask-WTF's own default is an hour.
    seconds("WTF_CSRF_TIME_LIMIT", None, low=1, optional=True),
)


def init_app(app: Flask) -> None:
    app.after_request(keep_out_of_caches)
    app.register_error_handler(CSRFError, handle_csrf_error)


def keep_out_of_caches(response: Response) -> Response:
    """Let no cache keep a token: who is given another's has their form refused.

    What the view itself has said about caches gives way.
    """
    if carries_token(response):
        response.headers["Cache-Control"] = "no-store, private"

    return response


def carries_token(response: Response) -> bool:
    """Tell whether the token of this request is in the answer, whatever its endpoint.

    A page that is streamed must have its token before the first chunk, such as by
    making its form in the view.
    """
    # Flask-WTF keeps the token here from the moment that anything asked for it.
    token = g.get(current_app.config["WTF_CSRF_FIELD_NAME"])
    if token is None:
        return False

    # These cannot be looked through, so the token counts as sent.
    if response.is_streamed or response.content_encoding:
        return True

    return token.encode() in response.get_data() or token in str(response.headers)


def handle_csrf_error(error: CSRFError) -> ResponseReturnValue:
    """Say why a form was refused, show what was typed, and link back to the form."""
    if request.path.startswith(API_PREFIX):
        return handle_http_error(error)

    shown, more = typed()
    page = rendered(
        "csrf_error.html", error, back=path_of_the_form(), typed=shown, more=more
    )
    # It holds somebody's words.
    return Response(page, error.code, {"Cache-Control": "no-store, private"})


def path_of_the_form() -> str | None:
    """Return the path that was posted to, if a browser can open it as a page."""
    adapter = current_app.create_url_adapter(request)
    try:
        if adapter:
            adapter.match(method="GET")
    except HTTPException:
        return None

    # Quoted again: browsers read a backslash or a tab as the beginning of a host.
    query = request.query_string.decode("latin-1")
    return quote(request.script_root + request.path) + (f"?{query}" if query else "")


def typed() -> tuple[list[tuple[str, str]], bool]:
    """Return the fields of the form and what was typed into them, but for secrets.

    The second value tells whether more was typed than MAX_SHOWN_FIELDS and
    MAX_SHOWN_CHARACTERS let through. Nothing is shown where a page of another site has
    sent the form: those are not the reader's words.
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
