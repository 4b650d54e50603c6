"""The settings that app/core reads, and those of Flask and Flask-SQLAlchemy.

Maintained by copier-flask. A line of config.py or a variable overrides a default;
your own settings are in config.py.
"""

from __future__ import annotations

import json

from app.core.rules import boolean
from app.core.rules import LIBRARY
from app.core.rules import mapping
from app.core.rules import one_of
from app.core.rules import seconds
from app.core.rules import Setting
from app.core.rules import text
from app.core.rules import text_list
from app.core.rules import whole_number

CONTENT_SECURITY_POLICY = {
    "default-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "object-src": "'none'",
}

SETTINGS: tuple[Setting, ...] = (
    # What the pages call the site.
    text("SITE_NAME", "Site"),
    text("SITE_DESCRIPTION", "", matches=lambda _: True),
    # At least 32 ASCII characters in production; app/core/secret_keys.py checks them.
    text("SECRET_KEY", None, variable="SECRET_KEY", secret=True),
    # Keys that were in use before, newest first.
    Setting(name="SECRET_KEY_FALLBACKS", variable="SECRET_KEY_FALLBACKS", secret=True),
    # Flask-SQLAlchemy's; app/core/database_url.py checks it.
    Setting(
        name="SQLALCHEMY_DATABASE_URI",
        variable="DATABASE_URL",
        by_config={"development": "sqlite:///app.db"},
        secret=True,
    ),
    # The password when it is not in the address.
    text("DATABASE_PASSWORD", None, variable="DATABASE_PASSWORD", secret=True),
    # The host names that are answered, or * alone for any.
    text_list("TRUSTED_HOSTS", None, variable="TRUSTED_HOSTS"),
    text(
        "REDIS_URL",
        None,
        matches=lambda url: url.startswith(("redis://", "rediss://")),
        rule="an address such as redis://localhost:6379/0",
        variable="REDIS_URL",
        secret=True,
    ),
    # Concurrent requests per process; each uses one database connection.
    whole_number("WEB_THREADS", 4, low=1, high=512, variable="WEB_THREADS"),
    # How many proxies in front set X-Forwarded-For.
    whole_number("PROXY_HOPS", 0, high=100, variable="PROXY_HOPS"),
    # True: the outermost of them serves the site below a path, and says so in
    # X-Forwarded-Prefix. Few proxies remove what a client writes there.
    boolean("PROXY_PREFIX", False, variable="PROXY_PREFIX"),
    # True behind a connection pooler in transaction mode, such as PgBouncer.
    boolean("DATABASE_POOLER", False),
    # In requests on PostgreSQL and MariaDB: seconds that a statement may take, and that
    # a transaction may do nothing; 0 for no limit. MySQL limits only SELECT. Commands
    # and background jobs have no limit but the database's own.
    whole_number("DATABASE_STATEMENT_TIMEOUT", 30, high=86_400),
    whole_number("DATABASE_IDLE_TIMEOUT", 60, high=86_400),
    one_of(
        "LOG_LEVEL",
        "INFO",
        ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"),
    ),
    boolean("LOG_JSON", True, by_config={"development": False}),
    # In seconds, on HTTPS answers only: a browser that saw it stays on HTTPS.
    seconds("HSTS_SECONDS", 31_536_000, by_config={"development": 0, "testing": 0}),
    # Where a page may load from: nothing inline, nothing from other sites. An empty
    # one sends no policy.
    Setting(
        name="CONTENT_SECURITY_POLICY",
        default=CONTENT_SECURITY_POLICY,
        read=lambda text: json.loads(text) if text.startswith("{") else text,
        optional=True,
    ),
    # Flask's.
    boolean("TESTING", LIBRARY),
    whole_number("MAX_CONTENT_LENGTH", 1024 * 1024, optional=True),
    whole_number("MAX_FORM_MEMORY_SIZE", 500_000, optional=True),
    whole_number("MAX_FORM_PARTS", 1_000, optional=True),
    boolean(
        "SESSION_COOKIE_SECURE",
        True,
        by_config={"development": False, "testing": False},
    ),
    one_of("SESSION_COOKIE_SAMESITE", "Lax", ("Strict", "Lax", "None"), optional=True),
    seconds("PERMANENT_SESSION_LIFETIME", LIBRARY, low=1),
    boolean("PROPAGATE_EXCEPTIONS", LIBRARY, optional=True),
    boolean("TEMPLATES_AUTO_RELOAD", LIBRARY, optional=True),
    boolean("TRAP_BAD_REQUEST_ERRORS", LIBRARY, optional=True),
    # Flask-WTF's.
    boolean("WTF_CSRF_ENABLED", True, by_config={"testing": False}),
    seconds("WTF_CSRF_TIME_LIMIT", LIBRARY, low=1, optional=True),
    # Flask-SQLAlchemy's.
    mapping("SQLALCHEMY_ENGINE_OPTIONS", LIBRARY),
)
