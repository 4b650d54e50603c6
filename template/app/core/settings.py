"""Settings: a configuration class first, then the environment, then the rules.

A setting that is missing or wrong stops the start with one line that names the
variable, the rule and the remedy.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa
from dotenv import dotenv_values
from dotenv import find_dotenv
from flask import Flask
from flask.helpers import get_debug_flag

import config
from app.core.engines import engine_options
from app.core.rules import LIBRARY
from app.core.rules import RuleError
from app.core.rules import Setting
from app.core.rules import SettingsError
from app.core.tables import TABLES

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
NOT_IN_PRODUCTION = ("DEBUG", "TESTING")


def load(app: Flask, config_class: object | None = None) -> None:
    """Fill `app.config`, or raise a SettingsError with one line for each problem.

    Each step overrides the ones before:

    1. the defaults of the tables of settings,
    2. `Config` of config.py, which may lack any of them,
    3. the configuration class,
    4. environment variables, except in tests.
    """
    name, layers = configuration(config_class)
    table = settings_table()
    app.config.update(defaults(table, name))
    for layer in layers:
        app.config.from_object(layer)
    app.config["APP_CONFIG"] = name

    # Tests have their own settings: a variable of the shell or the machine must not
    # change what they see.
    problems = [] if name == "testing" else read_environment(app, table)
    problems += check(app, table)
    if problems:
        raise SettingsError("\n".join(problems))

    if name == "testing":
        complete_for_tests(app)
    if name == "development":
        complete_for_development(app)

    app.config["TRUSTED_HOSTS"] = trusted_hosts(app.config["TRUSTED_HOSTS"] or [])
    check_secret_keys(app)
    check_database(app)

    if is_production(app):
        check_production(app)


def settings_table() -> dict[str, Setting]:
    """Return every setting by its name; the owner's are those of config.py."""
    own = getattr(config, "SETTINGS", ())
    return {setting.name: setting for table in (*TABLES, own) for setting in table}


def defaults(table: Mapping[str, Setting], app_config: str) -> dict[str, object]:
    values = {name: rule.default_for(app_config) for name, rule in table.items()}
    return {name: value for name, value in values.items() if value is not LIBRARY}


def configuration(config_class: object | None) -> tuple[str, list[object]]:
    """Return the name of the configuration and the objects that hold its settings."""
    name = "production"
    if config_class is None:
        name = os.environ.get("APP_CONFIG", "").strip() or name
        config_class = chosen(name)

    layers = [
        layer() if callable(layer) else layer
        for layer in (getattr(config, "Config", object), config_class)
    ]
    for layer in layers:
        name = getattr(layer, "APP_CONFIG", name)
    for layer in layers:
        if getattr(layer, "TESTING", False):
            name = "testing"
    return name, layers


def is_production(app: Flask) -> bool:
    """Tell whether strict rules hold: a configuration of your own has them too."""
    return app.config["APP_CONFIG"] not in {"development", "testing"}


def chosen(name: str) -> object:
    """Return the configuration class; a config.py without CONFIGS has only `Config`."""
    own = getattr(config, "CONFIGS", None)
    names = own or ("development", "testing", "production")
    if name not in names:
        raise SettingsError(
            f"APP_CONFIG must be one of {', '.join(names)}, not {name!r}."
        )
    return own[name] if own else getattr(config, "Config", object)


def read_environment(app: Flask, table: Mapping[str, Setting]) -> list[str]:
    """Take each setting from its variable, and return the problems, a line for each.

    An empty variable counts as not set.
    """
    problems = []
    sources = {setting.source: setting for setting in table.values()}
    others = [name for name in os.environ if name.startswith("FLASK_")]
    for variable in [*sources, *(name for name in others if name not in sources)]:
        setting, value = sources.get(variable), stripped(os.environ.get(variable, ""))
        try:
            if value and setting and allowed(app, setting.name, variable):
                app.config[setting.name] = setting.from_text(value)
            elif value and not setting:
                read_prefixed(app, table, variable, value)
        except RuleError as error:
            problems.append(str(error))
        except ValueError:
            problems.append(refusal(setting, variable, value))

    return problems


def stripped(text: str) -> str:
    """Return text without the blanks, line ends and quotes around it."""
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        text = text[1:-1].strip()
    return text


def refusal(setting: Setting | None, name: str, value: object) -> str:
    rule = setting.rule if setting else "of the type of its default"
    shown = "" if setting and setting.secret else f", not {str(value)[:60]!r}"
    return f"{name} must be {rule}{shown}."


def allowed(app: Flask, name: str, variable: str) -> bool:
    """Tell whether this variable counts; say so in the log where it does not."""
    if name in NOT_IN_PRODUCTION and is_production(app):
        # The flask command would switch the debugger on again after this.
        os.environ.pop(variable)
        ignore(app, variable, "production has neither debugger nor tests")
        return False
    return True


def ignore(app: Flask, variable: str, reason: str) -> None:
    app.logger.warning("%s is ignored: %s.", variable, reason)


def read_prefixed(
    app: Flask, table: Mapping[str, Setting], variable: str, value: str
) -> None:
    """Take `FLASK_<SETTING>` for a setting without a variable in a table."""
    name, *parts = variable.removeprefix("FLASK_").split("__")
    if name in COMMAND_VARIABLES or name.startswith("RUN_"):
        return
    if name == "APP_CONFIG" or (name in table and table[name].variable):
        ignore(app, variable, "write the variable without the prefix")
    elif name == "DEBUG":  # FLASK_DEBUG=1 is Flask's own spelling
        if allowed(app, name, variable):
            app.config["DEBUG"] = get_debug_flag()
    elif parts:
        set_part(app.config, [name, *parts], value)
    else:
        app.config[name] = same_type(variable, value, app.config.get(name))


def set_part(target: dict[str, Any], names: list[str], value: str) -> None:
    """Set one part of a setting that is a dictionary, as Flask does."""
    for name in names[:-1]:
        target = target.setdefault(name, {})
        if not isinstance(target, dict):
            raise RuleError(
                f"FLASK_{'__'.join(names)} sets one part of a setting, and this "
                f"setting has no parts: write FLASK_{names[0]}."
            )
    target[names[-1]] = from_json(value)


def from_json(value: str) -> object:
    try:
        return json.loads(value)
    except ValueError:
        return value


def same_type(variable: str, text: str, default: object) -> object:
    """Return a variable's value; raises RuleError where the default has another type.

    Text stays text where the default is text.
    """
    if isinstance(default, str):
        return text
    if isinstance(default, bool):
        if text.lower() not in {"true", "false"}:
            raise RuleError(f"{variable} must be true or false, not {text[:60]!r}.")
        return text.lower() == "true"

    value = from_json(text)
    if isinstance(default, int) and type(value) is not int:
        raise RuleError(f"{variable} must be a whole number, not {text[:60]!r}.")
    return value


def check(app: Flask, table: Mapping[str, Setting]) -> list[str]:
    """Apply the rule of each setting, and return the problems, a line for each."""
    problems = []
    for name, setting in table.items():
        try:
            if name in app.config:
                app.config[name] = setting.checked(app.config[name])
        except RuleError as error:
            problems.append(str(error))
        except ValueError:
            problems.append(refusal(setting, name, app.config[name]))
    return problems


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
