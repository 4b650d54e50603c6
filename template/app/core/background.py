"""Background jobs: work after the response, in threads of this process.

A thread starts without an application context. A job gets a new one here, because the
request's context would share `g` and the database session with it.

Only for work that may be lost: a server that stops waits for its jobs as long as for
its requests, and a killed process loses them. Work that must happen needs a queue
outside of the process.

Settings: BACKGROUND_QUEUE, BACKGROUND_THREADS. Maintained by copier-flask.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from concurrent.futures import Future
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from functools import partial
from inspect import iscoroutinefunction
from typing import Any

import sqlalchemy as sa
from blinker import Signal
from flask import Flask
from flask import g
from flask.globals import app_ctx
from werkzeug.local import LocalProxy

from app.core.request_log import request_id
from app.core.rules import Setting
from app.core.rules import whole_number
from app.core.unavailable import UnavailableError

logger = logging.getLogger(__name__)

SETTINGS: tuple[Setting, ...] = (
    # Concurrent jobs per process, and the maximum number of waiting jobs. With 0
    # threads, submit() runs the job itself, as in tests, because a thread does not see
    # the transaction of a test.
    whole_number("BACKGROUND_THREADS", 4, high=512, by_config={"testing": 0}),
    whole_number("BACKGROUND_QUEUE", 100),
)

# Sent with the application and the `future` of each job.
# tests/support/background_jobs.py fails a test with it.
job_submitted = Signal()


class TooManyJobsError(UnavailableError):
    """All threads are busy, and the queue is full."""


class Jobs:
    """The threads of one process; the first one starts with the first job."""

    def __init__(self, threads: int, queue: int) -> None:
        self.executor = ThreadPoolExecutor(threads, "background")
        # The executor's own queue has no limit, and each waiting job takes memory.
        self.places = threading.BoundedSemaphore(threads + queue)

    def start(self, work: Callable[[], Any]) -> Future[Any]:
        """Run `work` in a thread; raises `TooManyJobsError` if the queue is full."""
        if not self.places.acquire(blocking=False):
            raise TooManyJobsError(
                "All background threads are busy and BACKGROUND_QUEUE jobs wait: "
                "submit fewer, or raise BACKGROUND_THREADS or BACKGROUND_QUEUE."
            )
        future = self.executor.submit(work)
        future.add_done_callback(lambda _: self.places.release())
        return future


def init_app(app: Flask) -> None:
    # By process: a fork copies the application but not its threads.
    app.extensions["background"] = {}


def submit(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Future[Any]:
    """Call `function` in a thread, in a new application context; return its future.

    The job sees neither this request nor uncommitted changes: commit first, pass ids,
    and load and commit in the job. It must commit before it waits for anything, such as
    a mail server. Its exception is logged with the id of this request, and set on the
    future.

    With BACKGROUND_THREADS = 0, as in tests, the job has ended when this returns. It
    has a new context here too; its database connection is that of the test.

    Raises `TypeError` for a function or an argument that a job cannot use, and
    `TooManyJobsError` if BACKGROUND_QUEUE jobs are waiting.
    """
    if iscoroutinefunction(function):
        raise TypeError("A background job must be a plain function, not an async one.")
    # A method passes its object along.
    check_arguments([getattr(function, "__self__", None), *args, *kwargs.values()])

    # Not current_app: the proxy is not bound in another thread.
    app, origin = app_ctx.app, request_id()

    def work() -> Any:
        with app.app_context():
            g.request_id = origin
            return function(*args, **kwargs)

    # In an empty context, because a thread may start with a copy of its caller's.
    job = partial(Context().run, work)
    jobs = jobs_of_this_process(app)
    future = jobs.start(job) if jobs else done_here(job)
    future.add_done_callback(partial(log_failure, function, origin))
    job_submitted.send(app, future=future)
    return future


def check_arguments(values: Iterable[object]) -> None:
    """Raise TypeError for proxies and models, also inside lists and mappings."""
    for value in values:
        if isinstance(value, LocalProxy):
            raise TypeError(
                "A background job cannot take a proxy, such as request or session: "
                "pass the values that it needs."
            )
        if sa.inspect(type(value), raiseerr=False) is not None:
            raise TypeError(
                f"A background job cannot take a model object, such as this "
                f"{type(value).__name__}: pass its id, and load it in the job."
            )
        if isinstance(value, Mapping):
            check_arguments(value.values())
        elif isinstance(value, list | tuple | set | frozenset):
            check_arguments(value)


def jobs_of_this_process(app: Flask) -> Jobs | None:
    """Return the threads of this process, or None with BACKGROUND_THREADS = 0."""
    threads, queue = app.config["BACKGROUND_THREADS"], app.config["BACKGROUND_QUEUE"]
    if not threads:
        return None

    by_process: dict[int, Jobs] = app.extensions["background"]
    process = os.getpid()
    # setdefault() is atomic: two simultaneous first requests get the same object.
    return by_process.get(process) or by_process.setdefault(
        process, Jobs(threads, queue)
    )


def done_here(work: Callable[[], Any]) -> Future[Any]:
    """Run a job now, and return its future, which has its result or its exception."""
    future: Future[Any] = Future()
    try:
        future.set_result(work())
    except Exception as error:  # noqa: BLE001  # set on the future, as in a thread
        future.set_exception(error)
    return future


def log_failure(function: Callable[..., Any], origin: str, future: Future[Any]) -> None:
    """Log the exception of a job with the id of the request that submitted it."""
    if not future.cancelled() and (error := future.exception()):
        logger.error(
            "The background job %s failed.",
            getattr(function, "__qualname__", type(function).__qualname__),
            exc_info=error,
            extra={"fields": {"request_id": origin}},
        )
