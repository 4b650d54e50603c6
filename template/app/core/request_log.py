"""Logging: one structured line for each request, and an id that joins its lines.

`app/core/responses.py` calls `begin()` and `write_line()` around Flask, so every
request has its id and its line, also after an exception.

Settings: APP_CONFIG, LOG_JSON, LOG_LEVEL, PROXY_HOPS. Maintained by copier-flask.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import time
from datetime import datetime
from datetime import UTC
from types import TracebackType
from wsgiref.types import WSGIEnvironment

from flask import current_app
from flask import Flask
from flask import g
from flask import has_app_context
from flask import has_request_context
from flask import request
from flask.logging import default_handler

from app.core import unavailable

HEADER = "X-Request-ID"
WSGI_HEADER = "HTTP_X_REQUEST_ID"
SAFE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

# Characters: clients choose the path, which must not fill the log.
MAX_PATH_LENGTH = 200
MAX_METHOD_LENGTH = 20

# Without spaces: under load the log grows quickly.
ENCODER = json.JSONEncoder(default=str, separators=(",", ":"))

# Keys of the WSGI environment, which exists before Flask runs and after it has failed.
ID = "app.request_id"
PATH = "app.request_path"  # what is logged in place of a path that holds a secret
STARTED = "app.request_started"
NOTES = "app.request_notes"
LEVEL = "app.request_level"
STATIC = "app.request_static"

ExceptionInfo = (
    tuple[type[BaseException], BaseException, TracebackType | None]
    | tuple[None, None, None]
)

logger = logging.getLogger(__name__)


class LineHandler(logging.StreamHandler):  # type: ignore[type-arg]
    """The one handler of the root logger, so that every library's lines look alike."""


class Formatter(logging.Formatter):
    """Any log of a temporary failure is one line: its cause, and no traceback."""

    def formatException(self, ei: ExceptionInfo) -> str:
        return unavailable.cause(ei[1]) or super().formatException(ei)


class JsonFormatter(Formatter):
    """One line of JSON: what a client sent cannot begin a second line."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": utc_time(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        # Background work runs in its own context and may carry the id of a request.
        if has_request_context() or (has_app_context() and "request_id" in g):
            line["request_id"] = request_id()
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)

        return ENCODER.encode(line)


def utc_time(seconds: float) -> str:
    """Return a time in ISO 8601, to the millisecond."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


class TextFormatter(Formatter):
    """For a developer's terminal: tracebacks stay readable."""

    def __init__(self) -> None:
        super().__init__("%(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        record.exc_text = None  # another handler's, which has the traceback
        return super().format(record)

    def formatMessage(self, record: logging.LogRecord) -> str:
        fields = getattr(record, "fields", None)
        return super().formatMessage(record) + (
            f" {json.dumps(fields)}" if fields else ""
        )


def init_app(app: Flask) -> None:
    handler = LineHandler()
    development = app.config["APP_CONFIG"] == "development"
    if development:
        # Its request lines have less information.
        logging.getLogger("werkzeug").addFilter(is_not_request_line)
    app.extensions["logs_static_files"] = not development
    handler.setFormatter(JsonFormatter() if app.config["LOG_JSON"] else TextFormatter())

    # Replaced, not added: tests make many applications in one process.
    root = logging.getLogger()
    root.handlers = [old for old in root.handlers if not isinstance(old, LineHandler)]
    root.addHandler(handler)
    app.logger.removeHandler(default_handler)
    app.logger.setLevel(app.config["LOG_LEVEL"])
    if app.config["LOG_JSON"]:
        format_other_loggers()


def is_not_request_line(record: logging.LogRecord) -> bool:
    """Return whether a record is not a request line of Werkzeug's server."""
    return '"%s" %s %s' not in str(record.msg)


def format_other_loggers() -> None:
    """Let loggers with separate handlers write JSON, such as the server's."""
    for other in list(logging.root.manager.loggerDict.values()):
        for handler in getattr(other, "handlers", ()):
            # The owner chooses the format of handlers that write to files.
            if getattr(handler, "stream", None) in (sys.stdout, sys.stderr):
                handler.setFormatter(JsonFormatter())


def begin(environ: WSGIEnvironment, trusts_proxy: bool) -> None:
    """Start the clock of a request and give it its id."""
    environ[STARTED] = time.perf_counter()
    environ[ID] = given_id(environ, trusts_proxy) or os.urandom(16).hex()


def given_id(environ: WSGIEnvironment, trusts_proxy: bool) -> str | None:
    """Return the id that a proxy has sent, if there is a proxy and the id is safe."""
    given = environ.get(WSGI_HEADER, "") if trusts_proxy else ""
    return given if SAFE_ID.fullmatch(given) else None


def request_id() -> str:
    """Return the id of this request: the one that a proxy sent, or a new one.

    In an application context without a request it is the id of the request that the
    work is for, or a new one.
    """
    if not has_request_context():
        known: str = g.get("request_id") or os.urandom(16).hex()
        return known

    if ID not in request.environ:  # a context of a test, which no server has begun
        begin(request.environ, bool(current_app.config["PROXY_HOPS"]))
    return str(request.environ[ID])


def note(*, level: int | None = None, **fields: object) -> None:
    """Add `fields` to the line of this request, and raise the level of the line.

    For events that need no separate line. Does nothing outside of a request.
    """
    if has_request_context():
        request.environ.setdefault(NOTES, {}).update(fields)
        request.environ[LEVEL] = max(level or 0, request.environ.get(LEVEL, 0))


def mark_static() -> None:
    """Mark a request of a static file, which has no line in development."""
    request.environ[STATIC] = True


def path_of(environ: WSGIEnvironment) -> str:
    """Return the value of `request.path`, without a request context."""
    path = str(environ.get("PATH_INFO", "")).encode("latin-1", "replace")
    return "/" + path.decode("utf-8", "replace").lstrip("/")


def logged_path(environ: WSGIEnvironment) -> str:
    """Return the path of a request as logs have it, without a secret."""
    return str(environ.get(PATH) or path_of(environ))[:MAX_PATH_LENGTH]


def write_line(environ: WSGIEnvironment, status: int) -> None:
    """Write the line of a request that is answered with `status`."""
    level = environ.get(LEVEL) or logging.INFO
    if not logger.isEnabledFor(level):
        return

    # The path without its query, and no header or body: those hold people's secrets.
    fields = {
        "method": environ.get("REQUEST_METHOD", "")[:MAX_METHOD_LENGTH],
        "path": logged_path(environ),
        "status": status,
        "address": environ.get("REMOTE_ADDR"),
        "request_id": environ[ID],
        "milliseconds": round((time.perf_counter() - environ[STARTED]) * 1000, 1),
        **environ.get(NOTES, {}),
    }
    # Not logger.log(), which searches the stack for its caller.
    record = logger.makeRecord(
        logger.name, level, __file__, 0, "request", (), None, extra={"fields": fields}
    )
    logger.handle(record)
