"""The settings of Flask-WTF: https://flask-wtf.readthedocs.io/en/stable/config/

A line of config.py or a variable overrides a default. Maintained by copier-flask.
"""

from __future__ import annotations

import re
from dataclasses import replace

from app.core.rules import boolean
from app.core.rules import comma_separated
from app.core.rules import LIBRARY
from app.core.rules import mapping
from app.core.rules import RuleError
from app.core.rules import seconds
from app.core.rules import Setting
from app.core.rules import text

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"}

# Names that the session or `g` use for something else.
TAKEN = {
    *("_flashes", "_fresh", "_id", "_permanent", "_remember", "_user_id", "next"),
    *("get", "pop", "setdefault", "csrf_valid", "logged_in", "remembered", "failure"),
    *("bearer", "api_count"),
}

is_name = re.compile(r"[A-Za-z0-9_-]+").fullmatch
is_header = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+").fullmatch  # of RFC 9110


def signing_key(value: object) -> object:
    """Return a key or a list of keys; raises ValueError for anything else."""
    keys = value if isinstance(value, list | tuple) else [value]
    if not keys or not all(isinstance(key, str | bytes) and key for key in keys):
        raise ValueError
    return value


def methods(value: object) -> list[str]:
    """Return names of methods in capitals, as Flask-WTF compares them.

    Raises ValueError for anything else.
    """
    # Of a text, Flask-WTF would take the letters, and protect nothing.
    if not isinstance(value, list | tuple | set | frozenset):
        raise ValueError
    names = [str(name).upper() for name in value]
    if not METHODS.issuperset(names):
        raise ValueError
    return names


def header_names(value: object) -> list[str]:
    """Return names of headers as a list; raises ValueError for anything else."""
    if not isinstance(value, list | tuple) or not all(
        isinstance(name, str) and is_header(name) for name in value
    ):
        raise ValueError
    return list(value)


def refused(name: str, reason: str) -> Setting:
    """A switch of a library that must stay off."""

    def check(value: object) -> bool:
        if value is not False:
            raise RuleError(f"{name} must be false: {reason}")
        return False

    switch = boolean(name, LIBRARY)
    return replace(switch, check=check)


LIST_RULE = "a list, in a variable separated by commas"

SETTINGS: tuple[Setting, ...] = (
    boolean("WTF_CSRF_ENABLED", True, by_config={"testing": False}),
    seconds("WTF_CSRF_TIME_LIMIT", LIBRARY, low=1, optional=True),
    boolean("WTF_CSRF_CHECK_DEFAULT", LIBRARY),
    boolean("WTF_CSRF_SSL_STRICT", LIBRARY),
    boolean("WTF_I18N_ENABLED", LIBRARY),
    text(
        "WTF_CSRF_FIELD_NAME",
        LIBRARY,
        matches=lambda name: is_name(name) and name not in TAKEN,
        rule="letters, digits, - and _, and no name that is taken in the session",
    ),
    text("WTF_CSRF_META_NAME", LIBRARY),
    Setting(
        name="WTF_CSRF_METHODS",
        default=LIBRARY,
        read=comma_separated,
        check=methods,
        rule=f"methods of HTTP, {LIST_RULE}",
    ),
    Setting(
        name="WTF_CSRF_HEADERS",
        default=LIBRARY,
        read=comma_separated,
        check=header_names,
        rule=f"names of headers, {LIST_RULE}",
    ),
    # A separate key for forms; a list is ordered oldest first.
    Setting(
        name="WTF_CSRF_SECRET_KEY",
        default=LIBRARY,
        check=signing_key,
        rule="a key, or a list of keys",
        secret=True,
    ),
    boolean("RECAPTCHA_ENABLED", LIBRARY),
    text("RECAPTCHA_PUBLIC_KEY", LIBRARY, optional=True),
    text("RECAPTCHA_PRIVATE_KEY", LIBRARY, secret=True, optional=True),
    text("RECAPTCHA_VERIFY_SERVER", LIBRARY, optional=True),
    text("RECAPTCHA_SCRIPT", LIBRARY, optional=True),
    text("RECAPTCHA_HTML", LIBRARY, optional=True),
    text("RECAPTCHA_DIV_CLASS", LIBRARY, optional=True),
    mapping("RECAPTCHA_PARAMETERS", LIBRARY, optional=True),
    mapping("RECAPTCHA_DATA_ATTRS", LIBRARY),
)
