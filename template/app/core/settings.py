"""Settings: a configuration class first, then the environment, then the rules.

A setting that is missing or wrong stops the start with one line that names the
variable, the rule and the remedy.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

import click
import sqlalchemy as sa
from dotenv import dotenv_values
from dotenv import find_dotenv
from flask import Flask

import config
from app.core.engines import engine_options

SHORTEST_KEY = 32
NEW_KEY = 'python -c "import secrets; print(secrets.token_urlsafe(48))"'

# What the plain schemes stand for: the drivers that this project can install.
DRIVERS = {
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mysql+pymysql",
}

POOL_OPTIONS = ("pool_size", "max_overflow", "pool_timeout")
NOT_AN_ADDRESS = (sa.exc.ArgumentError, ValueError)
NAMES_IN_QUERY = ("database", "db", "dbname")
IN_MEMORY = ("", ":memory:")

# FLASK_* variables that belong to the `flask` command and are no settings.
COMMAND_VARIABLES = ("APP", "ENV", "ENV_FILE", "SKIP_DOTENV")

# Settings with a variable of their own, or that say which rules hold.
NOT_BY_PREFIX = (
    "APP_CONFIG",
    "DATABASE_PASSWORD",
    "PROXY_HOPS",
    "REDIS_URL",
    "SECRET_KEY",
    "TRUSTED_HOSTS",
    "WEB_THREADS",
)
NOT_IN_PRODUCTION = ("DEBUG", "TESTING")

# Numbers whose default may be None, "without an end".
NUMBERS = ("WTF_CSRF_TIME_LIMIT",)

# Flask's own booleans whose default is None, "decide by the others".
BOOLEANS = ("PROPAGATE_EXCEPTIONS", "TEMPLATES_AUTO_RELOAD", "TRAP_BAD_REQUEST_ERRORS")


class SettingsError(SystemExit):
    """The one line that ends a wrong start, on standard error, with exit status 1."""


def load(app: Flask, config_class: object | None = None) -> None:
    if config_class is None:
        config_class = chosen(os.environ.get("APP_CONFIG") or "production")

    # A class of a few settings is enough: the others have the defaults of config.py.
    app.config["DATABASE_POOLER"] = False
    app.config.from_object(config.Config())
    app.config.from_object(config_class() if callable(config_class) else config_class)
    if app.testing:
        app.config["APP_CONFIG"] = "testing"

    # Tests have settings of their own; a variable of the developer's shell or of
    # the machine must not change what they see.
    if app.config["APP_CONFIG"] == "testing":
        complete_for_tests(app)
    else:
        read_prefixed(app)
        read_own_variables(app, os.environ)

    if app.config["APP_CONFIG"] == "development":
        complete_for_development(app)

    check_secret_keys(app)
    check_database(app)

    if is_production(app):
        check_production(app)


def is_production(app: Flask) -> bool:
    """Tell whether strict rules hold: a configuration of your own has them too."""
    return app.config["APP_CONFIG"] not in {"development", "testing"}


def chosen(name: str) -> object:
    if name not in config.CONFIGS:
        raise SettingsError(
            f"APP_CONFIG must be one of {', '.join(config.CONFIGS)}, not {name!r}."
        )
    return config.CONFIGS[name]


def read_prefixed(app: Flask) -> None:
    """Take `FLASK_<SETTING>` for each setting that may be given that way."""
    before = dict(app.config)
    try:
        app.config.from_prefixed_env()
    except TypeError:
        raise SettingsError(
            "A FLASK_ variable with two underscores sets one part of a setting, and "
            "this setting has no parts: write FLASK_<SETTING>."
        ) from None

    for variable in [name for name in os.environ if name.startswith("FLASK_")]:
        name = variable.removeprefix("FLASK_").split("__")[0]
        if name in COMMAND_VARIABLES or name.startswith("RUN_"):
            app.config.pop(name, None)
        elif name.startswith(NOT_BY_PREFIX):
            put_back(app, before, name, "write the variable without the prefix")
        elif name in NOT_IN_PRODUCTION and is_production(app):
            put_back(app, before, name, "production has neither debugger nor tests")
            # The flask command would switch the debugger on again after this.
            os.environ.pop(variable)
        elif name != "DEBUG":  # FLASK_DEBUG=1 is Flask's own spelling
            app.config[name] = same_type(name, app.config[name], before.get(name))


def put_back(app: Flask, before: Mapping[str, object], name: str, reason: str) -> None:
    if name in before:
        app.config[name] = before[name]
    else:
        del app.config[name]

    app.logger.warning("FLASK_%s is ignored: %s.", name, reason)


def same_type(name: str, value: object, default: object) -> object:
    """Return `value`, or stop where it cannot stand for a default of that type."""
    if isinstance(default, bool) or name in BOOLEANS:
        if str(value).lower() not in {"true", "false"}:
            raise SettingsError(f"FLASK_{name} must be true or false, not {value!r}.")
        return str(value).lower() == "true"

    wanted = isinstance(default, int) or (name in NUMBERS and value is not None)
    if wanted and type(value) is not int:
        raise SettingsError(f"FLASK_{name} must be a whole number, not {value!r}.")

    return value


def read_own_variables(app: Flask, environ: Mapping[str, str]) -> None:
    """Take the variables of .env.example. An empty one counts as not set."""
    if key := environ.get("SECRET_KEY"):
        app.config["SECRET_KEY"] = key

    if keys := items(environ.get("SECRET_KEY_FALLBACKS")):
        app.config["SECRET_KEY_FALLBACKS"] = keys

    if url := environ.get("DATABASE_URL"):
        app.config["SQLALCHEMY_DATABASE_URI"] = url

    if password := environ.get("DATABASE_PASSWORD"):
        app.config["DATABASE_PASSWORD"] = password

    if hosts := items(environ.get("TRUSTED_HOSTS")):
        app.config["TRUSTED_HOSTS"] = trusted_hosts(hosts)

    if redis := environ.get("REDIS_URL"):
        if not redis.startswith(("redis://", "rediss://")):
            raise SettingsError(
                "REDIS_URL must be an address such as redis://localhost:6379/0."
            )
        app.config["REDIS_URL"] = redis

    if hops := environ.get("PROXY_HOPS"):
        rule = "the number of proxies in front, 0 for none"
        app.config["PROXY_HOPS"] = number("PROXY_HOPS", hops, 0, rule)

    if threads := environ.get("WEB_THREADS"):
        app.config["WEB_THREADS"] = number("WEB_THREADS", threads, 1, "a number from 1")


def number(name: str, text: str, lowest: int, rule: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) >= lowest):
        raise SettingsError(f"{name} must be {rule}, not {text!r}.")
    return int(text)


def items(value: str | None) -> list[str]:
    return [item.strip() for item in (value or "").split(",") if item.strip()]


def trusted_hosts(hosts: list[str]) -> list[str]:
    for host in hosts:
        if "/" in host or " " in host or ("*" in host and hosts != ["*"]):
            raise SettingsError(
                f"TRUSTED_HOSTS cannot hold {host!r}: give host names, separated by "
                "commas, such as example.com,.example.com (with the dot: every name "
                "below it), or * alone for any."
            )
    return hosts


def complete_for_tests(app: Flask) -> None:
    # A database given by the test's own configuration wins: it is a fresh one.
    if not app.config.get("SQLALCHEMY_DATABASE_URI"):
        url = os.environ.get("TEST_DATABASE_URL")
        app.config["SQLALCHEMY_DATABASE_URI"] = url or "sqlite://"

    if not app.config.get("SECRET_KEY"):
        app.config["SECRET_KEY"] = secrets.token_urlsafe(48)


def complete_for_development(app: Flask) -> None:
    """Make a secret key once and keep it, so that a restart logs nobody out."""
    if app.config.get("SECRET_KEY"):
        return

    path = Path(app.instance_path) / "secret_key"
    path.parent.mkdir(parents=True, exist_ok=True)
    # The reloader starts two processes at once: the second finds the key of the first.
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        pass
    else:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))

    app.config["SECRET_KEY"] = path.read_text(encoding="ascii").strip()


def check_secret_keys(app: Flask) -> None:
    try:
        fallbacks = fallback_keys(app.config["SECRET_KEY_FALLBACKS"])
    except ValueError as error:
        raise SettingsError(str(error)) from None

    app.config["SECRET_KEY_FALLBACKS"] = fallbacks
    if not isinstance(app.config.get("SECRET_KEY"), str | bytes | None):
        raise SettingsError(f"SECRET_KEY must be text: make a key with {NEW_KEY}")

    for key in [app.config.get("SECRET_KEY"), *fallbacks]:
        if isinstance(key, str) and not key.isascii():
            raise SettingsError(
                "SECRET_KEY and SECRET_KEY_FALLBACKS must be ASCII: make a key with "
                f"{NEW_KEY}"
            )


def fallback_keys(value: object) -> list[str | bytes]:
    """Return SECRET_KEY_FALLBACKS as a list; raise ValueError for what cannot be one.

    Flask takes each part of what it is given for a key. Of a text that is each letter,
    which anybody could sign a session with, so a text is split at its commas.
    """
    if isinstance(value, str):
        return list(items(value))

    keys = value or []
    if not isinstance(keys, list | tuple) or not all(
        isinstance(key, str | bytes) and key.strip() for key in keys
    ):
        raise ValueError(
            "SECRET_KEY_FALLBACKS must be a list of keys, newest first, none of them "
            "empty; in a variable they are separated by commas."
        )
    return list(keys)


def check_database(app: Flask) -> None:
    if not app.config.get("SQLALCHEMY_DATABASE_URI"):
        return

    name = "TEST_DATABASE_URL" if app.testing else "DATABASE_URL"
    url = with_driver(name, app.config["SQLALCHEMY_DATABASE_URI"])

    # Drivers also take the name from the query.
    others = [str(url.query[key]) for key in NAMES_IN_QUERY if key in url.query]
    for database in [Path(url.database or "").stem, *others]:
        if app.testing and database not in IN_MEMORY and database[-5:] != "_test":
            raise SettingsError(
                f"{name} names the database {database!r}: tests empty theirs, so its "
                "name must end in _test."
            )

    # A password of any characters, which in the address would need quoting.
    if url.get_backend_name() != "sqlite" and not url.password:
        url = url.set(password=app.config["DATABASE_PASSWORD"])

    app.config["SQLALCHEMY_DATABASE_URI"] = url.render_as_string(hide_password=False)
    own = app.config.get("SQLALCHEMY_ENGINE_OPTIONS") or {}
    # Jobs beside the requests, where there are any, need connections as well.
    threads = app.config["WEB_THREADS"] + app.config.get("BACKGROUND_THREADS", 0)
    options = engine_options(
        url, threads, pooler=app.config.get("DATABASE_POOLER", False)
    )
    if "poolclass" in own:  # another class takes other options, NullPool none
        options = {name: options[name] for name in options if name not in POOL_OPTIONS}
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {**options, **own}


def with_driver(name: str, address: str) -> sa.URL:
    """Return the address with the driver that its plain scheme stands for."""
    try:
        url = sa.make_url(address)
        if "@" in (url.host or ""):
            raise SettingsError(
                f"{name} holds an @ in its password: write %40 for it, or give the "
                "password as DATABASE_PASSWORD."
            )
        url = url.set(drivername=DRIVERS.get(url.drivername, url.drivername))
        url.get_dialect().import_dbapi()
    except sa.exc.NoSuchModuleError:
        raise SettingsError(
            f"{name} names a database that SQLAlchemy does not know: begin it with "
            "sqlite:///, postgresql:// or mysql://."
        ) from None
    except NOT_AN_ADDRESS:
        # The message of the error may hold the password.
        raise SettingsError(
            f"{name} is no database address: write it like sqlite:////srv/app.db, or "
            "postgresql://app@localhost/app with the password in DATABASE_PASSWORD."
        ) from None
    except ImportError as error:
        raise SettingsError(
            f"{name} needs a driver that is not installed ({error.name}): add it with "
            "uv add, or use another database."
        ) from None

    return url


def check_production(app: Flask) -> None:
    problems = []

    if len(app.config.get("SECRET_KEY") or "") < SHORTEST_KEY:
        problems.append(
            f"SECRET_KEY must be set, to at least {SHORTEST_KEY} characters: {NEW_KEY}"
        )
    if not app.config.get("SQLALCHEMY_DATABASE_URI"):
        problems.append("DATABASE_URL must be set, such as sqlite:////srv/app.db.")
    if not app.config.get("TRUSTED_HOSTS"):
        problems.append(
            "TRUSTED_HOSTS must be set to the host names that are answered, or to * "
            "for any."
        )

    # Not refused: to change from a short key to a long one is what they are for.
    if any(len(key) < SHORTEST_KEY for key in app.config["SECRET_KEY_FALLBACKS"]):
        app.logger.warning(
            "SECRET_KEY_FALLBACKS holds a key of fewer than %d characters, which can "
            "be guessed: take it out as soon as you can.",
            SHORTEST_KEY,
        )

    if problems:
        name = app.config["APP_CONFIG"]
        raise SettingsError(f"APP_CONFIG is {name}: {' '.join(problems)}")


def announce(app: Flask) -> None:
    """Say on standard error which database a command is about to work on.

    `.flaskenv` lies on a server too and says development there. A DATABASE_URL
    that was set for one command must not meet it unnoticed.
    """
    name = app.config["APP_CONFIG"]
    outside = os.environ.get("DATABASE_URL")
    in_file = dotenv_values(find_dotenv(".env", usecwd=True)).get("DATABASE_URL")
    if outside and outside != in_file and os.environ.get("APP_CONFIG_OUTSIDE") == "":
        raise click.ClickException(
            f"DATABASE_URL was set for this command and APP_CONFIG was not, so it is "
            f"{name} by a file: set APP_CONFIG beside DATABASE_URL."
        )

    # The second .engine: tests put a connection in the place of the engine.
    url = app.extensions["sqlalchemy"].engine.engine.url
    place = f"{url.host}/{url.database}" if url.host else url.database
    click.echo(f"{name}: {url.get_backend_name()} database {place}", err=True)
