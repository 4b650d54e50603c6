"""Independent hooks: all of them run, even if one raises.

Flask stops at the first `after_request` function that raises: the session is not saved,
and the response lacks what the other functions add. At the first teardown function that
raises it skips the others, among them the one that returns the connection of the
database session. Here all of them run, and the error is answered like any other.

Maintained by copier-flask.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from functools import partial
from itertools import chain
from typing import Any

from flask import appcontext_tearing_down
from flask import Flask
from flask import globals as flask_globals
from flask import request
from flask import request_tearing_down
from flask import Response
from flask.sessions import SessionMixin

from app.core import request_log
from app.core import unavailable
from app.core.errors import service_unavailable
from app.core.responses import bare_response
from app.core.responses import FAILED
from app.core.responses import propagates
from app.core.responses import wrap

# From Flask 3.2 on there is one context, `app_ctx`.
context: Any = vars(flask_globals).get("request_ctx", flask_globals.app_ctx)

Hook = Callable[..., Any]

# A key of `app.extensions`: functions like those of `after_request`, which run after
# them and see the cookie of the session.
AFTER_SESSION = "after_session"


def init_app(app: Flask) -> None:
    wrap(app)
    app.extensions[AFTER_SESSION] = []

    # Flask documents that its methods may be replaced. They take `*given` because
    # Flask 3.2 passes the context as the first argument.
    replaced: dict[str, Hook] = {
        "log_exception": partial(log_exception, app),
        "handle_exception": partial(handle_exception, app, app.handle_exception),
        "process_response": partial(process_response, app),
        "do_teardown_request": partial(do_teardown_request, app),
        "do_teardown_appcontext": partial(do_teardown_appcontext, app),
    }
    for name, function in replaced.items():
        setattr(app, name, function)


def log_exception(app: Flask, *given: Any) -> None:
    """Log an unexpected error as Flask does, without a secret in the path."""
    path = request_log.logged_path(request.environ)
    app.logger.error("Exception on %s [%s]", path, request.method, exc_info=given[-1])


def handle_exception(app: Flask, flasks: Hook, *given: Any) -> Response:
    """Return Flask's response to an error, or a bare page if its handler raises.

    A temporary failure in a hook is a 503 here, as in a view.
    """
    request.environ.setdefault(FAILED, [])
    error = given[-1]
    finalize: Hook = app.finalize_request
    response: Response
    try:
        if failure := unavailable.cause(error):  # raised in a hook
            answer = service_unavailable(error, failure)
            response = finalize(*given[:-1], answer, from_error_handler=True)
        else:
            response = flasks(*given)
    except Exception:
        if propagates(app):
            raise
        app.logger.exception("The handler of an error failed.")
        response = process_response(app, bare_response(app, request.environ))
    return response


def process_response(app: Flask, *given: Any) -> Response:
    """Return the response `given[-1]` after all `after_request` functions.

    The first one that raises makes the answer a 500: Flask handles the error and comes
    here again with the error page. Functions that have failed are then skipped, and
    a further failure is logged.
    """
    response: Response = given[-1]
    # Looked up once: a proxy does it each time.
    current = context._get_current_object()
    environ = current.request.environ
    failed: list[Hook] | None = environ.get(FAILED)
    for function in after_request_functions(app, current):
        if failed and function in failed:
            continue
        try:
            response = run(app.ensure_sync(function), response)
        except Exception:
            if failed is None:
                environ[FAILED] = [function]
                raise
            failed.append(function)
            app.logger.exception("An after_request function failed.")

    return response


def run(function: Hook, response: Response) -> Response:
    """Return the response of a function; raises TypeError if it is None."""
    returned: Response | None = function(response)
    if returned is None:
        name = getattr(function, "__qualname__", function)
        raise TypeError(f"{name} returned None: return the response.")
    return returned


def after_request_functions(app: Flask, current: Any) -> Iterator[Hook]:
    """Yield those of a context in Flask's order, then what follows the session."""
    yield from current._after_request_functions
    for name in chain(current.request.blueprints, (None,)):
        yield from reversed(app.after_request_funcs.get(name, ()))
    yield save_session
    yield from app.extensions[AFTER_SESSION]


def save_session(response: Response) -> Response:
    """Save the session of the request in its response."""
    current = context._get_current_object()
    interface = current.app.session_interface
    session = unmarked_session()
    if session is not None and not interface.is_null_session(session):
        interface.save_session(current.app, session, response)
    return response


def unmarked_session() -> SessionMixin | None:
    """Return the session of the request without marking it as accessed.

    Returns None if it could not be opened.
    """
    current = context._get_current_object()
    # By its private name, because the public one marks it. Flask 3.1.1 had none.
    session: SessionMixin | None = (
        current._session if hasattr(current, "_session") else current.session
    )
    return session


def do_teardown_request(app: Flask, *given: Any) -> None:
    """Call the teardown functions of a request."""
    names = chain(request.blueprints, (None,))
    hooks = [app.teardown_request_funcs.get(name, []) for name in names]
    functions = chain.from_iterable(map(reversed, hooks))
    tear_down(app, functions, request_tearing_down, given[-1])


def do_teardown_appcontext(app: Flask, *given: Any) -> None:
    """Call the teardown functions of an application context."""
    functions = reversed(app.teardown_appcontext_funcs)
    tear_down(app, functions, appcontext_tearing_down, given[-1])


def tear_down(
    app: Flask, functions: Iterable[Any], signal: Any, error: BaseException | None
) -> None:
    """Call all functions, then raise their exception.

    Raises an ExceptionGroup if there are several.
    """

    errors = []
    for function in functions:
        try:
            app.ensure_sync(function)(error)
        except Exception as raised:  # noqa: BLE001  # raised below
            errors.append(raised)
    try:
        signal.send(app, _async_wrapper=app.ensure_sync, exc=error)
    except Exception as raised:  # noqa: BLE001  # the same
        errors.append(raised)

    if len(errors) > 1:
        raise ExceptionGroup("Several teardown functions failed.", errors)
    if errors:
        raise errors[0]
