"""The settings that app/accounts reads, and those of its libraries.

A line of config.py or a variable overrides a default. Maintained by copier-flask.
"""

from __future__ import annotations

from functools import cache

from werkzeug.security import generate_password_hash

from app.core.rules import boolean
from app.core.rules import LIBRARY
from app.core.rules import one_of
from app.core.rules import seconds
from app.core.rules import Setting
from app.core.rules import text


@cache
def is_hash_method(method: str) -> bool:
    """Tell whether Werkzeug can hash with it, by hashing once."""
    try:
        generate_password_hash("password", method=method)
    # Of OpenSSL too, such as for too much memory.
    except Exception:  # noqa: BLE001
        return False
    return True


SETTINGS: tuple[Setting, ...] = (
    # How long an idle session lasts, and with "Keep me logged in".
    seconds("PERMANENT_SESSION_LIFETIME", 43_200, low=1),
    seconds("REMEMBER_COOKIE_DURATION", 2_592_000, low=1),
    one_of("REMEMBER_COOKIE_SAMESITE", "Lax", ("Strict", "Lax", "None"), optional=True),
    boolean(
        "REMEMBER_COOKIE_SECURE",
        True,
        by_config={"development": False, "testing": False},
    ),
    # True allows one session per account.
    boolean("SINGLE_SESSION", False),
    # app/accounts/session_protection.py checks it.
    Setting(name="SESSION_PROTECTION", default=LIBRARY, optional=True),
    # Werkzeug's name for how passwords are hashed, with its parameters. After a change
    # each hash is renewed at the next log-in.
    text(
        "HASH_METHOD",
        "scrypt:32768:8:1",
        matches=is_hash_method,
        rule="a method of Werkzeug's, such as scrypt:32768:8:1",
        by_config={"testing": "pbkdf2:sha256:1"},  # cheap
    ),
)
