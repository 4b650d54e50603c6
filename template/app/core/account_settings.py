"""The settings that app/accounts reads, and those of its libraries.

A line of config.py or a variable overrides a default. Maintained by copier-flask.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import cache
from typing import cast

from email_validator import SPECIAL_USE_DOMAIN_NAMES
from werkzeug.security import generate_password_hash

from app.core import limit_settings
from app.core.form_settings import is_header
from app.core.form_settings import refused
from app.core.known_settings import COOKIE_DOMAIN
from app.core.known_settings import COOKIE_NAME
from app.core.known_settings import HOST
from app.core.known_settings import PATH
from app.core.rules import boolean
from app.core.rules import LIBRARY
from app.core.rules import one_of
from app.core.rules import seconds
from app.core.rules import Setting
from app.core.rules import text
from app.core.rules import text_list
from app.core.rules import whole_number

HASH_METHOD = "scrypt:32768:8:1"
PASSWORD_MIN_LENGTH = 12

ENDS = tuple(f".{name}" for name in SPECIAL_USE_DOMAIN_NAMES)


@cache
def is_hash_method(method: str) -> bool:
    """Return whether Werkzeug supports a method, by hashing once.

    Except for the default, because a hash is most of the time that a start takes.
    """
    if method == HASH_METHOD:
        return hasattr(hashlib, "scrypt")
    try:
        generate_password_hash("password", method=method)
    # OpenSSL has its own exceptions, such as for too much memory.
    except Exception:  # noqa: BLE001
        return False
    return True


def special_domains() -> Setting:
    """Return the setting of domains for private networks or tests.

    Such as ["local", "home.arpa"]: an address with one of them is accepted.
    """
    names = text_list("SPECIAL_EMAIL_DOMAINS", ())

    def check(value: object) -> object:
        given = cast("list[str]", names.check(value))
        domains = [name.lower().strip(".") for name in given]
        if not all(f".{name}".endswith(ENDS) for name in domains):
            raise ValueError
        return domains

    rule = f"a list of {', '.join(SPECIAL_USE_DOMAIN_NAMES)} or domains below them"
    return replace(names, check=check, rule=rule)


SETTINGS: tuple[Setting, ...] = (
    # Idle lifetime of a session, and with "Keep me logged in".
    seconds("PERMANENT_SESSION_LIFETIME", 43_200, low=1),
    seconds("REMEMBER_COOKIE_DURATION", 2_592_000, low=1),
    # Maximum lifetime of a session in use; None: no maximum. If not set: 30 days, or
    # the longer one of the two above if that is more.
    seconds("SESSION_ABSOLUTE_LIFETIME", LIBRARY, low=1, optional=True),
    # True: each request extends a session with "Keep me logged in".
    boolean("REMEMBER_COOKIE_REFRESH_EACH_REQUEST", False),
    # None: by `cookie_name` in app/site.toml; app/core/cookies.py makes the name.
    text(
        "REMEMBER_COOKIE_NAME",
        None,
        matches=COOKIE_NAME.fullmatch,
        rule="the name of a cookie, without blanks and separators",
    ),
    text(
        "REMEMBER_COOKIE_DOMAIN",
        None,
        matches=COOKIE_DOMAIN.fullmatch,
        rule="a domain name",
    ),
    text(
        "REMEMBER_COOKIE_PATH",
        None,
        matches=PATH.fullmatch,
        rule="a path that begins with /",
    ),
    boolean("REMEMBER_COOKIE_HTTPONLY", True),
    one_of("REMEMBER_COOKIE_SAMESITE", "Lax", ("Strict", "Lax", "None"), optional=True),
    boolean(
        "REMEMBER_COOKIE_SECURE",
        True,
        by_config={"development": False, "testing": False},
    ),
    # True allows one session per account.
    boolean("SINGLE_SESSION", False),
    # For how long a typed password opens the pages that ask for it again.
    seconds("REAUTHENTICATION_AFTER", 900, low=60),
    # How long a deleted account can be kept after all, by a log-in; 0: not at all.
    # `flask users purge` deletes what is due.
    seconds("DELETION_GRACE", 0),
    # "basic", or None for nothing.
    Setting(name="SESSION_PROTECTION", default=LIBRARY, optional=True),
    # Werkzeug's name for how passwords are hashed, with its parameters. After a change
    # each hash is renewed at the next log-in.
    text(
        "HASH_METHOD",
        HASH_METHOD,
        matches=is_hash_method,
        rule="a method of Werkzeug's, such as scrypt:32768:8:1",
        by_config={"testing": "pbkdf2:sha256:1"},  # cheap
    ),
    # The length of the shortest password, in bytes of UTF-8: letters of most scripts
    # count two or three.
    whole_number("PASSWORD_MIN_LENGTH", PASSWORD_MIN_LENGTH, low=12, high=64),
    # Who may make an account on the page for it: everyone ("open"), only people whom an
    # administrator invites ("invite"), or no one ("closed").
    one_of("REGISTRATION", "open", ("open", "invite", "closed")),
    # How long a link to a new password is valid.
    seconds("RESET_LIFETIME", 3_600, low=60),
    # How long the link of an invitation is valid.
    seconds("INVITATION_LIFETIME", 604_800, low=60),
    # Further settings of Flask-Login.
    text("AUTH_HEADER_NAME", LIBRARY, matches=is_header, rule="the name of a header"),
    text(
        "FORCE_HOST_FOR_REDIRECTS",
        LIBRARY,
        matches=HOST.fullmatch,
        rule="a host name",
        optional=True,
    ),
    refused(
        "USE_SESSION_FOR_NEXT",
        "the log-in page reads the target after a log-in from its URL.",
    ),
    refused(
        "LOGIN_DISABLED",
        "it opens pages that need an account. In tests, use `logged_in_client`.",
    ),
    special_domains(),
    *limit_settings.SETTINGS,
)
