"""Errors: a page for people, and problem+json (RFC 9457) for callers of the API."""

from __future__ import annotations

from flask import current_app
from flask import Flask
from flask import json
from flask import render_template
from flask import request
from flask import Response
from flask.typing import ResponseReturnValue
from markupsafe import escape
from werkzeug.exceptions import BadRequest
from werkzeug.exceptions import HTTPException

from app.core.request_log import request_id

API_PREFIX = "/api/"


def init_app(app: Flask) -> None:
    app.register_error_handler(HTTPException, handle_http_error)


def handle_http_error(error: HTTPException) -> ResponseReturnValue:
    """Answer any error; one that the code did not expect arrives here as a 500."""
    # abort(response) says all there is to say.
    if error.response is not None:
        return error

    # The URL decides and not the blueprint: an unknown URL has none.
    if request.path.startswith(API_PREFIX):
        response = problem(error.code or 500, error.name, error.description)
    else:
        response = Response(page(error), error.code)

    # Allow, Retry-After and WWW-Authenticate belong to the error, whatever its form.
    for name, value in error.get_headers():
        if name != "Content-Type":
            response.headers[name] = value

    return response


def problem(status: int, title: str, detail: str | None, **more: object) -> Response:
    """Return an RFC 9457 answer; `more` are extension members."""
    body = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "request_id": request_id(),
        **more,
    }
    return Response(json.dumps(body), status, mimetype="application/problem+json")


def page(error: HTTPException) -> str:
    # Without a valid and trusted host Flask builds no URL, and every page needs some.
    if isinstance(request.routing_exception, BadRequest):
        return bare_page(error)

    try:
        return render_template("error.html", error=error, request_id=request_id())
    except Exception:  # an error in the layout must not hide the first one
        current_app.logger.exception("The error page failed.")
        return bare_page(error)


def bare_page(error: HTTPException) -> str:
    return (
        f'<!doctype html>\n<html lang="en">\n<title>{escape(error.name)}</title>\n'
        f"<h1>{escape(error.name)}</h1>\n<p>{escape(error.description)}</p>\n"
    )
