"""Cross-origin requests (CORS): which sites may call the API from a browser.

Off by default: browsers then let no other site read an answer. With CORS_ORIGINS, pages
of the sites in the list may call everything under /api/. A preflight, which has no
credentials, is answered before anything asks for them.

CORS_CREDENTIALS also lets them send the cookies of this site, so that their scripts act
as who is logged in here. It needs a site of the same domain: SameSite keeps the cookies
from all others.

Settings: CORS_CREDENTIALS, CORS_ORIGINS. Maintained by copier-flask.
"""

from __future__ import annotations

import re

from flask import current_app
from flask import Flask
from flask import request
from flask import Response
from werkzeug.exceptions import BadRequest

from app.core.errors import API_PREFIX
from app.core.request_log import HEADER as REQUEST_ID
from app.core.rules import boolean
from app.core.rules import comma_separated
from app.core.rules import RuleError
from app.core.rules import Setting

# As browsers send it: in lower case, without a path, without the usual port.
ORIGIN = re.compile(r"https?://(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[0-9]{1,5})?")
USUAL_PORTS = {"http": ":80", "https": ":443"}

MAX_AGE = 600  # seconds that a browser may keep the answer to a preflight

# What a page may send beyond the headers that are always allowed, and what it may read.
SENT = ("Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match")
SENT_WITH_COOKIES = ("X-CSRFToken",)
READ = (
    *("Deprecation", "ETag", "Idempotency-Replayed", "Link", "Location"),
    *("RateLimit", "RateLimit-Policy", "Retry-After", "Sunset", "WWW-Authenticate"),
    REQUEST_ID,
)


def origins(value: object) -> list[str]:
    """Return a list of origins.

    Raises ValueError for what is no list, and `RuleError` for an entry that is no
    origin.
    """
    if not isinstance(value, list | tuple):
        raise ValueError
    for origin in value:
        if not isinstance(origin, str) or not is_origin(origin):
            raise RuleError(
                f"CORS_ORIGINS has {str(origin)[:60]!r}: name each site as browsers "
                "do, such as https://app.example.com, in lower case, without a path "
                "and without the usual port; * is not supported."
            )
    return list(value)


def is_origin(text: str) -> bool:
    """Return whether a text is an origin as browsers write it."""
    usual = USUAL_PORTS.get(text.partition(":")[0], "")
    return bool(ORIGIN.fullmatch(text)) and not text.endswith(usual)


SETTINGS: tuple[Setting, ...] = (
    # Sites whose pages may call the API, such as https://app.example.com.
    Setting(
        name="CORS_ORIGINS",
        default=(),
        read=comma_separated,
        check=origins,
        rule="a list of origins, in a variable separated by commas",
        variable="CORS_ORIGINS",
    ),
    # True: they may send the cookies of this site.
    boolean("CORS_CREDENTIALS", False, variable="CORS_CREDENTIALS"),
)


def init_app(app: Flask) -> None:
    if app.config["CORS_ORIGINS"]:
        app.before_request(answer_preflight)
        app.after_request(add_headers)


def answer_preflight() -> Response | None:
    """Answer the question of a browser whether a page may send a request."""
    is_preflight = (
        request.method == "OPTIONS"
        and "Access-Control-Request-Method" in request.headers
        and allowed_origin()
        # A host that is not trusted gets nothing.
        and not isinstance(request.routing_exception, BadRequest)
    )
    if not is_preflight:
        return None

    response = Response(status=204)
    methods = current_app.create_url_adapter(request).allowed_methods()  # type: ignore[union-attr]  # there is a request
    response.headers["Access-Control-Allow-Methods"] = ", ".join(sorted(methods))
    with_cookies = SENT_WITH_COOKIES if current_app.config["CORS_CREDENTIALS"] else ()
    names = ", ".join((*SENT, *with_cookies))
    response.headers["Access-Control-Allow-Headers"] = names
    response.headers["Access-Control-Max-Age"] = str(MAX_AGE)
    return response


def add_headers(response: Response) -> Response:
    """Say that the page that asks may read an answer, if its site is in the list."""
    if not request.path.startswith(API_PREFIX):
        return response

    # Without an Origin too: a cache must not give that answer to a page of a site.
    response.vary.add("Origin")
    if origin := allowed_origin():
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = ", ".join(READ)
        if current_app.config["CORS_CREDENTIALS"]:
            response.headers["Access-Control-Allow-Credentials"] = "true"
    return response


def allowed_origin() -> str | None:
    """Return the origin of a request to the API if it is in the list, else None."""
    origin = request.headers.get("Origin")
    is_allowed = origin in current_app.config["CORS_ORIGINS"]
    return origin if is_allowed and request.path.startswith(API_PREFIX) else None
