"""Hashing passwords: in a low-priority thread, for a limited number of requests.

One hash takes much processor time and 32 MiB, on purpose. In the thread of the request,
a few clients that guess passwords would slow down all others; on gevent they would
block the whole process.

Settings: MAX_HASHING_REQUESTS, WEB_THREADS. Maintained by copier-flask.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from concurrent.futures import Executor
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextlib import suppress
from contextvars import copy_context
from functools import lru_cache
from importlib import import_module
from typing import Any

from flask import current_app
from flask import has_request_context
from flask import request

from app.core.texts import lazy
from app.core.unavailable import UnavailableError

# Hashes that a process computes at the same time. A second one takes another 32 MiB,
# and is no faster if each core has a process: see WEB_CONCURRENCY.
HASH_SLOTS = 1

# The lowest priority of 0 to 19, so that serving pages comes first.
NICENESS = 19

# Requests of a process that hash or wait to hash, if waiting blocks no thread.
MAX_GREENLETS = 32

# Seconds. Users who log in at the same time wait for a place. If no place has been free
# for this long, further requests are refused at once.
BURST = 2

# Maximum seconds that a request waits for a place.
MAX_WAIT = 5

# Key in the WSGI environment: the request got its place before Flask ran.
HAS_PLACE = "app.has_hashing_place"


class HashingBusyError(UnavailableError):
    """Too many requests of this process wait for a password to be hashed."""

    description = lazy("hashing.busy")


class Places:
    """How many requests of this process hash a password or wait for it."""

    def __init__(self) -> None:
        # Notified of every place that becomes free, those of app/accounts/holding.py
        # included: a request may wait for both kinds at once.
        self.lock = threading.Condition()
        self.taken = 0
        self.taken_since = 0.0

    @contextmanager
    def one(self, most: int) -> Iterator[None]:
        """Keep one of `most` places. Raises `HashingBusyError` if none becomes free."""
        self.acquire(most)
        try:
            yield
        finally:
            self.release()

    def acquire(self, most: int, also: Callable[[], bool] = lambda: True) -> bool:
        """Wait for a place, and take it as soon as `also` is true too.

        Returns False, without a place, if only `also` has not become true in time.
        Raises `HashingBusyError` if no place has become free.
        """
        with self.lock:
            wait = MAX_WAIT if self.has_room(most) else 0
            if not self.lock.wait_for(lambda: self.taken < most and also(), wait):
                if self.taken < most:
                    return False
                raise HashingBusyError
            if self.taken == 0:
                self.taken_since = time.monotonic()
            self.taken += 1
        return True

    def release(self) -> None:
        with self.lock:
            self.taken -= 1
            self.lock.notify_all()

    def has_room(self, most: int) -> bool:
        """Return whether a place is free, or will be soon."""
        return self.taken < most or time.monotonic() - self.taken_since < BURST


places = Places()


class Current(threading.local):
    """What is true of the current thread."""

    hashes = False


current = Current()


def run(work: Callable[..., Any], *arguments: object) -> Any:
    """Return `work(*arguments)`, computed in a thread for it.

    Raises `HashingBusyError` in a request if too many requests are waiting. Outside
    of a request, it waits for its turn.
    """
    if current.hashes:  # `work` of another call, which would wait for itself
        return work(*arguments)
    if not has_request_context() or HAS_PLACE in request.environ:
        return in_thread(work, *arguments)
    with places.one(max_hashing_requests(current_app.config)):
        return in_thread(work, *arguments)


def has_room(config: Mapping[str, Any]) -> bool:
    """Return whether a request could hash a password now or soon."""
    return places.has_room(max_hashing_requests(config))


def max_hashing_requests(config: Mapping[str, Any]) -> int:
    """Return how many requests may hash or wait; one thread is left for all others."""
    if chosen := config["MAX_HASHING_REQUESTS"]:
        return int(chosen)
    return MAX_GREENLETS if is_gevent() else max(1, int(config["WEB_THREADS"]) - 1)


def in_thread(work: Callable[..., Any], *arguments: object) -> Any:
    """Return `work(*arguments)`, computed in a thread of HASH_SLOTS."""
    # In the caller's context, because a custom method may read settings.
    run_in_context = copy_context().run
    waiting = executor(os.getpid()).submit(
        at_low_priority, run_in_context, work, *arguments
    )
    return waiting.result()


def at_low_priority(work: Callable[..., Any], *arguments: object) -> Any:
    """Return `work(*arguments)`, after giving this thread the lowest priority."""
    # On other systems, a priority applies to the process, not to a thread.
    if sys.platform == "linux":
        with suppress(OSError):  # already lower, or not permitted
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
    current.hashes = True
    return work(*arguments)


def executor(process: int) -> Executor:
    """Return the threads of a process; a fork does not inherit them."""
    with places.lock:
        return new_executor(process)


@lru_cache(maxsize=1)
def new_executor(process: int) -> Executor:
    if is_gevent():
        # Operating system threads: with gevent, those of `threading` are greenlets.
        threadpool = import_module("gevent.threadpool")
        pool: Executor = threadpool.ThreadPoolExecutor(HASH_SLOTS)
        return pool
    return ThreadPoolExecutor(HASH_SLOTS, "hashing")


def is_gevent() -> bool:
    """Return whether gevent has replaced the threads of this process."""
    monkey = sys.modules.get("gevent.monkey")
    return bool(monkey and monkey.is_module_patched("threading"))
