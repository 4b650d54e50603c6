"""Streamed bodies, and resources that are closed with the application context.

Flask 3.1.2 and 3.1.3 run every teardown before the body of `stream_with_context()` and
again after it (pallets/flask#5804): what the view had opened is closed when the body
begins, the database session included.

Maintained by copier-flask.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Generator
from collections.abc import Iterable
from contextlib import AbstractContextManager
from contextlib import ExitStack
from contextvars import Context
from typing import Any

from flask import current_app
from flask import Flask
from flask import g


def init_app(app: Flask) -> None:
    app.teardown_appcontext(close_resources)


def resource(opener: Callable[[], AbstractContextManager[Any]]) -> Callable[[], Any]:
    """Return an accessor of a resource that each application context has for itself.

    The context manager that `opener` returns is entered when the accessor is first
    called, and left when the context ends. Called after that it opens a new one,
    so a streamed body always has an open one. As a decorator it goes above
    `contextlib.contextmanager`.
    """

    def accessor() -> Any:
        stack, opened = g.setdefault("opened_resources", (ExitStack(), {}))
        if opener not in opened:
            opened[opener] = stack.enter_context(opener())
        return opened[opener]

    return accessor


def close_resources(error: BaseException | None) -> None:
    """Close the resources of an application context."""
    # With a default: this may run before the body of a stream, and again after it.
    stack, _ = g.pop("opened_resources", (ExitStack(), {}))
    try:
        stack.__exit__(type(error) if error else None, error, None)
    except Exception:
        # It would skip the teardowns that come after this one, among them the one that
        # gives back the connection of the database session.
        current_app.logger.exception("A resource could not be closed.")


def stream(chunks: Iterable[Any]) -> Generator[Any]:
    """Return the chunks of a body, made in a separate application context.

    The context begins with the first chunk and ends with the last, or when the server
    closes the body. It has a separate database session and no request: query inside
    `chunks`, because rows of the view are detached there, and copy what you need from
    the request beforehand.
    """
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # a proxy's

    def inside() -> Generator[Any]:
        with app.app_context():
            g.streams = True  # the limits of a request on the database hold
            yield from chunks

    return step_by_step(inside())


def step_by_step(body: Generator[Any]) -> Generator[Any]:
    """Run each step in a `contextvars.Context` that no other code has.

    Between two chunks the server's code finds no application context that is not its
    own, also where it never finishes the body (pallets/flask#6123).
    """
    step = Context().run
    try:
        while True:
            try:
                chunk = step(next, body)
            except StopIteration:
                return
            yield chunk
    finally:
        step(body.close)
