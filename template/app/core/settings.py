"""Settings: defaults first, then config.py, then the environment, then the rules.

A setting that is missing or wrong stops the start with one line that names it, the rule
and the remedy. Settings: APP_CONFIG, SECRET_KEY, SECRET_KEY_FALLBACKS,
SQLALCHEMY_DATABASE_URI, TRUSTED_HOSTS. Maintained by copier-flask:
app/core/known_settings.py has the settings and their defaults.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask

from app.core import cookies
from app.core import database_url
from app.core import environment
from app.core import secret_keys
from app.core.rules import LIBRARY
from app.core.rules import refusal
from app.core.rules import Setting
from app.core.rules import SettingsError
from app.core.tables import TABLES

try:
    import config
except ModuleNotFoundError as error:
    if error.name != "config":
        raise
    raise SettingsError(
        "config.py must be beside run.py; an empty one has the defaults."
    ) from None
except OSError as error:  # such as a file that it reads, after it was moved
    raise SettingsError(
        f"config.py cannot be loaded, because it opens {error.filename!r}: "
        f"{error.strerror}."
    ) from None

NAMES = ("development", "testing", "production")

# A key of `app.extensions`: functions that take the complete application, and return
# the line of a setting that does not fit its views, or None.
CHECKS = "checks_of_views"


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
    app.config["DEBUG"] = False  # Flask has read FLASK_DEBUG; step 4 does, if it counts
    app.config.update(defaults(table, name))
    for layer in layers:
        app.config.from_object(layer)
    app.config["APP_CONFIG"] = name

    # Tests have their own settings: a variable of the shell or the machine must not
    # change what they see.
    problems = []
    if name != "testing":
        problems += environment.read(app, table, production=is_production(app))
    problems += check(app, table)
    complete(app)
    problems += database_url.load(app)
    if is_production(app):
        problems += production_problems(app, table, problems)

    if problems:
        raise SettingsError("\n".join(problems))

    # Here and not in the factory: other modules need the names.
    cookies.init_app(app, production=is_production(app))


def check_views(app: Flask) -> None:
    """Raise a SettingsError with one line for each setting that the views do not fit.

    To be called when all blueprints are registered.
    """
    lines = [check(app) for check in app.extensions.get(CHECKS, ())]
    if problems := [line for line in lines if line]:
        raise SettingsError("\n".join(problems))


def settings_table() -> dict[str, Setting]:
    """Return every setting by its name; the owner's are OWN_SETTINGS of config.py.

    Raises `SettingsError` if that is no tuple of settings.
    """
    own = getattr(config, "OWN_SETTINGS", ())
    if not isinstance(own, list | tuple) or not all(
        isinstance(setting, Setting) for setting in own
    ):
        raise SettingsError(
            "OWN_SETTINGS in config.py must be a tuple of settings, with a comma after "
            'each: (whole_number("PAGE_SIZE", 20),).'
        )
    return {setting.name: setting for table in (*TABLES, own) for setting in table}


def defaults(table: Mapping[str, Setting], app_config: str) -> dict[str, object]:
    """Return the default of each setting, without those of the framework."""
    values = {name: rule.default_for(app_config) for name, rule in table.items()}
    return {name: value for name, value in values.items() if value is not LIBRARY}


def configuration(config_class: object | None) -> tuple[str, list[object]]:
    """Return the name of the configuration and the objects that hold its settings.

    Raises `SettingsError` for an object that has no settings as attributes.
    """
    name = "production"
    if config_class is None:
        name, config_class = config_named()

    layers = [
        layer() if callable(layer) else layer
        for layer in (getattr(config, "Config", object), config_class)
    ]
    for layer in layers:
        if isinstance(layer, Mapping | list | tuple):
            raise SettingsError(
                "A configuration must be a class with settings as its attributes, not "
                f"a {type(layer).__name__}: see CONFIGS in config.py."
            )
        name = getattr(layer, "APP_CONFIG", name)
    if any(getattr(layer, "TESTING", False) for layer in layers):
        name = "testing"
    return name, layers


def config_named() -> tuple[str, object]:
    """Return the name and the class that APP_CONFIG names, in any case.

    A config.py without CONFIGS has one class for all of them.

    Raises `SettingsError` for a name that is not there.
    """
    own: Any = getattr(config, "CONFIGS", None) or dict.fromkeys(NAMES, object)
    if not isinstance(own, Mapping):
        raise SettingsError("CONFIGS in config.py must be a dictionary of classes.")
    given = os.environ.get("APP_CONFIG", "").strip(" \t\r\n\"'") or "production"
    for name in (given, given.lower()):
        if name in own:
            return name, own[name]

    raise SettingsError(
        f"APP_CONFIG must be one of {', '.join(own)}, not {given[:60]!r} "
        f"({environment.app_config_origin()})."
    )


def is_production(app: Flask) -> bool:
    """True unless APP_CONFIG is development or testing.

    Custom configurations get the production checks.
    """
    return app.config["APP_CONFIG"] not in {"development", "testing"}


def check(app: Flask, table: Mapping[str, Setting]) -> list[str]:
    """Apply the rule of each setting, and return the problems, a line for each."""
    problems = []
    for name, setting in table.items():
        if name not in app.config:  # a framework's own, of a newer version
            continue
        try:
            app.config[name] = setting.checked(app.config[name])
        except ValueError as error:
            problems.append(refusal(error, setting, name, app.config[name]))
            # What follows finds more problems, and the start ends anyway.
            app.config |= defaults({name: setting}, "production") or {name: None}
    return problems


def complete(app: Flask) -> None:
    """Set what tests and development need without configuration."""
    settings = app.config
    if settings["APP_CONFIG"] == "development":
        key = settings["SECRET_KEY"]
        folder = Path(app.instance_path)
        settings["SECRET_KEY"] = key or secret_keys.development_key(folder)
        # A relative path is in the folder instance/.
        url = settings["SQLALCHEMY_DATABASE_URI"] or "sqlite:///app.db"
        settings["SQLALCHEMY_DATABASE_URI"] = url
    if settings["APP_CONFIG"] == "testing":
        settings["SECRET_KEY"] = settings["SECRET_KEY"] or secrets.token_urlsafe(48)
        # A database given by the test's own configuration wins: it is a fresh one.
        if not settings["SQLALCHEMY_DATABASE_URI"]:
            url = os.environ.get("TEST_DATABASE_URL", "").strip() or "sqlite://"
            settings["SQLALCHEMY_DATABASE_URI"] = url


def production_problems(
    app: Flask, table: Mapping[str, Setting], found: list[str]
) -> list[str]:
    """Return what production lacks, without the settings that have a line already."""
    problems = {
        setting.source: setting.required
        for setting in table.values()
        if setting.required and not app.config[setting.name]
    }
    if len(app.config["SECRET_KEY"] or "") < secret_keys.MIN_LENGTH:
        problems["SECRET_KEY"] = (
            f"must be set, to at least {secret_keys.MIN_LENGTH} characters: "
            f"{secret_keys.NEW_KEY}"
        )
    if not app.config["SQLALCHEMY_DATABASE_URI"]:
        problems["DATABASE_URL"] = "must be set, such as sqlite:////srv/app.db."
    if not app.config["TRUSTED_HOSTS"]:
        problems["TRUSTED_HOSTS"] = (
            "must be set to the host names that are answered, or to * for any."
        )

    # Not refused: to change from a short key to a long one is what they are for.
    keys = app.config["SECRET_KEY_FALLBACKS"]
    if any(len(key) < secret_keys.MIN_LENGTH for key in keys):
        app.logger.warning(
            "SECRET_KEY_FALLBACKS holds a key of fewer than %d characters, which can "
            "be guessed: take it out as soon as you can.",
            secret_keys.MIN_LENGTH,
        )

    place = f"{app.config['APP_CONFIG']} ({environment.app_config_origin()})"
    return [
        f"APP_CONFIG is {place}: {name} {problem}"
        for name, problem in problems.items()
        if not any(line.startswith(f"{name} ") for line in found)
    ]
