"""Requests of programs: `Authorization: Bearer` and a token, below /api/.

Such a request has no session: its cookies are not read, it needs no CSRF token, and its
answer sets no cookie. `current_user` is the account of the token. A view that requires
a recently typed password takes a token for one, because to make a token required it.

Settings: API_NETWORK_LIMIT, API_TOKEN_LIMIT. Maintained by copier-flask.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from collections.abc import Iterable
from datetime import datetime
from datetime import timedelta
from datetime import UTC
from functools import partial
from functools import wraps
from typing import Any
from typing import cast
from typing import NamedTuple
from typing import NoReturn
from typing import TypeVar
from wsgiref.types import StartResponse
from wsgiref.types import WSGIApplication
from wsgiref.types import WSGIEnvironment

from flask import current_app
from flask import Flask
from flask import g
from flask import request
from flask import Response
from werkzeug.exceptions import HTTPException

from app.accounts import api_tokens
from app.accounts import login
from app.accounts import sessions
from app.accounts import throttling
from app.accounts import token_commands
from app.accounts.api_tokens import Found
from app.accounts.networks import client_network
from app.accounts.tries import Attempt
from app.accounts.tries import Limit
from app.accounts.tries import Tries
from app.core import request_log
from app.core.errors import API_PREFIX
from app.core.hooks import AFTER_SESSION
from app.core.responses import wrap
from app.core.texts import text
from app.extensions import login_manager
from app.models import User

View = TypeVar("View", bound=Callable[..., Any])

# The key of what a request has sent as a token.
SENT = "app.bearer"

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


def key_of_token() -> str:
    """Return the key of API_TOKEN_LIMIT."""
    return str(g.bearer.id)


TOKEN = Limit("token", "API_TOKEN_LIMIT", key_of_token, is_divided=True, hashes=False)
WRONG = Limit(
    "network", "API_NETWORK_LIMIT", client_network, is_divided=True, hashes=False
)


class Count(NamedTuple):
    """What one limit says about this request; `left` in requests, the rest seconds."""

    name: str
    allowed: int
    left: int
    window: int
    reset: int


class BearerError(HTTPException):
    """A refusal with a challenge in the words of RFC 6750."""

    def __init__(self, code: int, description: str, parameter: str) -> None:
        super().__init__(description)
        self.code = code
        self.parameter = parameter

    def get_headers(
        self, environ: WSGIEnvironment | None = None, scope: Any = None
    ) -> list[tuple[str, str]]:
        """Return the headers of the answer."""
        challenge = ("WWW-Authenticate", f"Bearer {self.parameter}")
        return [*super().get_headers(environ, scope), challenge]


def init_app(app: Flask) -> None:
    layer = wrap(app)
    layer.flask = partial(take_token, layer.flask)
    app.extensions[login.LOAD_BY_TOKEN] = load
    app.extensions[login.NO_CREDENTIALS] = no_credentials
    # Before the check of the CSRF token.
    app.before_request_funcs.setdefault(None, []).insert(0, need_no_csrf_token)
    app.after_request(add_counts)
    app.extensions[AFTER_SESSION].append(finish)
    app.cli.add_command(token_commands.group)


def take_token(
    inner: WSGIApplication, environ: WSGIEnvironment, start_response: StartResponse
) -> Iterable[bytes]:
    """Take the cookies from a request below /api/ that has sent a token."""
    scheme, _, sent = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    path = request_log.path_of(environ)
    if scheme.lower() == "bearer" and path.startswith(API_PREFIX):
        environ[SENT] = sent.strip()
        environ.pop("HTTP_COOKIE", None)
    return inner(environ, start_response)


def is_used() -> bool:
    """Return whether this request has sent a token, valid or not."""
    return SENT in request.environ


def need_no_csrf_token() -> None:
    """Switch the check off: a browser does not send a token on behalf of another site.

    Nothing is lost if the token is wrong: the request has no session.
    """
    if is_used():
        g.csrf_valid = True


def load() -> User | None:
    """Return the account of this request's token, or None if it has sent none.

    Raises BearerError for a token that is not valid, and for one that may not do what
    the method does, and TooManyRequests.
    """
    sent = request.environ.get(SENT)
    if sent is None:
        return None
    if login_manager._request_callback and not api_tokens.has_form(sent):
        return None  # it may be one of the owner's

    found = api_tokens.find(sent)
    # A function of `after_request` that reads the account after a refusal gets a
    # visitor, and no second refusal.
    login_manager._update_request_context_with_user()
    if found is None:
        refuse_wrong()
    use(found)
    return sessions.attach(found.user)


def use(found: Found) -> None:
    """Count a request with a valid token, and refuse it if the token may not do it.

    Raises BearerError and TooManyRequests.
    """
    g.bearer = found
    request_log.note(token=found.id)
    if known := throttling.tries():
        count(known, TOKEN)
    if request.method not in SAFE_METHODS and not found.may_write:
        raise read_only()
    g.logged_in = True


def refuse_wrong() -> NoReturn:
    """Count a wrong token, and raise BearerError, or TooManyRequests."""
    if known := throttling.tries():
        count(known, WRONG)
    raise BearerError(401, text("bearer.invalid"), 'error="invalid_token"')


def count(known: Tries, limit: Limit) -> None:
    """Count this request; raises TooManyRequests above the limit."""
    attempt = Attempt(limit, limit.item, limit.key() or "")
    counted, allowed = known.add(attempt, 1), known.allowed(limit)
    left = known.counters.seconds_left(attempt.item, limit.name, attempt.key)
    g.api_count = Count(
        limit.name,
        allowed,
        max(0, allowed - counted),
        attempt.item.get_expiry(),
        max(0, math.ceil(left)),
    )
    if counted > allowed:
        raise known.refusal(attempt)


def read_only() -> BearerError:
    """Return the 403 for a token without the scope `write`."""
    parameter = 'error="insufficient_scope", scope="write"'
    return BearerError(403, text("bearer.read_only"), parameter)


def no_credentials(description: str) -> BearerError:
    """Return the 401 for a request without a log-in and without a token."""
    return BearerError(401, description, 'realm="api"')


def write_required(view: View) -> View:
    """Return a view that a token can only call with the scope `write`, also by GET.

    Write it below `login_required`, or in a blueprint that requires a log-in.
    """

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if (found := current()) and not found.may_write:
            raise read_only()
        return current_app.ensure_sync(view)(*args, **kwargs)

    return cast("View", guarded)


def current() -> Found | None:
    """Return the token that has authenticated this request, or None."""
    found: Found | None = g.get("bearer")
    return found


def limited_lifetime(lifetime: timedelta | None) -> timedelta | None:
    """Return the lifetime of a new token: one made with a token ends with that one."""
    maker = current()
    if maker is None or maker.expires_at is None:
        return lifetime
    left = maker.expires_at - datetime.now(UTC)
    return left if lifetime is None else min(lifetime, left)


def add_counts(response: Response) -> Response:
    """Add what the limits say, as draft-ietf-httpapi-ratelimit-headers has it."""
    counted: Count | None = g.get("api_count")
    if counted:
        name, allowed, left, window, reset = counted
        response.headers["RateLimit-Policy"] = f'"{name}";q={allowed};w={window}'
        response.headers["RateLimit"] = f'"{name}";r={left};t={reset}'
    return response


def finish(response: Response) -> Response:
    """Set no cookie, and write the last use of the token after the answer is sent."""
    if is_used():
        response.headers.pop("Set-Cookie", None)
    if (found := current()) and api_tokens.is_due(found):
        app = current_app._get_current_object()  # type: ignore[attr-defined]  # a proxy
        response.call_on_close(partial(api_tokens.note_use, app, found.id))
    return response
