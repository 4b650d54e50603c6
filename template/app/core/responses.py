"""Headers and a log line for every response, also after an exception.

A layer around Flask adds the security headers and the request id, writes the line of
the request, and answers exceptions that escape from Flask: in a teardown function, in
an error handler, or before Flask handles the request. The server gets status and
headers only when Flask has finished.

Settings: PROPAGATE_EXCEPTIONS, PROXY_HOPS. Maintained by copier-flask.
"""

from __future__ import annotations

import json
import logging
import re
import string
import traceback
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from urllib.parse import quote
from wsgiref.types import StartResponse
from wsgiref.types import WSGIEnvironment

from flask import Flask
from flask import Response
from werkzeug.exceptions import HTTPException
from werkzeug.exceptions import InternalServerError

from app.core import request_log
from app.core import unavailable
from app.core.errors import API_PREFIX
from app.core.errors import bare_page
from app.core.errors import problem_body
from app.core.errors import unavailable_answer
from app.core.errors import words_of
from app.core.texts import texts_of

Headers = list[tuple[str, str]]

# Valid header names: servers refuse others after the response has left Flask.
NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
NOT_SENDABLE = re.compile(r"[^\t\x20-\x7e\x80-\xff]")

# A key of the WSGI environment: the after_request functions that have raised. It is
# there from the moment that an unexpected error is answered.
FAILED = "app.failed_hooks"

logger = logging.getLogger(__name__)


class Middleware:
    """A WSGI middleware; other modules set `set_headers` and `hide_secret`."""

    set_headers: Callable[..., object] | None = None
    # Sets `request_log.PATH` if the path of a request holds a secret.
    hide_secret: Callable[[WSGIEnvironment], object] | None = None

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.flask = app.wsgi_app

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        request_log.begin(environ, bool(self.app.config["PROXY_HOPS"]))
        if self.hide_secret:
            self.hide_secret(environ)
        quote_query(environ)
        unmap_address(environ)
        response = BufferedResponse()
        try:
            body = checked(self.flask(environ, response), response)
        except Exception as error:
            if propagates(self.app):
                self.write_line(environ, 500)
                raise
            log_escaped(environ, error)
            environ.setdefault(FAILED, [])
            answer = bare_response(self.app, environ, answer_to(error))
            body = answer(environ, response)

        self.complete(environ, response)
        self.write_line(environ, response.code)
        start_response(response.status, response.headers)
        return body

    def complete(self, environ: WSGIEnvironment, response: BufferedResponse) -> None:
        """Add what the response lacks, and keep failures out of caches."""
        response.replace(request_log.HEADER, environ[request_log.ID])
        if response.code == 500 or FAILED in environ:
            response.replace("Cache-Control", "no-store")
        https = environ.get("wsgi.url_scheme") == "https"
        try:
            if self.set_headers:
                self.set_headers(response, self.app.config, https=https)
        except Exception as error:  # noqa: BLE001  # the response goes out without them
            log_escaped(environ, error)

    def write_line(self, environ: WSGIEnvironment, status: int) -> None:
        static = environ.get(request_log.STATIC) and status < 400
        if static and not self.app.extensions.get("logs_static_files", True):
            return
        try:
            request_log.write_line(environ, status)
        except Exception as error:  # noqa: BLE001  # the response goes out all the same
            log_escaped(environ, error)


class BufferedResponse:
    """Status and headers, kept until it is certain that nothing more can fail."""

    status = ""
    headers: Headers

    def __call__(
        self, status: str, headers: Headers, exc_info: object = None
    ) -> Callable[[bytes], object]:
        self.status, self.headers = status, headers
        return refuse_write

    @property
    def code(self) -> int:
        return int(self.status[:3])

    def check(self) -> None:
        """Raise `ValueError` for what a server would refuse to send."""
        if not self.status[:3].isdigit() or NOT_SENDABLE.search(self.status):
            raise ValueError(f"The status {self.status!r} cannot be sent.")
        for name, value in self.headers:
            if not NAME.fullmatch(name) or NOT_SENDABLE.search(value):
                raise ValueError(f"The header {name!r} cannot be sent.")

    def replace(self, name: str, value: str) -> None:
        others = [pair for pair in self.headers if pair[0].lower() != name.lower()]
        self.headers = [*others, (name, value)]

    def add_missing(self, headers: Mapping[str, str]) -> None:
        present = {name.lower() for name, _ in self.headers}
        self.headers += [
            pair for pair in headers.items() if pair[0].lower() not in present
        ]


def checked(body: Iterable[bytes], response: BufferedResponse) -> Iterable[bytes]:
    """Return the body of a response that a server can send; otherwise close it.

    Raises `ValueError` for what cannot be sent.
    """
    try:
        response.check()
    except Exception:
        if close := getattr(body, "close", None):
            close()
        raise
    return body


def quote_query(environ: WSGIEnvironment) -> None:
    """Percent-encode raw bytes: Werkzeug raises where they are not valid UTF-8."""
    query = environ.get("QUERY_STRING", "")
    if not query.isascii():
        environ["QUERY_STRING"] = quote(query, string.printable, "latin-1", "replace")


def unmap_address(environ: WSGIEnvironment) -> None:
    """Convert an IPv4-mapped address, `::ffff:192.0.2.1`, of a dual-stack socket.

    Limits count by networks, and half of such an address is the same for all.
    """
    client = environ.get("REMOTE_ADDR") or ""
    if client.startswith("::ffff:") and "." in client:
        environ["REMOTE_ADDR"] = client.removeprefix("::ffff:")


def wrap(app: Flask) -> Middleware:
    """Return the layer around `app`, which the first call puts there."""
    if "responses" not in app.extensions:
        app.extensions["responses"] = Middleware(app)
        # Flask's documented way.
        app.wsgi_app = app.extensions["responses"]  # type: ignore[method-assign]

    layer: Middleware = app.extensions["responses"]
    return layer


def refuse_write(data: bytes) -> None:
    """Replaces WSGI's write(); raises RuntimeError."""
    raise RuntimeError("Return the body: write() is not supported.")


def propagates(app: Flask) -> bool:
    """Return whether exceptions reach the debugger or the test, as in Flask."""
    propagate: bool | None = app.config["PROPAGATE_EXCEPTIONS"]
    return app.testing or app.debug if propagate is None else propagate


def log_escaped(environ: WSGIEnvironment, error: Exception) -> None:
    """Log an exception that left Flask, with the id of the request."""
    fields = {"request_id": environ[request_log.ID]}
    message = "A request failed outside of its view."
    try:
        logger.error(message, exc_info=error, extra={"fields": fields})
    except Exception:  # noqa: BLE001  # a handler of the log has raised
        traceback.print_exception(error)


def answer_to(error: Exception) -> HTTPException:
    """Return the answer to an exception that left Flask: a 500, or a 503 in an outage.

    A database may go away while a teardown function gives its connection back.
    """
    is_temporary = unavailable.cause(error) is not None
    return unavailable_answer(error) if is_temporary else InternalServerError()


def bare_response(
    app: Flask, environ: WSGIEnvironment, error: HTTPException | None = None
) -> Response:
    """Return the answer to an error, a 500, without a context or a template."""
    error = error or InternalServerError()
    with texts_of(app):
        if request_log.path_of(environ).startswith(API_PREFIX):
            body = problem_body(
                error.code or 500, *words_of(error), environ[request_log.ID]
            )
            response = Response(
                json.dumps(body), error.code, mimetype="application/problem+json"
            )
        else:
            response = Response(bare_page(error), error.code)

    if retry_after := getattr(error, "retry_after", None):
        response.headers["Retry-After"] = str(retry_after)
    return response
