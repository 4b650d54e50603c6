"""The parameters of a database's address, tried against what its driver takes.

Providers write addresses for the drivers of other languages. A parameter that the
driver does not know would be an error of the first request. Maintained by copier-flask.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from app.core.rules import RuleError

POOL = "remove it, and set WEB_THREADS, which is the size of the pool"
TESTED = "remove it, because connections are tested before they are used"
TLS = {
    "postgresql": "write sslmode=require, or sslmode=verify-full to verify the server",
    "mysql": "write ssl_check_hostname=false for an encrypted connection, or "
    "ssl_ca=FILE to verify the server too",
}
# In lower case. What to do about the parameters of other drivers.
REMEDIES = {
    "autoreconnect": TESTED,
    "connection_limit": POOL,
    "max_overflow": POOL,
    "pool_size": POOL,
    "pool_timeout": POOL,
    "reconnect": TESTED,
    "schema": "remove it where it is public; for another one write "
    "options=-csearch_path%3DNAME",
}
TLS_NAMES = {
    "requiressl", "ssl", "ssl-mode", "ssl_mode", "sslaccept", "sslmode", "tls",
    "usessl",
}  # fmt: skip

# Of SQLAlchemy's; the others are SQLite's own and need uri=true.
OF_SQLITE = {
    "cached_statements", "check_same_thread", "detect_types", "isolation_level",
    "timeout", "uri",
}  # fmt: skip
SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")


def without_pooler(url: sa.URL) -> tuple[sa.URL, bool]:
    """Return the address without `pgbouncer=true`, and whether it was there.

    Drivers do not know it; DATABASE_POOLER does what it asks for.
    """
    if url.get_backend_name() != "postgresql" or "pgbouncer" not in url.query:
        return url, False
    asked = str(url.query["pgbouncer"]).lower() == "true"
    return url.difference_update_query(["pgbouncer"]), asked


def check(name: str, url: sa.URL) -> None:
    """Raise RuleError for a parameter that the driver does not take."""
    try:
        check_names(name, url)
        try_values(url)
    except RuleError:
        raise
    # Each driver raises its own, whose message may hold a value.
    except Exception as error:  # noqa: BLE001
        raise RuleError(
            f"{name} has parameters that {url.get_driver_name()} cannot use "
            f"({type(error).__name__}): {', '.join(url.query)}."
        ) from None


def check_names(name: str, url: sa.URL) -> None:
    """Raise RuleError for a parameter that the driver does not take."""
    for parameter in sorted(unknown(url)):
        remedy = REMEDIES.get(parameter.lower(), "remove it")
        if parameter.lower() in TLS_NAMES:
            remedy = TLS.get(url.get_backend_name(), remedy)
        elif url.get_backend_name() == "sqlite":
            remedy = "remove it, or begin the path with file: and add uri=true"
        raise RuleError(
            f"{name} has the parameter {parameter[:40]!r}, which "
            f"{url.get_driver_name()} does not take: {remedy}."
        )


def unknown(url: sa.URL) -> Iterator[str]:
    """Return the parameters that the driver does not know."""
    driver = url.get_dialect().import_dbapi()
    if url.get_driver_name() == "pysqlite" and "uri" not in url.query:
        yield from set(url.query) - OF_SQLITE
    elif url.get_driver_name() == "psycopg":
        yield from (name for name in url.query if not is_of_libpq(driver, name))
    elif url.get_driver_name() == "pymysql":
        # The dialect translates some and leaves the others to the driver.
        arguments = url.get_dialect()().create_connect_args(url)[1]
        known = inspect.signature(driver.connections.Connection.__init__).parameters
        yield from set(url.query) & set(arguments) - set(known)


def is_of_libpq(psycopg: Any, parameter: str) -> bool:
    try:
        psycopg.conninfo.make_conninfo("", **{parameter: "1"})
    except psycopg.ProgrammingError:
        return False
    return True


def try_values(url: sa.URL) -> None:
    """Raise what the driver raises for values that it cannot use; connect nowhere.

    Raises ValueError for values that every driver refuses.
    """
    for parameter, value in url.query.items():
        if parameter != "host" and not isinstance(value, str):
            raise ValueError
        if parameter.endswith("_timeout"):
            int(str(value))
        if parameter == "sslmode" and value not in SSL_MODES:
            raise ValueError
        # PyMySQL takes any text for true.
        if parameter == "ssl_disabled" and value != "true":
            raise ValueError

    _, arguments = url.get_dialect()().create_connect_args(url)
    if url.get_driver_name() == "pymysql":
        url.get_dialect().import_dbapi().connect(**arguments, defer_connect=True)
