"""Limits on guessing: how often somebody may try before waiting.

One that refuses counts an account and a block of addresses together. For an account
alone there is a delay and never a refusal: strangers must not lock its owner out.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable

from flask import current_app
from flask import Flask
from flask import g
from flask import request
from flask import Response
from flask_limiter import RequestLimit
from flask_limiter import RouteLimit
from flask_login import current_user
from limits import parse
from limits.errors import StorageError
from werkzeug.exceptions import TooManyRequests

from app.accounts.addresses import normalise
from app.core.errors import handle_http_error
from app.extensions import limiter

TRIES = "10 per 15 minutes"
REGISTRATIONS = "100 per hour"

# After so many failures at one account, from wherever, each further try waits.
PATIENCE = parse("20 per 15 minutes")
DELAY = 0.5  # seconds


def init_app(app: Flask) -> None:
    # Without Redis each process counts for itself, so that two allow twice as much.
    app.config["RATELIMIT_STORAGE_URI"] = app.config["REDIS_URL"] or "memory://"
    options: dict[str, object] = {"wrap_exceptions": True}
    if app.config["REDIS_URL"]:
        # Seconds. A log-in must not wait longer for a Redis that is away.
        options |= {"socket_timeout": 1, "socket_connect_timeout": 1}
    app.config["RATELIMIT_STORAGE_OPTIONS"] = options
    limiter.init_app(app)


def address_block() -> str:
    """Return the network that this request comes from: /24 of IPv4, /64 of IPv6.

    Its address is the one that `PROXY_HOPS` makes of it: what a client writes into a
    forwarding header changes nothing.
    """
    try:
        address = ipaddress.ip_address(without_port(request.remote_addr or ""))
    except ValueError:  # a socket file has none; all that is no address is one place
        return "elsewhere"

    # A socket for both kinds writes an IPv4 address as ::ffff:192.0.2.1.
    address = getattr(address, "ipv4_mapped", None) or address
    size = 24 if address.version == 4 else 64
    return str(ipaddress.ip_network((address, size), strict=False))


def without_port(text: str) -> str:
    """Some proxies write 192.0.2.1:4711 and [2001:db8::1]:4711."""
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text


def account_and_block() -> str:
    return f"{tried_account()} {address_block()}"


def tried_account() -> str:
    try:
        return normalise(request.form.get("email", ""))
    except ValueError:
        return "none"


def this_session() -> str:
    """Not the account: who has got hold of one session could refuse its owner."""
    return str(current_user.get_id())


def refuse(limit: RequestLimit) -> Response:
    seconds = max(1, limit.reset_at - 1 - int(time.time()))
    minutes = -(-seconds // 60)
    error = TooManyRequests(
        f"Too many tries. Try again in {minutes} minute{'s' * (minutes > 1)}.",
        retry_after=seconds,
    )
    return current_app.make_response(handle_http_error(error))


def has_failed(_: Response) -> bool:
    return bool(g.get("guess_failed"))


def guesses(key: Callable[[], str]) -> RouteLimit:
    """Return the limit on wrong guesses; those that are right are not counted."""
    return limiter.limit(
        TRIES,
        key_func=key,
        methods=["POST"],
        deduct_when=has_failed,
        on_breach=refuse,
    )


log_ins = guesses(account_and_block)
password_checks = guesses(this_session)
registrations = limiter.limit(
    REGISTRATIONS, key_func=address_block, methods=["POST"], on_breach=refuse
)


def wait_if_under_attack(address: str) -> None:
    """Slow down where an account had many failures, whoever tries now."""
    try:
        patient = limiter.limiter.test(PATIENCE, "account", address)
    except StorageError:
        current_app.logger.exception("The storage of the limits does not answer.")
        return

    if not patient:
        time.sleep(DELAY)


def count_failure(address: str) -> None:
    g.guess_failed = True
    try:
        limiter.limiter.hit(PATIENCE, "account", address)
    except StorageError:
        current_app.logger.exception("The storage of the limits does not answer.")
