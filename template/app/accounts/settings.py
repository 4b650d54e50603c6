"""The settings that app/accounts reads, and those of its libraries.

Maintained by copier-flask. A line of config.py or a variable overrides a default.
"""

from __future__ import annotations

from app.core.rules import boolean
from app.core.rules import one_of
from app.core.rules import seconds
from app.core.rules import Setting
from app.core.rules import text

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
    # Werkzeug's name for how passwords are hashed, with its parameters.
    text(
        "HASH_METHOD",
        "scrypt:32768:8:1",
        by_config={"testing": "pbkdf2:sha256:1"},  # cheap
    ),
)
