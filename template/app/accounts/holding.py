"""Delays refused clients by a second, in threads that do nothing else.

A client that guesses passwords sends the next request as soon as it is answered. A few
of them keep a process busy with refusals, even though each refusal is cheap. So the
server has more threads than WEB_THREADS: refused clients wait in the spare ones, and
Flask still works on WEB_THREADS requests at once. Without SERVER_THREADS no client is
delayed, except on gevent, where waiting takes no thread.

Settings: WEB_THREADS. Maintained by copier-flask.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable
from collections.abc import Iterator
from contextlib import contextmanager
from contextlib import ExitStack
from weakref import finalize
from wsgiref.types import StartResponse
from wsgiref.types import WSGIApplication
from wsgiref.types import WSGIEnvironment

from flask import Flask
from werkzeug.wsgi import ClosingIterator

from app.accounts import hashing

# Seconds that a refused client waits for its answer.
HOLD = 1

# How many threads the server's configuration adds to WEB_THREADS.
SPARE_THREADS = 32

# The variable in which the server's configuration passes the threads of a process.
SERVER_THREADS = "SERVER_THREADS"

# Answered even if WEB_THREADS requests are running: it needs no database.
PROBE = "/api/health"


class ServerThreads:
    """The threads of one process; at most WEB_THREADS of them run Flask."""

    def __init__(self, app: Flask) -> None:
        self.web_threads = int(app.config["WEB_THREADS"])
        self.places = threading.BoundedSemaphore(self.web_threads)
        self.lock = threading.Lock()
        self.held = 0

    def spare(self) -> int:
        """Return how many threads the server has beyond WEB_THREADS."""
        text = os.environ.get(SERVER_THREADS, "")
        if not text.isdecimal() or hashing.is_gevent():
            return 0
        return max(0, int(text) - self.web_threads)

    def run(
        self,
        flask: WSGIApplication,
        environ: WSGIEnvironment,
        start_response: StartResponse,
    ) -> Iterable[bytes]:
        """Return Flask's response, after waiting for a free place."""
        if not self.spare() or environ.get("PATH_INFO") == PROBE:
            return flask(environ, start_response)

        self.places.acquire()
        try:
            body = flask(environ, start_response)
            if not is_file(body, environ):
                return PlacedBody(body, self.places)
        except BaseException:
            self.places.release()
            raise
        self.places.release()
        return body

    @contextmanager
    def hashing_place(self, environ: WSGIEnvironment, most: int) -> Iterator[None]:
        """Wait in a spare thread for a place to hash a password, and keep it.

        Raises `HashingBusyError`. Without a spare thread, `hashing.run` waits.
        """
        with ExitStack() as stack:
            with self.spare_thread() as is_spare:
                if is_spare:
                    stack.enter_context(hashing.places.one(most))
                    environ[hashing.HAS_PLACE] = True
            yield

    def hold(self) -> None:
        """Delay a refused client by HOLD seconds, unless no spare thread is left."""
        with self.spare_thread() as is_spare:
            if is_spare or hashing.is_gevent():
                time.sleep(HOLD)

    @contextmanager
    def spare_thread(self) -> Iterator[bool]:
        """Count this thread as a spare one meanwhile; yield False if none is free."""
        with self.lock:
            is_spare = self.held < self.spare()
            self.held += is_spare
        try:
            yield is_spare
        finally:
            with self.lock:
                self.held -= is_spare


class PlacedBody(ClosingIterator):
    """A body that keeps its place until it is closed: a streamed body runs code."""

    def __init__(
        self, body: Iterable[bytes], places: threading.BoundedSemaphore
    ) -> None:
        super().__init__(body)
        # Once: by close(), or with this object if the server does not call close().
        self.release = finalize(self, places.release)

    def close(self) -> None:
        try:
            super().close()
        finally:
            self.release()


def is_file(body: Iterable[bytes], environ: WSGIEnvironment) -> bool:
    """Return whether the server sends a file, which needs the server's own object."""
    wrapper = environ.get("wsgi.file_wrapper")
    return isinstance(wrapper, type) and isinstance(body, wrapper)
