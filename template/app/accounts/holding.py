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
import time
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from contextlib import contextmanager
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
        # Requests in Flask, and spare threads in use.
        self.running = 0
        self.held = 0
        # Shared, because `run_hashing` waits for both kinds of places at once.
        self.lock = hashing.places.lock

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

        with self.lock:
            self.lock.wait_for(self.has_room)
            self.running += 1
        return self.run_in_place(flask, environ, start_response)

    def run_hashing(
        self,
        flask: WSGIApplication,
        environ: WSGIEnvironment,
        start_response: StartResponse,
        most: int,
    ) -> Iterable[bytes]:
        """Return Flask's response to a request that hashes a password.

        Waits in a spare thread, and takes the place in Flask together with one of
        `most` places to hash. A request that kept the one while it waits for the other
        would block requests in Flask that hash. Raises `HashingBusyError`. Without a
        spare thread, `hashing.run` waits, in Flask.
        """
        with self.spare_thread() as is_spare, self.lock:
            has_both = is_spare and hashing.places.acquire(most, also=self.has_room)
            if has_both:
                self.running += 1
        if not has_both:
            return self.run(flask, environ, start_response)

        environ[hashing.HAS_PLACE] = True
        try:
            return self.run_in_place(flask, environ, start_response)
        finally:
            hashing.places.release()

    def run_in_place(
        self,
        flask: WSGIApplication,
        environ: WSGIEnvironment,
        start_response: StartResponse,
    ) -> Iterable[bytes]:
        """Return Flask's response, and free the place when its body is closed."""
        try:
            body = flask(environ, start_response)
            if not is_file(body, environ):
                return PlacedBody(body, self.release)
        except BaseException:
            self.release()
            raise
        self.release()
        return body

    def has_room(self) -> bool:
        """Return whether Flask works on fewer than WEB_THREADS requests."""
        return self.running < self.web_threads

    def release(self) -> None:
        with self.lock:
            self.running -= 1
            self.lock.notify_all()

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

    def __init__(self, body: Iterable[bytes], release: Callable[[], None]) -> None:
        super().__init__(body)
        # Once: by close(), or with this object if the server does not call close().
        self.release = finalize(self, release)

    def close(self) -> None:
        try:
            super().close()
        finally:
            self.release()


def is_file(body: Iterable[bytes], environ: WSGIEnvironment) -> bool:
    """Return whether the server sends a file, which needs the server's own object."""
    wrapper = environ.get("wsgi.file_wrapper")
    return isinstance(wrapper, type) and isinstance(body, wrapper)
