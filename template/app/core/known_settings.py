"""The settings that app/core reads, and those of Flask and its extensions.

A line of config.py or a variable overrides a default. Your own settings are in
config.py. Maintained by copier-flask.
"""

from __future__ import annotations

import json
import logging
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from app.core.proxy import plain_path
from app.core.proxy import trusted_hosts
from app.core.rules import boolean
from app.core.rules import comma_separated
from app.core.rules import LIBRARY
from app.core.rules import mapping
from app.core.rules import one_of
from app.core.rules import seconds
from app.core.rules import Setting
from app.core.rules import text
from app.core.rules import whole_number
from app.core.secret_keys import fallback_keys
from app.core.secret_keys import secret_key

CONTENT_SECURITY_POLICY = {
    "default-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "object-src": "'none'",
}
IN_PRODUCTION = {"development": False, "testing": False}

COOKIE_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
COOKIE_DOMAIN = re.compile(r"\.?[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*")
HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?")
# ASCII, without blanks and semicolons; "//host" would be another site.
PATH = re.compile(r"/(?!/)[\x21-\x3a\x3c-\x7e]*")
PRINTABLE = re.compile(r"[\t\n\r\x20-\x7e]*")


def site() -> dict[str, str]:
    """Return the content of app/site.toml, empty if there is no such file."""
    try:
        content = (Path(__file__).parent.parent / "site.toml").read_text("utf-8")
    except FileNotFoundError:
        return {}
    return tomllib.loads(content)


def is_redis(url: str) -> bool:
    """Return whether a URL is one of Redis; raises ValueError for a wrong port."""
    parts = urlsplit(url)  # raises ValueError for a port that is no number
    return parts.scheme in {"redis", "rediss"} and parts.port != 0


def public_address(value: object) -> str:
    """Return the address of the site without a slash at its end.

    Raises ValueError for anything that is not such an address.
    """
    address = urlsplit(str(value))
    port = address.port  # raises ValueError for a port that is no number
    written = f"{address.scheme}://{address.netloc}{address.path}"
    if address.scheme not in {"http", "https"} or written != value or port == 0:
        raise ValueError
    if not HOST.fullmatch(address.netloc) or not PATH.fullmatch(f"{address.path}/"):
        raise ValueError
    return written.rstrip("/")


def policy(value: object) -> object:
    """Return a policy that can be sent as a header: text, or sources by directive.

    Raises ValueError for anything else.
    """
    parts = value.items() if isinstance(value, Mapping) else [("", value)]
    for directive, sources in parts:
        if not isinstance(sources, str) or not PRINTABLE.fullmatch(
            f"{directive} {sources}"
        ):
            raise ValueError
    return value


def log_level(value: object) -> object:
    """Return a level as a number, or its name in upper case.

    Raises ValueError for an unknown name.
    """
    if isinstance(value, str) and value.upper() in logging.getLevelNamesMapping():
        return value.upper()
    if type(value) is int and value >= 0:
        return value
    raise ValueError


def echo(value: Any) -> object:
    """Return SQLALCHEMY_ECHO: a boolean, or "debug" for the rows as well.

    Raises ValueError for anything else.
    """
    if not isinstance(value, bool) and value != "debug":
        raise ValueError
    return value


SETTINGS: tuple[Setting, ...] = (
    # The site's name on pages.
    text("SITE_NAME", site().get("name", "Site")),
    text("SITE_DESCRIPTION", site().get("description", ""), matches=lambda _: True),
    # The public address with the path of the site, if it has one, for links that search
    # engines and other sites keep.
    Setting(
        name="SITE_URL",
        check=public_address,
        rule="an address such as https://example.com, with the path of the site if it "
        "has one, and without a query",
        variable="SITE_URL",
    ),
    # At least 32 ASCII characters in production.
    Setting(name="SECRET_KEY", check=secret_key, variable="SECRET_KEY", secret=True),
    # Keys that were in use before, newest first.
    Setting(
        name="SECRET_KEY_FALLBACKS",
        default=(),
        check=fallback_keys,
        variable="SECRET_KEY_FALLBACKS",
        secret=True,
    ),
    # app/core/database_url.py checks it.
    Setting(
        name="SQLALCHEMY_DATABASE_URI",
        variable="DATABASE_URL",
        secret=True,
    ),
    # The password when it is not in the address.
    text("DATABASE_PASSWORD", None, variable="DATABASE_PASSWORD", secret=True),
    # True behind a connection pooler in transaction mode, such as PgBouncer.
    boolean("DATABASE_POOLER", False),
    # In requests on PostgreSQL and MariaDB: seconds that a statement may take, and that
    # a transaction may do nothing; 0 for no limit. MySQL limits only SELECT. Commands
    # and jobs have no limit but the database's own.
    whole_number("DATABASE_STATEMENT_TIMEOUT", 30, high=86_400),
    whole_number("DATABASE_IDLE_TIMEOUT", 60, high=86_400),
    # The host names that are answered, or only * for any.
    Setting(
        name="TRUSTED_HOSTS",
        read=comma_separated,
        check=trusted_hosts,
        rule="a list of host names, in a variable separated by commas",
        variable="TRUSTED_HOSTS",
    ),
    # How many proxies in front set X-Forwarded-For.
    whole_number("PROXY_HOPS", 0, high=100, variable="PROXY_HOPS"),
    # True: the outermost of them serves the site below a path, and says so in
    # X-Forwarded-Prefix. Few proxies remove what a client writes there.
    boolean("PROXY_PREFIX", False, variable="PROXY_PREFIX"),
    # The path of the site, if it is not the root of its host. Also the path of
    # cookies, unless APPLICATION_ROOT is set.
    Setting(
        name="SCRIPT_NAME",
        default="",
        check=plain_path,
        rule="a path such as /shop, of letters, digits and ._~-",
        variable="SCRIPT_NAME",
    ),
    text(
        "REDIS_URL",
        None,
        matches=is_redis,
        rule="an address such as redis://localhost:6379/0",
        variable="REDIS_URL",
        secret=True,
    ),
    # Processes of the server; the development server has one.
    whole_number(
        "WEB_CONCURRENCY",
        2,
        low=1,
        high=512,
        variable="WEB_CONCURRENCY",
        by_config={"development": 1, "testing": 1},
    ),
    # Concurrent requests per process; each uses one database connection.
    whole_number("WEB_THREADS", 4, low=1, high=512, variable="WEB_THREADS"),
    # In seconds, on HTTPS answers only: a browser that saw it stays on HTTPS.
    seconds("HSTS_SECONDS", 31_536_000, by_config={"development": 0, "testing": 0}),
    # Sources that a page may load from: nothing inline, nothing from other sites. None
    # or an empty one sends no policy.
    Setting(
        name="CONTENT_SECURITY_POLICY",
        default=CONTENT_SECURITY_POLICY,
        read=lambda text: json.loads(text) if text.startswith("{") else text,
        check=policy,
        rule="a dictionary of directives and sources, or the text of the header, in "
        "ASCII",
        optional=True,
    ),
    # Text that every visitor may see is sent in gzip; see app/core/compression.py.
    boolean("COMPRESSION", True),
    Setting(
        name="LOG_LEVEL",
        default="INFO",
        check=log_level,
        rule="one of DEBUG, INFO, WARNING, ERROR, CRITICAL",
    ),
    # One JSON object per line.
    boolean("LOG_JSON", True, by_config={"development": False}),
    #
    # Flask's: https://flask.palletsprojects.com/en/stable/config/
    boolean("TESTING", LIBRARY),
    boolean("PROPAGATE_EXCEPTIONS", LIBRARY, optional=True),
    boolean("TRAP_HTTP_EXCEPTIONS", LIBRARY),
    boolean("TRAP_BAD_REQUEST_ERRORS", LIBRARY, optional=True),
    # None: by `cookie_name` in app/site.toml; app/core/cookies.py makes the name.
    text(
        "SESSION_COOKIE_NAME",
        None,
        matches=COOKIE_NAME.fullmatch,
        rule="the name of a cookie, without blanks and separators",
    ),
    text(
        "SESSION_COOKIE_DOMAIN",
        LIBRARY,
        matches=COOKIE_DOMAIN.fullmatch,
        rule="a domain name",
        optional=True,
    ),
    text(
        "SESSION_COOKIE_PATH",
        LIBRARY,
        matches=PATH.fullmatch,
        rule="a path that begins with /",
        optional=True,
    ),
    boolean("SESSION_COOKIE_HTTPONLY", LIBRARY),
    boolean("SESSION_COOKIE_SECURE", True, by_config=IN_PRODUCTION),
    boolean("SESSION_COOKIE_PARTITIONED", LIBRARY),
    one_of("SESSION_COOKIE_SAMESITE", "Lax", ("Strict", "Lax", "None"), optional=True),
    seconds("PERMANENT_SESSION_LIFETIME", LIBRARY, low=1),
    boolean("SESSION_REFRESH_EACH_REQUEST", LIBRARY),
    boolean("USE_X_SENDFILE", LIBRARY),
    seconds("SEND_FILE_MAX_AGE_DEFAULT", LIBRARY, optional=True),
    text(
        "SERVER_NAME",
        LIBRARY,
        matches=HOST.fullmatch,
        rule="a host name, with a port where it is not the usual one",
        optional=True,
    ),
    text(
        "APPLICATION_ROOT",
        LIBRARY,
        matches=PATH.fullmatch,
        rule="a path that begins with /",
    ),
    one_of("PREFERRED_URL_SCHEME", LIBRARY, ("http", "https")),
    # In bytes: a larger request is refused with 413.
    whole_number("MAX_CONTENT_LENGTH", 1024 * 1024, optional=True),
    # Of a multipart form: bytes per field that is no file, and number of parts.
    whole_number("MAX_FORM_MEMORY_SIZE", 500_000, optional=True),
    whole_number("MAX_FORM_PARTS", 1_000, optional=True),
    boolean("TEMPLATES_AUTO_RELOAD", LIBRARY, optional=True),
    boolean("EXPLAIN_TEMPLATE_LOADING", LIBRARY),
    whole_number("MAX_COOKIE_SIZE", LIBRARY),
    boolean("PROVIDE_AUTOMATIC_OPTIONS", LIBRARY),
    #
    # Flask-SQLAlchemy's: https://flask-sqlalchemy.readthedocs.io/en/stable/config/
    mapping("SQLALCHEMY_ENGINE_OPTIONS", LIBRARY, optional=True),
    # Addresses of more databases by their bind key.
    mapping("SQLALCHEMY_BINDS", {}),
    Setting(
        name="SQLALCHEMY_ECHO",
        default=False,
        read=lambda text: {"true": True, "false": False}.get(text.lower(), text),
        check=echo,
        rule='true, false or "debug"',
    ),
    boolean("SQLALCHEMY_RECORD_QUERIES", False),
    boolean("SQLALCHEMY_TRACK_MODIFICATIONS", False),
)
