"""The address of the database: its driver, its parameters and the options of its pool.

Providers write addresses for the drivers of other languages. A parameter that the
driver does not take would be an error of the first request, so all are tried at start.

Settings: SQLALCHEMY_DATABASE_URI (DATABASE_URL), SQLALCHEMY_BINDS, DATABASE_PASSWORD,
SQLALCHEMY_ENGINE_OPTIONS, DATABASE_POOLER, WEB_THREADS, BACKGROUND_THREADS. Maintained
by copier-flask.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from sqlalchemy import exc

from app.core import worker_databases
from app.core.engines import engine_options
from app.core.rules import RuleError

# The drivers of the plain schemes.
DRIVERS = {
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mysql+pymysql",
}

POOL_OPTIONS = ("pool_size", "max_overflow", "pool_timeout")
NOT_AN_ADDRESS = (exc.ArgumentError, ValueError, TypeError)
NOT_AN_OPTION = (*NOT_AN_ADDRESS, AssertionError, AttributeError, KeyError)
NAMES_IN_QUERY = ("database", "db", "dbname")
IN_MEMORY = ("", ":memory:")

# What to do about parameters of other drivers.
REMOVE_POOL = "remove it, and set WEB_THREADS, which is the size of the pool"
REMOVE_TEST = "remove it, because connections are tested before they are used"
TLS = {
    "postgresql": "write sslmode=require, or sslmode=verify-full to verify the server",
    "mysql": "write ssl_check_hostname=false for an encrypted connection, or "
    "ssl_ca=FILE to verify the server too",
}
# By name in lower case.
REMEDIES = {
    "autoreconnect": REMOVE_TEST,
    "connection_limit": REMOVE_POOL,
    "max_overflow": REMOVE_POOL,
    "pool_size": REMOVE_POOL,
    "pool_timeout": REMOVE_POOL,
    "reconnect": REMOVE_TEST,
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


def load(app: Flask) -> list[str]:
    """Set the drivers and the pool options; return the problems, a line for each."""
    name = "TEST_DATABASE_URL" if app.testing else "DATABASE_URL"
    problems = []
    try:
        if address := app.config["SQLALCHEMY_DATABASE_URI"]:
            set_default_database(app, name, address)
        load_binds(app.config)
    except RuleError as error:
        problems.append(str(error))
    return problems


def set_default_database(app: Flask, name: str, address: str | sa.URL) -> None:
    """Set the address of the first database, and the options of its engine.

    Raises RuleError for an address, a parameter or an option that cannot be used.
    """
    config = app.config
    url, has_pooler = without_pooler(checked(name, address))
    if app.testing:
        check_name_of_tests(name, url)
    check_parameters(name, url)

    url = with_password(url, config["DATABASE_PASSWORD"])
    if app.testing:
        url = worker_databases.of_worker(url)
    config["DATABASE_POOLER"] = config["DATABASE_POOLER"] or has_pooler
    config["SQLALCHEMY_DATABASE_URI"] = url.render_as_string(hide_password=False)
    config["SQLALCHEMY_ENGINE_OPTIONS"] = options(config, url)
    try_options(name, url, config["SQLALCHEMY_ENGINE_OPTIONS"])


def with_password(url: sa.URL, password: str | None) -> sa.URL:
    """Return an address with a password, which needs no quoting here."""
    if url.get_backend_name() == "sqlite" or url.password:
        return url
    return url.set(password=password)


def check_name_of_tests(name: str, url: sa.URL) -> None:
    """Raise RuleError for a database that tests must not empty."""
    # Drivers also take the name from the query.
    others = [str(url.query[key]) for key in NAMES_IN_QUERY if key in url.query]
    for database in [Path(url.database or "").stem, *others]:
        if database not in IN_MEMORY and not database.endswith("_test"):
            raise RuleError(
                f"{name} names the database {database!r}: tests empty theirs, so its "
                "name must end in _test."
            )


def load_binds(config: dict[str, Any]) -> None:
    """Check the address of each database beside the first.

    Raises RuleError for one that is wrong.
    """
    binds = {}
    for key, value in config["SQLALCHEMY_BINDS"].items():
        name = f"SQLALCHEMY_BINDS[{key!r}]"
        given = dict(value) if isinstance(value, Mapping) else {"url": value}
        if "url" not in given:
            raise RuleError(f"{name} must be an address or a dictionary with a url.")
        given["url"] = checked(name, given["url"])
        check_parameters(name, given["url"])
        try_options(name, given["url"], given)
        binds[key] = given
    config["SQLALCHEMY_BINDS"] = binds


def options(config: Mapping[str, Any], url: sa.URL) -> dict[str, Any]:
    """Return the options of the engine; those of config.py win."""
    own = config.get("SQLALCHEMY_ENGINE_OPTIONS") or {}
    # Background jobs need connections as well.
    threads = config["WEB_THREADS"] + config.get("BACKGROUND_THREADS", 0)
    given = engine_options(url, threads, pooler=config["DATABASE_POOLER"])
    if "poolclass" in own:  # another class takes other options, NullPool none
        given = {name: given[name] for name in given if name not in POOL_OPTIONS}
    return {**given, **own}


def try_options(name: str, url: sa.URL, options: Mapping[str, Any]) -> None:
    """Raise RuleError for options that no engine takes. Nothing is connected."""
    try:
        sa.engine_from_config({**options, "url": url}, prefix="").dispose()
    except NOT_AN_OPTION as error:
        where = name if name.endswith("]") else "SQLALCHEMY_ENGINE_OPTIONS"
        reason = " ".join(str(error).split(".  ")[0].split())
        raise RuleError(f"{where} cannot be used: {reason[:200]}.") from None


def checked(name: str, address: object) -> sa.URL:
    """Return the address with the driver of its plain scheme.

    Raises RuleError, whose message shows no part that may hold the password.
    """
    try:
        url = sa.make_url(address.strip() if isinstance(address, str) else address)  # type: ignore[arg-type]  # TypeError below
        check_host(name, url)
        scheme = url.drivername.lower()
        url = url.set(drivername=DRIVERS.get(scheme, scheme))
        url.get_dialect().import_dbapi()
    except RuleError:
        raise
    except exc.NoSuchModuleError:
        raise RuleError(
            f"{name} names a database that SQLAlchemy does not know: begin it with "
            "sqlite:///, postgresql:// or mysql://."
        ) from None
    except NOT_AN_ADDRESS:
        raise RuleError(
            f"{name} is no database address: write it like sqlite:////srv/app.db, or "
            "postgresql://app@localhost/app with the password in DATABASE_PASSWORD."
        ) from None
    except ImportError as error:
        raise RuleError(
            f"{name} needs a driver that is not installed ({error.name}): add it with "
            "uv add, or use another database."
        ) from None

    return url


def check_host(name: str, url: sa.URL) -> None:
    """Raise RuleError or ValueError for a host that cannot be one."""
    if "@" in (url.host or ""):
        raise RuleError(
            f"{name} holds an @ in its password: write %40 for it, or give the "
            "password as DATABASE_PASSWORD."
        )
    parts = [url.username, url.host, url.database]
    port = 1 if url.port is None else url.port
    unprintable = any(not (part or "").isprintable() for part in parts)
    if unprintable or " " in (url.host or "") or not 0 < port < 65_536:
        raise ValueError


def without_pooler(url: sa.URL) -> tuple[sa.URL, bool]:
    """Return the address without `pgbouncer=true`, and whether it was there.

    Drivers do not know it; DATABASE_POOLER does what it asks for.
    """
    if url.get_backend_name() != "postgresql" or "pgbouncer" not in url.query:
        return url, False
    asked = str(url.query["pgbouncer"]).lower() == "true"
    return url.difference_update_query(["pgbouncer"]), asked


def check_parameters(name: str, url: sa.URL) -> None:
    """Raise RuleError for a parameter that the driver does not take."""
    try:
        check_parameter_names(name, url)
        try_parameters(url)
    except RuleError:
        raise
    # Each driver raises its own, whose message may hold a value.
    except Exception as error:  # noqa: BLE001
        raise RuleError(
            f"{name} has parameters that {url.get_driver_name()} cannot use "
            f"({type(error).__name__}): {', '.join(url.query)}."
        ) from None


def check_parameter_names(name: str, url: sa.URL) -> None:
    """Raise RuleError for a parameter that the driver does not take."""
    for parameter in sorted(unknown_parameters(url)):
        remedy = REMEDIES.get(parameter.lower(), "remove it")
        if parameter.lower() in TLS_NAMES:
            remedy = TLS.get(url.get_backend_name(), remedy)
        elif url.get_backend_name() == "sqlite":
            remedy = "remove it, or begin the path with file: and add uri=true"
        raise RuleError(
            f"{name} has the parameter {parameter[:40]!r}, which "
            f"{url.get_driver_name()} does not take: {remedy}."
        )


def unknown_parameters(url: sa.URL) -> Iterator[str]:
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
    """Return whether psycopg knows a parameter."""
    try:
        psycopg.conninfo.make_conninfo("", **{parameter: "1"})
    except psycopg.ProgrammingError:
        return False
    return True


def try_parameters(url: sa.URL) -> None:
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
