"""Async views under gunicorn's gevent workers: `python -m app.core.async_check`.

Such a worker answers all requests in one thread, and a thread has one running event
loop: of simultaneous async views, all but the first fail (pallets/flask#5881).
gunicorn.conf.py runs this module before such workers start.

Maintained by copier-flask.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from importlib import import_module

from flask import Flask

REMEDY = (
    "take the server made for it with uv run just update --data server=gunicorn-gevent "
    "--data remove=server, write them without async, or let worker_class be gthread."
)


def main() -> None:
    """End the program with one line if the project has async functions."""
    # Not at the top: importing it creates the application.
    if names := async_functions(import_module("run").app):
        sys.exit(
            f"gevent's workers cannot run {', '.join(names)}, which are async: {REMEDY}"
        )


def async_functions(app: Flask) -> list[str]:
    """Return the names of the async views, error handlers and hooks of an application.

    Commands and jobs are not included: no worker runs them in its thread.
    """
    registered = (
        app.view_functions,
        app.error_handler_spec,
        app.before_request_funcs,
        app.after_request_funcs,
        app.teardown_request_funcs,
        app.teardown_appcontext_funcs,
    )
    found = {function for part in registered for function in functions(part)}
    return sorted(f.__qualname__ for f in found if inspect.iscoroutinefunction(f))


def functions(registered: object) -> Iterator[Callable[..., object]]:
    """Yield the functions in Flask's nested dictionaries, lists and view classes."""
    if callable(registered):
        yield inspect.unwrap(registered)
        methods = vars(getattr(registered, "view_class", object)).values()
        yield from filter(inspect.isfunction, methods)
    elif isinstance(registered, Mapping):
        yield from functions(list(registered.values()))
    elif isinstance(registered, Iterable):
        for part in registered:
            yield from functions(part)


if __name__ == "__main__":
    main()
