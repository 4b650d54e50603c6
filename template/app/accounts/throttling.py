"""Rate limits against guessing passwords.

Failures are counted per account and network, and per network, which finds clients that
try one password with many accounts. Per account only, attempts are delayed and never
refused, so that strangers cannot lock the owner out. Settings: LOGIN_PATIENCE,
RATELIMIT_ENABLED. Maintained by copier-flask: app/core/limit_settings.py has the
limits.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable
from functools import partial
from functools import wraps
from typing import Any
from typing import cast
from typing import TypeVar
from wsgiref.types import WSGIEnvironment

from flask import current_app
from flask import Flask
from flask import g
from flask import has_request_context
from flask import request
from flask import Response
from flask_limiter import RequestLimit
from flask_login import current_user
from limits import parse
from werkzeug.exceptions import HTTPException

from app.accounts import hashing
from app.accounts.addresses import normalise
from app.accounts.hashing import HashingBusyError
from app.accounts.holding import SPARE_THREADS
from app.accounts.networks import client_network
from app.accounts.networks import network_of
from app.accounts.refusals import busy
from app.accounts.refusals import EarlyRefusals
from app.accounts.tries import Limit
from app.accounts.tries import set_storage
from app.accounts.tries import too_many
from app.accounts.tries import Tries
from app.core.errors import handle_http_error
from app.core.hooks import context
from app.core.hooks import Hook
from app.core.request_log import LEVEL
from app.core.request_log import NOTES
from app.extensions import limiter

View = TypeVar("View", bound=Callable[..., Any])

DELAY = 0.5  # seconds

VARIABLE = re.compile(r"<[^<>]+>")  # of a rule


def init_app(app: Flask) -> None:
    set_storage(app)
    # Before Flask-Limiter, which raises a traceback for a wrong setting.
    if app.config["RATELIMIT_ENABLED"]:
        app.extensions["tries"] = Tries(app)
    init_limiter(app)
    app.extensions["early_refusals"] = EarlyRefusals(
        app, partial(is_limited, app), partial(hashes, app), partial(early_refusal, app)
    )
    app.extensions["spare_threads"] = SPARE_THREADS
    # Before the session and the CSRF token are read.
    app.before_request_funcs.setdefault(None, []).insert(0, refuse_early)


def init_limiter(app: Flask) -> None:
    """Bind the extension; its hooks then run only in requests that may have limits.

    In every request they would take as long as Flask takes for a small view.
    """
    tables: list[dict[Any, list[Any]]] = [
        app.before_request_funcs,
        app.after_request_funcs,
        app.teardown_request_funcs,
    ]
    before = [len(table.setdefault(None, [])) for table in tables]
    limiter.init_app(app)
    for table, known in zip(tables, before, strict=True):
        table[None][known:] = map(only_with_limits, table[None][known:])


def only_with_limits(hook: Hook) -> Hook:
    """Return a hook that does nothing in a request without limits of Flask-Limiter."""

    def run(*given: Any) -> Any:
        current = context._get_current_object()  # once: a proxy looks it up each time
        if has_general_limits() or hasattr(current, "_limiter_request_context"):
            return hook(*given)
        # A response as it is, after a request; None before it.
        return given[0] if given else None

    return run


def has_general_limits() -> bool:
    """Return whether there are limits besides those of single views.

    Those are checked when the view is called, and store their state in the context.
    """
    manager = limiter.limit_manager
    return bool(
        manager._application_limits
        or manager._default_limits
        or manager._blueprint_limits
        or limiter._meta_limits
        or limiter._in_memory_fallback
    )


def tries() -> Tries | None:
    """Return the counts of this application; None if limits are switched off."""
    found: Tries | None = current_app.extensions.get("tries")
    return found


def reset(app: Flask) -> None:
    """Forget all attempts, such as between two tests."""
    if "tries" in app.extensions:
        app.extensions["tries"].reset()
        app.extensions["early_refusals"].pages.clear()
        limiter.reset()


def refuse(limit: RequestLimit) -> Response:
    """Return the 429 for Flask-Limiter: `limiter.limit(..., on_breach=refuse)`."""
    error = too_many(limit.reset_at - 1 - time.time())
    return current_app.make_response(handle_http_error(error))


def account_and_network() -> str | None:
    """Return the key of LOGIN_LIMIT; None for a form without an e-mail address."""
    account = tried_account()
    return account and f"{account} {client_network()}"


def tried_account() -> str | None:
    """Return the e-mail address of a form with a field `email`, or None.

    All invalid addresses have one key.
    """
    email = request.form.get("email")
    try:
        return None if email is None else normalise(email)
    except ValueError:
        return "none"


def this_session() -> str:
    """Return a key for this session. An account's key would let a thief lock it out."""
    # Not the token itself, which gives access to the session.
    return hashlib.sha256(str(current_user.get_id()).encode()).hexdigest()


ACCOUNT = Limit("log-in", "LOGIN_LIMIT", account_and_network)
SESSION = Limit("password", "LOGIN_LIMIT", this_session)
NETWORK = Limit("network", "LOGIN_NETWORK_LIMIT", client_network, is_divided=True)
REGISTRATION = Limit("registration", "REGISTRATION_LIMIT", client_network)
LINKS = Limit(
    "links", "LOGIN_NETWORK_LIMIT", client_network, is_divided=True, hashes=False
)


def limited(*limits: Limit, failures: bool) -> Callable[[View], View]:
    """Return a decorator that counts the POSTs of a view, or only failed ones.

    Those have had a wrong password, or no valid token.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def counted(*args: Any, **kwargs: Any) -> Any:
            known = tries()
            if known is None or request.method != "POST":
                return current_app.ensure_sync(view)(*args, **kwargs)

            counted_tries = known.count(limits)
            g.guess_failed = g.token_failed = False
            try:
                return current_app.ensure_sync(view)(*args, **kwargs)
            finally:
                if failures and not (g.guess_failed or g.token_failed):
                    known.take_back(counted_tries)
                known.note_open(counted_tries, -1)

        vars(counted)["limits"] = (*limits, *getattr(view, "limits", ()))
        return cast("View", counted)

    return decorate


limit_logins = limited(ACCOUNT, NETWORK, failures=True)
limit_password_checks = limited(SESSION, NETWORK, failures=True)
limit_registrations = limited(REGISTRATION, failures=False)
limit_links = limited(LINKS, failures=True)


def is_limited(app: Flask, environ: WSGIEnvironment) -> bool:
    """Return whether a request is a POST to a view that has limits."""
    return environ["REQUEST_METHOD"] == "POST" and bool(limits_of(app, environ))


def hashes(app: Flask, environ: WSGIEnvironment) -> bool:
    """Return whether a request is for a view that hashes a password."""
    return any(limit.hashes for limit in limits_of(app, environ))


def early_refusal(app: Flask, environ: WSGIEnvironment) -> HTTPException | None:
    """Return the refusal of a POST that this process knows without any query."""
    limits = limits_of(app, environ)
    if not limits:
        return None

    known: Tries | None = app.extensions.get("tries")
    network = network_of(environ.get("REMOTE_ADDR"))
    for limit in limits:
        # The limit of an account would need the form.
        if not known or limit.key is not client_network:
            continue
        if refused := known.remembered(limit, network):
            return refused
    if not hashes(app, environ) or hashing.has_room(app.config):
        return None
    return busy(environ)


def refuse_early() -> None:
    """Refuse, with the site's page, the requests that `EarlyRefusals` passed on."""
    if request.method != "POST":
        return
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # a proxy
    if error := early_refusal(app, request.environ):
        raise error
    # There is room now: the middleware's note is out of date.
    if request.environ.get(NOTES, {}).get("failure") == HashingBusyError.__name__:
        del request.environ[NOTES], request.environ[LEVEL]


def limits_of(app: Flask, environ: WSGIEnvironment) -> tuple[Limit, ...]:
    """Return the limits of the view that a request is for; empty if it has none."""
    path = environ.get("PATH_INFO", "")
    found = (limits for paths, limits in limited_paths(app) if paths.fullmatch(path))
    return next(found, ())


def limited_paths(app: Flask) -> list[tuple[re.Pattern[str], tuple[Limit, ...]]]:
    """Return the patterns of the paths whose views have limits, with the limits."""
    known: list[tuple[re.Pattern[str], tuple[Limit, ...]]] | None
    known = app.extensions.get("limited_paths")
    if known is None:
        known = [
            (re.compile(paths_of(rule.rule)), limits)
            for rule in app.url_map.iter_rules()
            if (limits := getattr(app.view_functions.get(rule.endpoint), "limits", ()))
        ]
        app.extensions["limited_paths"] = known
    return known


def paths_of(rule: str) -> str:
    """Return the pattern of the paths of a rule, or of the beginning of one."""
    return "[^/]+".join(map(re.escape, VARIABLE.split(rule)))


def wait_if_under_attack(email: str) -> None:
    """Delay an attempt at an account with many failures, from any network."""
    known, patience = tries(), parse(current_app.config["LOGIN_PATIENCE"])
    if known and known.counters.count(patience, "account", email) >= patience.amount:
        time.sleep(DELAY)


def count_failure(email: str) -> None:
    """Count a wrong guess at an account."""
    g.guess_failed = True
    if known := tries():
        patience = parse(current_app.config["LOGIN_PATIENCE"])
        known.counters.add(patience, "account", email)
        known.counters.add(NETWORK.item, "typing errors", email, client_network())


def forgive(email: str) -> None:
    """Subtract the failures at an account from the count of the network.

    For a request with the right password: the failures before it were typing errors.
    Without this, the errors of all users behind one network would add up.
    """
    known = tries() if has_request_context() else None
    if known is None:
        return

    item, network = NETWORK.item, client_network()
    errors = known.counters.take_all(item, "typing errors", email, network)
    if errors:
        known.counters.add(item, NETWORK.name, network, amount=-errors)


# Names of release 0.8, kept in this release because the owner's files may use them.
log_ins = limit_logins
password_checks = limit_password_checks
registrations = limit_registrations
