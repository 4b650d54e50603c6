"""Counts of attempts, and refusals when a count is at its limit.

An attempt is counted before it is answered, so that simultaneous attempts do not exceed
a limit. It is subtracted again if it was not a wrong guess. Settings:
RATELIMIT_KEY_PREFIX, RATELIMIT_STORAGE_OPTIONS, RATELIMIT_STORAGE_URI, REDIS_URL,
WEB_CONCURRENCY. Maintained by copier-flask: app/core/limit_settings.py has the limits.
"""

from __future__ import annotations

import logging
import math
import threading
from collections import Counter
from collections.abc import Callable
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from typing import cast
from typing import NamedTuple

from flask import current_app
from flask import Flask
from limits import parse
from limits import RateLimitItem
from limits.errors import ConfigurationError
from limits.storage import Storage
from limits.storage import storage_from_string
from werkzeug.exceptions import TooManyRequests

from app.accounts.counters import Counters
from app.accounts.hashing import HashingBusyError
from app.accounts.networks import client_network
from app.accounts.networks import is_of_a_proxy
from app.accounts.refusals import Refusals
from app.core.rules import SettingsError
from app.core.texts import lazy

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limit:
    """A rate limit: its name, its setting, and the function that returns its key."""

    name: str
    setting: str
    # None: the limit does not apply.
    key: Callable[[], str | None]
    # Without a shared storage, each process allows its share of the attempts.
    is_divided: bool = False
    # Whether what is limited hashes a password.
    hashes: bool = True

    @property
    def item(self) -> RateLimitItem:
        """The number and the window of the setting."""
        return parse(current_app.config[self.setting])


class Attempt(NamedTuple):
    """An attempt as one limit counts it."""

    limit: Limit
    item: RateLimitItem
    key: str


class Tries:
    """The counts of an application, and which of them are at their limit."""

    def __init__(self, app: Flask) -> None:
        self.counters = Counters(
            new_storage(app.config), app.config["RATELIMIT_KEY_PREFIX"]
        )
        self.refusals = Refusals()
        self.shares = 1 if self.counters.is_shared else app.config["WEB_CONCURRENCY"]
        # Number of attempts being answered, by the name and the key of a count.
        self.open: Counter[tuple[str, str]] = Counter()
        self.lock = threading.Lock()

    def allowed(self, limit: Limit) -> int:
        """Return how many attempts this process allows in a window."""
        shares = self.shares if limit.is_divided else 1
        return max(1, limit.item.amount // shares)

    def count(self, limits: tuple[Limit, ...]) -> list[Attempt]:
        """Count an attempt, and return it as each limit counted it.

        At a limit, counts nothing and raises `TooManyRequests`, or `HashingBusyError`
        if attempts that are still being answered may succeed.
        """
        tries = [Attempt(one, one.item, key) for one in limits if (key := one.key())]
        # Before they are counted: counted attempts that are not open have failed.
        self.note_open(tries, 1)
        for number, one in enumerate(tries, 1):
            counted, allowed = self.add(one, 1), self.allowed(one.limit)
            if counted > allowed:
                failed = counted - self.open[one.limit.name, one.key]
                self.take_back(tries[:number])
                self.note_open(tries, -1)
                raise HashingBusyError if failed < allowed else self.refusal(one)
        return tries

    def add(self, one: Attempt, amount: int) -> int:
        """Add to the count of an attempt, and return the new count."""
        return self.counters.add(one.item, one.limit.name, one.key, amount=amount)

    def take_back(self, tries: list[Attempt]) -> None:
        """Subtract an attempt that was not a wrong guess."""
        for one in tries:
            self.add(one, -1)

    def note_open(self, tries: list[Attempt], by: int) -> None:
        """Add `by` to the number of attempts that are being answered."""
        with self.lock:
            for limit, _, key in tries:
                self.open[limit.name, key] += by
                if not self.open[limit.name, key]:
                    del self.open[limit.name, key]

    def refusal(self, one: Attempt) -> TooManyRequests:
        """Remember a refusal, log the first one in its window, and return it."""
        left = self.counters.seconds_left(one.item, one.limit.name, one.key)
        if self.refusals.remember((one.limit.name, one.key), left):
            log_refusal(one, left)
        return too_many(left)

    def remembered(self, limit: Limit, network: str) -> TooManyRequests | None:
        """Return the remembered refusal of a network, without a query, or None."""
        left = self.refusals.seconds_left((limit.name, network))
        return too_many(left) if left else None

    def reset(self) -> None:
        """Forget all attempts and refusals."""
        self.counters.reset()
        self.refusals.kept.clear()


def set_storage(app: Flask) -> None:
    """Use the storage of the settings, or Redis, or the memory of each process."""
    config = app.config
    address = config["RATELIMIT_STORAGE_URI"] or config["REDIS_URL"] or "memory://"
    options: dict[str, object] = {"wrap_exceptions": True}
    if address.startswith("redis"):
        # Seconds. A log-in must not wait longer for a Redis that is down.
        options |= {"socket_timeout": 1, "socket_connect_timeout": 1}
    config["RATELIMIT_STORAGE_URI"] = address
    config["RATELIMIT_STORAGE_OPTIONS"] = options | config["RATELIMIT_STORAGE_OPTIONS"]


def new_storage(config: Mapping[str, Any]) -> Storage:
    """Return the storage of the settings; raises `SettingsError` if it is invalid."""
    try:
        storage = storage_from_string(
            config["RATELIMIT_STORAGE_URI"], **config["RATELIMIT_STORAGE_OPTIONS"]
        )
    except (ConfigurationError, TypeError) as error:
        raise SettingsError(
            f"RATELIMIT_STORAGE_URI or RATELIMIT_STORAGE_OPTIONS does not work: {error}"
        ) from None
    return cast("Storage", storage)


def log_refusal(one: Attempt, left: float) -> None:
    """Log a refusal; `left` is the number of seconds until the window ends."""
    message = "Too many tries: refused until the window of the limit ends."
    if is_of_a_proxy():
        message += " This is the address of a proxy: PROXY_HOPS must be set."
    fields = {
        "limit": one.limit.name,
        "allowed": str(one.item),
        "network": client_network(),
        "seconds": math.ceil(left),
    }
    logger.warning(message, extra={"fields": fields})


def too_many(seconds: float) -> TooManyRequests:
    """Return the 429 for a limit whose window ends in so many seconds."""
    seconds = max(1, math.ceil(seconds))
    minutes = math.ceil(seconds / 60)
    one_or_more = "tries.minute" if minutes == 1 else "tries.minutes"
    # Lazily: a refusal may be made before Flask handles the request.
    return TooManyRequests(lazy(one_or_more, minutes=minutes), retry_after=seconds)
