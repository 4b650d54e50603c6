"""Probes: /api/health reports that the process is up, /api/ready that it can serve.

Settings: REDIS_URL. Maintained by copier-flask.
"""

from __future__ import annotations

from importlib import import_module

from flask import current_app
from flask import Flask
from flask import jsonify
from flask import request
from flask import Response
from sqlalchemy import text
from werkzeug.exceptions import BadRequest

from app.core import migrations
from app.core import texts
from app.core import unavailable
from app.core.errors import note_failure
from app.core.errors import problem
from app.core.errors import RETRY_AFTER


def init_app(app: Flask) -> None:
    # Public: they show only whether the service is up.
    app.add_url_rule("/api/health", view_func=health)
    app.add_url_rule("/api/ready", view_func=ready)
    app.before_request(answer_any_host)


def health() -> Response:
    """Return 200 without looking at anything else."""
    return never_stored(jsonify(status="ok"))


def ready() -> Response:
    """Return 200, or 503 with `checks`, which names each part that is not ready."""
    checks = {"database": database_check(), "redis": redis_check()}
    failed = {name: state for name, state in checks.items() if state}
    if not failed:
        return never_stored(jsonify(status="ok"))

    detail = texts.text("health.not_ready")
    title = texts.text("http.503.title")
    response = problem(503, title, detail, checks=failed)
    response.headers["Retry-After"] = str(RETRY_AFTER)
    return never_stored(response)


def database_check() -> str | None:
    """Return what is wrong with the database, or None."""
    try:
        with current_app.extensions["sqlalchemy"].engine.connect() as connection:
            connection.execute(text("SELECT 1"))
            if migrations.pending(connection):
                return "migrations pending"
    # A driver may raise any exception for a wrong option.
    except Exception as error:  # noqa: BLE001
        log_failure("database", error)
        return "down"
    return None


def redis_check() -> str | None:
    """Return what is wrong with the Redis of REDIS_URL, or None."""
    url = current_app.config.get("REDIS_URL")
    if not url:
        return None
    try:
        connect = import_module("redis").Redis.from_url
        options = {"socket_timeout": 1, "socket_connect_timeout": 1, "retry": None}
        with connect(url, **options) as client:
            client.ping()
    except ImportError:  # not installed, so not used
        return None
    except Exception as error:  # noqa: BLE001
        log_failure("redis", error)
        return "down"
    return None


def log_failure(part: str, error: Exception) -> None:
    """Log an expected failure in one line, and any other with its traceback."""
    if failure := unavailable.cause(error):
        note_failure(error, failure)
    else:
        current_app.logger.error("The %s check failed.", part, exc_info=error)


def never_stored(response: Response) -> Response:
    """Return the response, which caches must not store."""
    response.cache_control.no_store = True
    return response


def answer_any_host() -> Response | None:
    """Answer probes, which use the IP address as Host, without the host check."""
    if not isinstance(request.routing_exception, BadRequest):
        return None  # the host is trusted

    probe = {"/api/health": health, "/api/ready": ready}.get(request.path)
    return probe() if probe and request.method in {"GET", "HEAD"} else None
