"""The settings of the limits on guessing, and those of Flask-Limiter.

A line of config.py or a variable overrides a default. Maintained by copier-flask.
"""

from __future__ import annotations

from collections.abc import Callable

from limits import parse
from limits import parse_many
from limits.strategies import STRATEGIES

from app.core.rules import boolean
from app.core.rules import digits
from app.core.rules import LIBRARY
from app.core.rules import mapping
from app.core.rules import one_of
from app.core.rules import RuleError
from app.core.rules import Setting
from app.core.rules import text
from app.core.rules import whole_number

# The storages of `limits` that can decrement a count.
STORAGES = ("memory", "redis", "valkey")

HEADERS = ("LIMIT", "REMAINING", "RESET", "RETRY_AFTER")


def is_one_limit(given: str) -> bool:
    """Return whether text is one limit, such as "10 per 15 minutes"."""
    return len(parse_many(given)) == 1 and parse(given).amount > 0


def limit(name: str, default: str) -> Setting:
    """Return a setting for a number of attempts in a period."""
    rule = "a number and a time, such as 10 per 15 minutes"
    return text(name, default, matches=is_one_limit, rule=rule)


def limits(name: str) -> Setting:
    """Limits of Flask-Limiter: text, or in config.py a function that returns it."""

    def check(value: object) -> object:
        if isinstance(value, str):
            parse_many(value)
        elif not callable(value):
            raise ValueError
        return value

    rule = "limits such as 5 per minute; 100 per hour"
    return Setting(name=name, default=LIBRARY, check=check, rule=rule, optional=True)


def function(name: str) -> Setting:
    """Return a setting that only config.py can set, to a function."""

    def check(value: object) -> object:
        if not callable(value):
            raise ValueError
        return value

    rule = "a function, which only config.py can name"
    return Setting(name=name, default=LIBRARY, check=check, rule=rule)


def cost(name: str) -> Setting:
    """Return a setting for a number from 1, or for a function."""

    def check(value: object) -> object:
        if not callable(value) and (type(value) is not int or value < 1):
            raise ValueError
        return value

    rule = "a whole number from 1, or in config.py a function"
    return Setting(name=name, default=LIBRARY, read=digits, check=check, rule=rule)


def not_read(name: str, remedy: str) -> Setting:
    """Return a setting that is refused, because the library does not read it."""

    def check(_: object) -> object:
        raise RuleError(f"{name} is not read by Flask-Limiter: {remedy}.")

    return Setting(name=name, default=LIBRARY, check=check)


def is_storage(address: str) -> bool:
    """Return whether text is the address of a storage that can decrement."""
    return address.startswith(STORAGES) and "://" in address


def header_name(name: str) -> bool:
    """Return whether text is letters, digits and hyphens."""
    return name.isascii() and name.replace("-", "").isalnum()


def several(kind: Callable[[str], Setting], *names: str) -> tuple[Setting, ...]:
    """Return settings of one kind by the ends of their names."""
    return tuple(kind(f"RATELIMIT_{name}") for name in names)


SETTINGS: tuple[Setting, ...] = (
    # Wrong passwords for one account from one network, and wrong current passwords in
    # one session. Networks are /24 of IPv4 and /64 of IPv6.
    limit("LOGIN_LIMIT", "10 per 15 minutes"),
    # Wrong passwords from one network, for any account. They are subtracted when that
    # account logs in from there.
    limit("LOGIN_NETWORK_LIMIT", "50 per 15 minutes"),
    # After this many wrong passwords for one account, from any network, each attempt
    # waits for half a second.
    limit("LOGIN_PATIENCE", "20 per 15 minutes"),
    # Registrations from one network.
    limit("REGISTRATION_LIMIT", "100 per hour"),
    # How many requests of a process may hash a password or wait for it. None means
    # WEB_THREADS - 1, so that a thread stays for all other requests.
    whole_number(
        "MAX_HASHING_REQUESTS", None, low=1, optional=True, by_config={"testing": 100}
    ),
    #
    # Flask-Limiter's: https://flask-limiter.readthedocs.io/en/stable/configuration.html
    # They apply to your own limits; the limits above use only RATELIMIT_ENABLED,
    # RATELIMIT_KEY_PREFIX and the storage.
    boolean("RATELIMIT_ENABLED", True),
    text("RATELIMIT_KEY_PREFIX", "", matches=lambda _: True),
    # Without one: REDIS_URL, or the memory of each process.
    text(
        "RATELIMIT_STORAGE_URI",
        None,
        matches=is_storage,
        rule="the address of a Redis or Valkey, or memory://",
        secret=True,
    ),
    mapping("RATELIMIT_STORAGE_OPTIONS", {}),
    one_of("RATELIMIT_STRATEGY", LIBRARY, tuple(STRATEGIES)),
    boolean("RATELIMIT_FAIL_ON_FIRST_BREACH", LIBRARY),
    # False: a storage that is down is answered with 503.
    boolean("RATELIMIT_SWALLOW_ERRORS", True),
    boolean("RATELIMIT_IN_MEMORY_FALLBACK_ENABLED", True),
    boolean("RATELIMIT_HEADERS_ENABLED", LIBRARY),
    one_of(
        "RATELIMIT_HEADER_RETRY_AFTER_VALUE", LIBRARY, ("http-date", "delta-seconds")
    ),
    boolean("RATELIMIT_APPLICATION_PER_METHOD", LIBRARY),
    boolean("RATELIMIT_DEFAULTS_PER_METHOD", LIBRARY),
    *several(limits, "APPLICATION", "DEFAULT", "META", "IN_MEMORY_FALLBACK"),
    *several(cost, "APPLICATION_COST", "DEFAULTS_COST"),
    *several(function, "APPLICATION_EXEMPT_WHEN", "DEFAULTS_EXEMPT_WHEN"),
    *several(function, "APPLICATION_DEDUCT_WHEN", "DEFAULTS_DEDUCT_WHEN"),
    *several(function, "ON_BREACH_CALLBACK", "ON_META_BREACH_CALLBACK"),
    *several(function, "REQUEST_IDENTIFIER"),
    *(
        text(
            f"RATELIMIT_HEADER_{name}",
            LIBRARY,
            matches=header_name,
            rule="the name of a header",
        )
        for name in HEADERS
    ),
    not_read(
        "RATELIMIT_KEY_FUNC", "give the function to Limiter() in app/extensions.py"
    ),
)
