"""Limits on guessing: how often somebody may try before waiting.

Failures are counted for an account and a network together, and for the network, which
finds whoever tries one password at many accounts. For an account alone there is a delay
and never a refusal: strangers must not lock its owner out.

A try is counted before it is answered, so that tries at the same moment do not exceed a
limit. It is taken back if it was no wrong guess.
"""

from __future__ import annotations

import hashlib
import ipaddress
import logging
import math
import threading
import time
from collections import Counter
from collections.abc import Callable
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
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
from limits import RateLimitItem
from limits.errors import ConfigurationError
from limits.storage import Storage
from limits.storage import storage_from_string
from werkzeug.exceptions import HTTPException
from werkzeug.exceptions import TooManyRequests

from app.accounts import hashing
from app.accounts.addresses import normalise
from app.accounts.counters import Counters
from app.accounts.hashing import HashingBusyError
from app.accounts.refusals import busy
from app.accounts.refusals import EarlyRefusals
from app.accounts.refusals import Refusals
from app.core.errors import handle_http_error
from app.core.request_log import LEVEL
from app.core.request_log import NOTES
from app.core.rules import SettingsError
from app.extensions import limiter

View = TypeVar("View", bound=Callable[..., Any])

DELAY = 0.5  # seconds

# Where proxies are, and few clients.
PRIVATE = [
    ipaddress.ip_network(network)
    for network in ("10.0.0.0/8", "127.0.0.0/8", "172.16.0.0/12", "::1", "fc00::/7")
]

logger = logging.getLogger(__name__)


def init_app(app: Flask) -> None:
    set_storage(app)
    # Before Flask-Limiter, which would end a wrong start with a traceback.
    if app.config["RATELIMIT_ENABLED"]:
        app.extensions["tries"] = Tries(app)
    limiter.init_app(app)
    check = partial(early_refusal, app)
    app.extensions["early_refusals"] = EarlyRefusals(app, check)
    # Before the session and the token of a form are looked at.
    app.before_request_funcs.setdefault(None, []).insert(0, refuse_early)


def set_storage(app: Flask) -> None:
    """Take the storage of the settings, or Redis, or the memory of each process."""
    config = app.config
    # In memory each process counts for itself, so that two allow twice as much.
    address = config["RATELIMIT_STORAGE_URI"] or config["REDIS_URL"] or "memory://"
    options: dict[str, object] = {"wrap_exceptions": True}
    if address.startswith("redis"):
        # Seconds. A log-in must not wait longer for a Redis that is away.
        options |= {"socket_timeout": 1, "socket_connect_timeout": 1}
    config["RATELIMIT_STORAGE_URI"] = address
    config["RATELIMIT_STORAGE_OPTIONS"] = options | config["RATELIMIT_STORAGE_OPTIONS"]


def new_storage(config: Mapping[str, Any]) -> Storage:
    try:
        storage = storage_from_string(
            config["RATELIMIT_STORAGE_URI"], **config["RATELIMIT_STORAGE_OPTIONS"]
        )
    except (ConfigurationError, TypeError) as error:
        raise SettingsError(
            f"RATELIMIT_STORAGE_URI or RATELIMIT_STORAGE_OPTIONS does not work: {error}"
        ) from None
    return cast("Storage", storage)


@dataclass(frozen=True)
class Limit:
    """A count: its name, its setting, and the function that tells whose tries."""

    name: str
    setting: str
    # None: the limit does not apply.
    key: Callable[[], str | None]

    @property
    def item(self) -> RateLimitItem:
        return parse(current_app.config[self.setting])


class Tries:
    """The counts of an application, and which of them are at their limit."""

    def __init__(self, app: Flask) -> None:
        self.counters = Counters(
            new_storage(app.config), app.config["RATELIMIT_KEY_PREFIX"]
        )
        self.refusals = Refusals()
        # Each process has its share of what a network may try.
        self.shares = 1 if self.counters.is_shared else app.config["WEB_CONCURRENCY"]
        self.open: Counter[tuple[str, str]] = Counter()
        self.lock = threading.Lock()

    def allowed(self, limit: Limit) -> int:
        """Return how many tries this process lets through in a window."""
        shares = self.shares if limit is NETWORK else 1
        return max(1, limit.item.amount // shares)

    def count(self, limits: tuple[Limit, ...]) -> None:
        """Count a try; raise `TooManyRequests`, and count nothing, at a limit.

        Raises `HashingBusyError` if it is not known yet whether others have failed.
        """
        keys = [(limit, limit.key()) for limit in limits]
        counted = [(limit.item, limit.name, key) for limit, key in keys if key]
        # Before they are counted: all that is counted and not open has failed.
        self.note_open(counted, 1)
        done = []
        for limit, key in keys:
            if not key:
                continue
            done.append((limit.item, limit.name, key))
            tries, allowed = self.counters.add(*done[-1]), self.allowed(limit)
            if tries > allowed:
                failed = tries - self.open[limit.name, key]
                self.take_back(done)
                self.note_open(counted, -1)
                if failed < allowed:
                    raise HashingBusyError
                raise self.refusal(limit, limit.item, key)
        g.counted_try = counted

    def note_open(self, counted: list[tuple[RateLimitItem, str, str]], by: int) -> None:
        """Note how many tries are being answered."""
        with self.lock:
            for _, name, key in counted:
                self.open[name, key] += by
                if not self.open[name, key]:
                    del self.open[name, key]

    def take_back(self, counted: list[tuple[RateLimitItem, str, str]]) -> None:
        for item, name, key in counted:
            self.counters.add(item, name, key, amount=-1)

    def refusal(self, limit: Limit, item: RateLimitItem, key: str) -> TooManyRequests:
        """Remember a refusal, log the first one in its window, and return it."""
        left = self.counters.seconds_left(item, limit.name, key)
        if self.refusals.remember((limit.name, key), left):
            log_refusal(limit, item, left)
        return too_many(left)

    def remembered(self, limit: Limit, network: str) -> TooManyRequests | None:
        """Return the refusal of a network that is remembered, without a question."""
        left = self.refusals.seconds_left((limit.name, network))
        return too_many(left) if left else None

    def reset(self) -> None:
        self.counters.reset()
        self.refusals.kept.clear()


def tries() -> Tries | None:
    """Return the counts of this application; None if limits are switched off."""
    found: Tries | None = current_app.extensions.get("tries")
    return found


def reset(app: Flask) -> None:
    """Forget all tries, such as between two tests."""
    if "tries" in app.extensions:
        app.extensions["tries"].reset()
        app.extensions["early_refusals"].pages.clear()
        limiter.reset()


def log_refusal(limit: Limit, item: RateLimitItem, left: float) -> None:
    network = address_block()
    message = "Too many tries: refused until the window of the limit ends."
    if is_of_a_proxy():
        message += " This is the address of a proxy: PROXY_HOPS must be set."
    fields = {"limit": limit.name, "allowed": str(item), "network": network}
    logger.warning(message, extra={"fields": {**fields, "seconds": math.ceil(left)}})


def is_of_a_proxy() -> bool:
    """Tell whether the address is that of a proxy that nobody has set."""
    if current_app.config["PROXY_HOPS"] or current_app.debug:
        return False
    try:
        address = ipaddress.ip_address(without_port(request.remote_addr or ""))
    except ValueError:  # a socket file
        return True
    return any(address in network for network in PRIVATE)


def too_many(seconds: float) -> TooManyRequests:
    seconds = max(1, math.ceil(seconds))
    minutes = math.ceil(seconds / 60)
    unit = "minute" if minutes == 1 else "minutes"
    return TooManyRequests(
        f"Too many tries. Try again in {minutes} {unit}.", retry_after=seconds
    )


def refuse(limit: RequestLimit) -> Response:
    """Answer for a limit of Flask-Limiter: `limiter.limit(..., on_breach=refuse)`."""
    error = too_many(limit.reset_at - 1 - time.time())
    return current_app.make_response(handle_http_error(error))


# The key of requests without an address, such as by a socket file.
ELSEWHERE = "elsewhere"


def address_block() -> str:
    """Return the network that this request comes from: /24 of IPv4, /64 of IPv6.

    Its address is the one that `PROXY_HOPS` makes of it: what a client writes into a
    forwarding header changes nothing.
    """
    return block_of(request.remote_addr)


@lru_cache(maxsize=1_000)
def block_of(text: str | None) -> str:
    """Return the network of an address."""
    try:
        address = ipaddress.ip_address(without_port(text or ""))
    except ValueError:  # a socket file has none; all that is no address is one place
        return ELSEWHERE

    # A socket for both kinds writes an IPv4 address as ::ffff:192.0.2.1.
    address = getattr(address, "ipv4_mapped", None) or address
    size = 24 if address.version == 4 else 64
    return str(ipaddress.ip_network((address, size), strict=False))


def without_port(text: str) -> str:
    """Some proxies write 192.0.2.1:4711 and [2001:db8::1]:4711."""
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text


def account_and_block() -> str | None:
    account = tried_account()
    return account and f"{account} {address_block()}"


def tried_account() -> str | None:
    """Return the account of a form with a field `email`, None without one."""
    address = request.form.get("email")
    try:
        return None if address is None else normalise(address)
    except ValueError:
        return "none"


def this_session() -> str:
    """Not the account: otherwise a stolen session could lock its owner out."""
    # Not the token itself, which opens the session.
    return hashlib.sha256(str(current_user.get_id()).encode()).hexdigest()


ACCOUNT = Limit("log-in", "LOGIN_LIMIT", account_and_block)
SESSION = Limit("password", "LOGIN_LIMIT", this_session)
NETWORK = Limit("network", "LOGIN_NETWORK_LIMIT", address_block)
REGISTRATION = Limit("registration", "REGISTRATION_LIMIT", address_block)


def limited(*limits: Limit, failures: bool) -> Callable[[View], View]:
    """Return a decorator that counts the POSTs of a view, or those that have failed."""

    def decorate(view: View) -> View:
        @wraps(view)
        def counted(*args: Any, **kwargs: Any) -> Any:
            known = tries()
            if known is None or request.method != "POST":
                return current_app.ensure_sync(view)(*args, **kwargs)

            known.count(limits)
            g.guess_failed = False
            try:
                return current_app.ensure_sync(view)(*args, **kwargs)
            finally:
                if failures and not g.guess_failed:
                    known.take_back(g.counted_try)
                known.note_open(g.counted_try, -1)

        vars(counted)["limits"] = limits
        return cast("View", counted)

    return decorate


log_ins = limited(ACCOUNT, NETWORK, failures=True)
password_checks = limited(SESSION, NETWORK, failures=True)
registrations = limited(REGISTRATION, failures=False)


def early_refusal(app: Flask, environ: WSGIEnvironment) -> HTTPException | None:
    """Return why a POST is refused, as far as this process knows without work on it."""
    limits = limits_by_path(app).get(environ.get("PATH_INFO", ""))
    if not limits:
        return None

    known: Tries | None = app.extensions.get("tries")
    network = block_of(environ.get("REMOTE_ADDR"))
    for limit in limits:
        # One of an account would need the form.
        if not known or limit.key is not address_block:
            continue
        if refused := known.remembered(limit, network):
            return refused
    return None if hashing.has_room(app.config) else busy(environ)


def refuse_early() -> None:
    """Refuse with the site's page what `EarlyRefusals` has let through for that."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # a proxy
    if request.method != "POST":
        return
    if error := early_refusal(app, request.environ):
        raise error
    # By now there is room: what the middleware has noted is over.
    if request.environ.get(NOTES, {}).get("failure") == HashingBusyError.__name__:
        del request.environ[NOTES], request.environ[LEVEL]


def limits_by_path(app: Flask) -> dict[str, tuple[Limit, ...]]:
    """Return the limits of the views that have some, by the path of the view."""
    known: dict[str, tuple[Limit, ...]] | None = app.extensions.get("limits_by_path")
    if known is None:
        known = {}
        for rule in app.url_map.iter_rules():
            view = app.view_functions.get(rule.endpoint)
            if limits := getattr(view, "limits", ()):
                known[rule.rule] = limits
        app.extensions["limits_by_path"] = known
    return known


def wait_if_under_attack(address: str) -> None:
    """Slow down where an account had many failures, whoever tries now."""
    known, patience = tries(), parse(current_app.config["LOGIN_PATIENCE"])
    if known and known.counters.count(patience, "account", address) >= patience.amount:
        time.sleep(DELAY)


def count_failure(address: str) -> None:
    """Count a wrong guess at an account, which is not taken back."""
    g.guess_failed = True
    if known := tries():
        patience = parse(current_app.config["LOGIN_PATIENCE"])
        known.counters.add(patience, "account", address)
        known.counters.add(NETWORK.item, "typing errors", address, address_block())


def forgive(address: str) -> None:
    """Take the failures at an account back from the count of the network.

    For a request that has given the right password: what came before was a typing
    error. Without this, the errors of a school would add up.
    """
    known = tries() if has_request_context() else None
    if known is None:
        return

    item, network = NETWORK.item, address_block()
    errors = known.counters.take_all(item, "typing errors", address, network)
    if errors:
        known.counters.add(item, NETWORK.name, network, amount=-errors)
