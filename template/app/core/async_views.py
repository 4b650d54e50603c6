"""Async views under gevent: all of them run on one event loop in each process.

asyncio allows one running loop in a thread, and gevent answers all requests in one: a
second async view at the same time would fail (pallets/flask#5881). Here each view is a
task of one loop, and its request waits for the task. A view that waits without `await`,
such as for the database, blocks the other async views too.

Maintained by copier-flask.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from collections.abc import Coroutine
from contextlib import suppress
from functools import cache
from functools import wraps
from typing import Any

import gevent
from flask import Flask
from gevent import monkey
from gevent import selectors


def init_app(app: Flask) -> None:
    # As Flask documents; its default needs asgiref, which fails here.
    app.async_to_sync = async_to_sync  # type: ignore[method-assign]


def async_to_sync(
    func: Callable[..., Coroutine[Any, Any, Any]],
) -> Callable[..., Any]:
    """Return a function that waits for `func`, in the context of its caller.

    Raises `RuntimeError` where an async function calls it: await `func` there.
    """

    @wraps(func)
    def wait(*args: Any, **kwargs: Any) -> Any:
        # In tests and under `flask run` each thread may have its own loop.
        if not monkey.is_module_patched("threading"):
            return asyncio.run(func(*args, **kwargs))

        loop, runner = running_loop(os.getpid())
        if gevent.getcurrent() is runner:
            raise RuntimeError(
                f"{func.__qualname__} cannot be waited for inside an async "
                "function: await it."
            )
        task = asyncio.run_coroutine_threadsafe(func(*args, **kwargs), loop)
        try:
            return task.result()
        except BaseException:
            # Nothing waits for the task any more if the request was killed.
            task.cancel()
            raise

    return wait


@cache
def running_loop(process: int) -> tuple[asyncio.AbstractEventLoop, gevent.Greenlet]:
    """Return the loop of a process; a fork copies the loop without its greenlet."""
    loop = asyncio.SelectorEventLoop(selectors.DefaultSelector())
    # Other greenlets run in the loop's thread, so asyncio does not wake the loop for
    # their callbacks (Python 3.14, when a thread has ended).
    loop.call_soon = loop.call_soon_threadsafe  # type: ignore[method-assign]
    return loop, gevent.spawn(run, loop)


def run(loop: asyncio.AbstractEventLoop) -> None:
    """Run the loop of a process until the process ends."""
    while True:
        # They end the request that raised them, not the loop of all requests.
        with suppress(KeyboardInterrupt, SystemExit):
            loop.run_forever()
