"""Logging: one structured line for each request, and an id that joins its lines."""

from __future__ import annotations

import json
import logging
import re
import time
import uuid
from datetime import datetime
from datetime import UTC

from flask import current_app
from flask import Flask
from flask import g
from flask import has_app_context
from flask import has_request_context
from flask import request
from flask import Response
from flask.logging import default_handler

HEADER = "X-Request-ID"
SAFE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

logger = logging.getLogger(__name__)


class LineHandler(logging.StreamHandler):  # type: ignore[type-arg]
    """The one handler of the root logger, so that every library's lines look alike."""


class JsonFormatter(logging.Formatter):
    """One line of JSON: what a client sent cannot begin a second line."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        # Work for a request, in a context of its own, may bear the id of the request.
        if has_request_context() or (has_app_context() and "request_id" in g):
            line["request_id"] = request_id()
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)

        return json.dumps(line, default=str)


class TextFormatter(logging.Formatter):
    """For a developer's terminal: tracebacks stay readable."""

    def __init__(self) -> None:
        super().__init__("%(levelname)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:
        fields = getattr(record, "fields", None)
        return super().formatMessage(record) + (
            f" {json.dumps(fields)}" if fields else ""
        )


def init_app(app: Flask) -> None:
    handler = LineHandler()
    handler.setFormatter(JsonFormatter() if app.config["LOG_JSON"] else TextFormatter())

    # Replaced, not added: tests make many applications in one process.
    root = logging.getLogger()
    root.handlers = [old for old in root.handlers if not isinstance(old, LineHandler)]
    root.addHandler(handler)
    app.logger.removeHandler(default_handler)
    app.logger.setLevel(app.config["LOG_LEVEL"])

    app.before_request(start_clock)
    app.after_request(log_request)


def request_id() -> str:
    """Return the id of this request: the proxy's, where there is one, or a new one."""
    if "request_id" not in g:
        given = (
            request.headers.get(HEADER, "") if current_app.config["PROXY_HOPS"] else ""
        )
        g.request_id = given if SAFE_ID.fullmatch(given) else uuid.uuid4().hex

    known: str = g.request_id
    return known


def start_clock() -> None:
    g.request_started = time.perf_counter()


def log_request(response: Response) -> Response:
    response.headers[HEADER] = request_id()

    # The path without its query, and no header or body: those hold people's secrets.
    fields: dict[str, object] = {
        "method": request.method,
        "path": request.path,
        "status": response.status_code,
        "address": request.remote_addr,
        "request_id": request_id(),
    }
    if started := g.get("request_started"):
        fields["milliseconds"] = round((time.perf_counter() - started) * 1000, 1)

    logger.info("request", extra={"fields": fields})
    return response
