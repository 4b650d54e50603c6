"""Errors: a page for people, and problem+json (RFC 9457) for callers of the API.

`init_app()` binds texts.py too.

Settings: REDIS_URL. Maintained by copier-flask.
"""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from importlib import import_module
from typing import Any

from flask import current_app
from flask import Flask
from flask import g
from flask import json
from flask import render_template
from flask import request
from flask import Response
from flask.typing import ResponseReturnValue
from markupsafe import escape
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import BadRequest
from werkzeug.exceptions import default_exceptions
from werkzeug.exceptions import HTTPException
from werkzeug.exceptions import ServiceUnavailable
from werkzeug.http import HTTP_STATUS_CODES

from app.core import request_log
from app.core import texts
from app.core import unavailable
from app.core.request_log import request_id

API_PREFIX = "/api/"

RETRY_AFTER = 5  # seconds
DETAIL_EVERY = 60  # seconds

logger = logging.getLogger(__name__)


def init_app(app: Flask) -> None:
    app.register_error_handler(HTTPException, handle_http_error)
    app.extensions["failures"] = {}
    texts.init_app(app)

    for expected in (SQLAlchemyError, OSError, unavailable.UnavailableError):
        app.register_error_handler(expected, handle_failure)
    if app.config.get("REDIS_URL"):
        with suppress(ImportError):
            expected = import_module("redis.exceptions").RedisError
            app.register_error_handler(expected, handle_failure)


def handle_http_error(error: HTTPException) -> ResponseReturnValue:
    """Return the response for an error; an unexpected one arrives here as a 500."""
    # abort(response) already carries the full response.
    if error.response is not None:
        return error
    # The URL decides and not the blueprint: an unknown URL has none.
    if request.path.startswith(API_PREFIX):
        title, detail = words_of(error)
        response = problem(error.code or 500, title, detail)
    else:
        response = Response(page(error), error.code)

    # Allow, Retry-After and WWW-Authenticate are kept in both formats.
    for name, value in error.get_headers():
        if name != "Content-Type":
            response.headers[name] = value

    return response


def handle_failure(error: Exception) -> ResponseReturnValue:
    """Return a 503 for a temporary failure; raise any other error again."""
    if failure := unavailable.cause(error):
        return service_unavailable(error, failure)

    # Without this handler, Flask would call the owner's handler for Exception.
    general = current_app.error_handler_spec[None][None].get(Exception)
    if general is None:
        raise error
    response: ResponseReturnValue = current_app.ensure_sync(general)(error)
    return response


def service_unavailable(error: BaseException, failure: str) -> ResponseReturnValue:
    """Return the answer to a temporary failure, a 503, and log it in one line.

    Rolls the session of the request back. `failure` is what unavailable.cause() says.
    """
    # The page may use the session, and the view's changes must not be saved.
    with suppress(Exception):
        current_app.extensions["sqlalchemy"].session.rollback()

    note_failure(error, failure)
    answer = unavailable_answer(error)
    # The handler above, or one that the owner has registered.
    handler: Any = current_app._find_error_handler(answer, request.blueprints)
    response: ResponseReturnValue = current_app.ensure_sync(handler)(answer)
    return response


def unavailable_answer(error: BaseException) -> ServiceUnavailable:
    """Return the 503 for a temporary failure, with its own description if it has one.

    For handlers and for code outside of Flask, which make a response of it.
    """
    default = unavailable.UnavailableError.description
    description = getattr(error, "description", default)
    return ServiceUnavailable(description, retry_after=RETRY_AFTER)


def note_failure(error: BaseException, failure: str) -> None:
    """Name a failure in the request's line, once a minute in the driver's words."""
    g.failure = failure
    fields = {"failure": failure}

    logged, now = current_app.extensions["failures"], time.monotonic()
    if now - logged.get(failure, -DETAIL_EVERY) >= DETAIL_EVERY:
        logged[failure] = now
        fields["detail"] = str(getattr(error, "orig", error)).partition("\n")[0][:300]

    request_log.note(level=logging.WARNING, **fields)


def words_of(error: HTTPException) -> tuple[str, str]:
    """Return what an error is called, and what it says."""
    title, detail = error.name, error.description or ""
    # By the status: another version of Werkzeug may say it in another way.
    if title == HTTP_STATUS_CODES.get(error.code or 0):
        title = texts.changed(f"http.{error.code}.title") or title
    default = default_exceptions.get(error.code or 0)
    if default and detail == default.description:
        detail = texts.changed(f"http.{error.code}.detail") or detail
    return title, texts.from_english(detail)


def problem(status: int, title: str, detail: str | None, **more: object) -> Response:
    """Return an RFC 9457 answer; `more` are extension members."""
    body = {**problem_body(status, title, detail, request_id()), **more}
    return Response(json.dumps(body), status, mimetype="application/problem+json")


def problem_body(
    status: int, title: str, detail: str | None, request_id: str
) -> dict[str, object]:
    """Return the members that every problem has."""
    return {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "request_id": request_id,
    }


def page(error: HTTPException) -> str:
    """Return the HTML of an error, a bare page if the host is not trusted."""
    # Without a valid and trusted host Flask builds no URL, and every page needs some.
    if isinstance(request.routing_exception, BadRequest):
        return bare_page(error)
    return rendered("error.html", error)


def rendered(template: str, error: HTTPException, **values: object) -> str:
    """Return the site's page about an error; a bare one where the layout fails."""
    # A layout that asks who is logged in would wait once more for the database.
    known = {"current_user": None} if "failure" in g else {}
    title, detail = words_of(error)
    try:
        return render_template(
            template,
            error=error,
            title=title,
            detail=detail,
            request_id=request_id(),
            **known,
            **values,
        )
    except Exception as fault:  # an error in the layout must not hide the first one
        if failure := unavailable.cause(fault):
            note_failure(fault, failure)
        else:
            logger.exception("The error page failed.")
        return bare_page(error)


def bare_page(error: HTTPException) -> str:
    """Return the HTML of an error without a template."""
    language = escape(texts.text("pages.language"))
    title, detail = (escape(words) for words in words_of(error))
    return (
        f'<!doctype html>\n<html lang="{language}">\n<title>{title}</title>\n'
        f"<h1>{title}</h1>\n<p>{detail}</p>\n"
    )
