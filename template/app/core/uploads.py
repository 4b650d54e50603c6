"""Request bodies: their maximum size, and no partial bodies.

A view sets its limit below the route decorator; MAX_CONTENT_LENGTH applies to all
others:

    @bp.post("/photos")
    @uploads.limit(20 * 1024 * 1024)
    def add_photo() -> ResponseReturnValue: ...

The limit is known before anything reads the body. Set inside the view it would come too
late: CSRFProtect looks for the token of a form before the view runs.

Maintained by copier-flask.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any
from typing import cast
from typing import IO

from flask import current_app
from flask import Flask
from flask import request
from flask import Response
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import ClientDisconnected
from werkzeug.exceptions import HTTPException
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.utils import cached_property
from werkzeug.wsgi import get_input_stream
from werkzeug.wsgi import LimitedStream

from app.core import bodies

View = Callable[..., ResponseReturnValue]

SIZE = "max_content_length"

# What is read of a refused body, so that its sender sees the refusal: in bytes, and in
# seconds from the first part to the last.
MAX_DRAIN_BYTES = 16 * 1024 * 1024
MAX_DRAIN_SECONDS = 5


class UnmeasuredStream(LimitedStream):
    """A body without a length, refused with 413 at the first byte above the limit.

    Werkzeug's stream ends at the limit, and the view gets a truncated body.
    """

    def __init__(self, stream: IO[bytes], limit: int | None) -> None:
        super().__init__(stream, sys.maxsize if limit is None else limit + 1, True)

    def readinto(self, buffer: bytearray) -> int | None:  # type: ignore[override]  # as Werkzeug
        try:
            size = super().readinto(buffer)
        except HTTPException:
            raise
        except Exception as error:
            # Servers raise their own exceptions for a body that they cannot read, and
            # one that is not an OSError would be a 500.
            raise ClientDisconnected from error

        if self.is_exhausted:
            raise RequestEntityTooLarge
        return size


class Request(bodies.Request):
    """The project's request, with a body that is whole or refused.

    If a server terminates the body itself, Werkzeug treats a body cut off by a lost
    connection as complete, and refuses a form of exactly the limit.
    """

    @cached_property
    def stream(self) -> IO[bytes]:
        """The body; 413 when it is longer than `max_content_length` allows."""
        body = self.environ["wsgi.input"]
        length, limit = self.content_length, self.max_content_length
        if length is None and self.environ.get("wsgi.input_terminated"):
            return cast("IO[bytes]", UnmeasuredStream(body, limit))
        if length is not None and (limit is None or length <= limit):
            return cast("IO[bytes]", LimitedStream(body, length))

        return get_input_stream(self.environ, max_content_length=limit)


def init_app(app: Flask) -> None:
    app.request_class = Request
    # These run before every before_request function, in any order of registration.
    app.url_value_preprocessor(apply_limit)
    app.after_request(drain_after_413)


def limit(size: int) -> Callable[[View], View]:
    """Let a view take bodies of up to `size` bytes, above or below the general limit.

    For a method of a `MethodView` as well. Decorators above it must be made with
    `functools.wraps`. A size that is no whole number from 1 is a `ValueError`.
    """
    if type(size) is not int or size < 1:
        raise ValueError(
            f"uploads.limit() takes a whole number of bytes from 1, not {size!r}."
        )

    def declare(view: View) -> View:
        setattr(view, SIZE, size)
        return view

    return declare


def apply_limit(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Apply the limit of the view, or of the method of a view class, to the request."""
    view = current_app.view_functions.get(endpoint or "")
    declared = getattr(view, SIZE, None)
    if view_class := getattr(view, "view_class", None):
        method = getattr(view_class, request.method.lower(), None)
        declared = getattr(method, SIZE, declared)
    if declared is not None:
        request.max_content_length = declared


def drain_after_413(response: Response) -> Response:
    """Read the rest of a refused body after the response is sent.

    A connection that is closed with unread data is reset, and the client loses the
    answer with it. Only after a 413: for other statuses, waiting for a
    body that never arrives would block the worker.
    """
    if response.status_code != 413:
        return response

    # The development server, which does not end bodies that have a length, does it too.
    terminated = request.environ.get("wsgi.input_terminated")
    length = request.content_length or 0
    if terminated and length <= MAX_DRAIN_BYTES:
        response.call_on_close(partial(drain, request.environ["wsgi.input"]))
    return response


def drain(body: IO[bytes]) -> None:
    """Read the rest of a body, at most MAX_DRAIN_BYTES and MAX_DRAIN_SECONDS."""
    left, end = MAX_DRAIN_BYTES, time.monotonic() + MAX_DRAIN_SECONDS
    with suppress(Exception):  # it may break off or be malformed
        while left > 0 and (part := body.read(min(left, 65_536))):
            left -= len(part)
            if time.monotonic() > end:
                break
