"""Probes: /api/health says that the process answers, /api/ready that it can work."""

from __future__ import annotations

from flask import current_app
from flask import Flask
from flask import jsonify
from flask import request
from flask import Response
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import BadRequest

from app.core import migrations
from app.core.errors import problem
from app.extensions import db


def init_app(app: Flask) -> None:
    # Open to everybody: neither tells more than up or down.
    app.add_url_rule("/api/health", view_func=health)
    app.add_url_rule("/api/ready", view_func=ready)
    app.before_request(answer_any_host)


def health() -> Response:
    return never_stored(jsonify(status="ok"))


def ready() -> Response:
    try:
        with db.engine.connect() as connection:
            connection.execute(text("SELECT 1"))
            if migrations.pending(connection):
                return not_ready(database="migrations pending")
    except SQLAlchemyError:
        current_app.logger.exception("The database does not answer.")
        return not_ready(database="down")

    return never_stored(jsonify(status="ok"))


def not_ready(**checks: str) -> Response:
    detail = "A part that this service needs is not ready."
    return never_stored(problem(503, "Service Unavailable", detail, checks=checks))


def never_stored(response: Response) -> Response:
    response.cache_control.no_store = True
    return response


def answer_any_host() -> Response | None:
    """Answer the probes of machines, which call by address and not by host name."""
    probes = {"/api/health": health, "/api/ready": ready}
    untrusted = isinstance(request.routing_exception, BadRequest)
    if untrusted and request.path in probes and request.method in {"GET", "HEAD"}:
        return probes[request.path]()

    return None
