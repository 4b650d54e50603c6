"""Environment variables: from their text to `app.config`, and where they come from.

Settings: APP_CONFIG. Maintained by copier-flask.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

import click
from dotenv import dotenv_values
from dotenv import find_dotenv
from flask import Flask
from flask.helpers import get_debug_flag

from app.core.rules import comma_separated
from app.core.rules import refusal
from app.core.rules import RuleError
from app.core.rules import Setting

# FLASK_* variables that belong to the `flask` command and are not settings.
COMMAND_VARIABLES = ("APP", "ENV", "ENV_FILE", "SKIP_DOTENV")
NOT_IN_PRODUCTION = ("DEBUG", "TESTING")


def read(app: Flask, table: Mapping[str, Setting], *, production: bool) -> list[str]:
    """Take each setting from its variable; return the problems, a line for each.

    An empty variable counts as not set.
    """
    problems = []
    by_variable = {setting.source: setting for setting in table.values()}
    prefixed = [name for name in os.environ if name.startswith("FLASK_")]
    for variable in dict.fromkeys([*by_variable, *prefixed]):
        setting = by_variable.get(variable)
        text = stripped(variable, os.environ.get(variable, ""))
        if not text or not is_read(app, variable, table, production=production):
            continue
        try:
            if setting:
                app.config[setting.name] = setting.from_text(text)
            else:
                set_other(app.config, variable, text)
        except ValueError as error:
            problems.append(refusal(error, setting, variable, text))

    return problems


def stripped(variable: str, text: str) -> str:
    """Return text without the blanks, line ends and one pair of quotes around it.

    Files of variables are read with and without quotes, by different programs. The
    quotes of a database's password may be part of it.
    """
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        text = text if variable == "DATABASE_PASSWORD" else text[1:-1].strip()
    return text


def is_read(
    app: Flask, variable: str, table: Mapping[str, Setting], *, production: bool
) -> bool:
    """Return whether a variable is a setting; one that only looks like it is logged."""
    name = variable.removeprefix("FLASK_").split("__")[0]
    if name in COMMAND_VARIABLES or name.startswith("RUN_"):
        return False

    if name in NOT_IN_PRODUCTION and production:
        # The flask command would switch the debugger on again after this.
        os.environ.pop(variable)
        reason = "production has neither debugger nor tests"
    elif variable.startswith("FLASK_") and (
        name == "APP_CONFIG" or (name in table and table[name].variable)
    ):
        reason = "write the variable without the prefix"
        if name in table:
            reason = f"write {table[name].variable}"
    else:
        return True

    app.logger.warning("%s is ignored: %s.", variable, reason)
    return False


def set_other(config: dict[str, Any], variable: str, text: str) -> None:
    """Set what `FLASK_<SETTING>` names; raises RuleError for text of a wrong type.

    Two underscores lead to a part of a setting that is a dictionary.
    """
    *parents, name = variable.removeprefix("FLASK_").split("__")
    if [*parents, name] == ["DEBUG"]:  # FLASK_DEBUG=1 is Flask's own spelling
        config["DEBUG"] = get_debug_flag()
        return

    target = config
    for parent in parents:
        # A copy: the dictionary may be the one of a class, or a default.
        target[parent] = target = as_parts(target.get(parent), variable)
    target[name] = of_type(variable, text, target.get(name))


def as_parts(value: object, variable: str) -> dict[str, Any]:
    """Return a copy of a setting that is a dictionary; raises RuleError for others."""
    if not isinstance(value, dict | None):
        raise RuleError(
            f"{variable} sets one part of a setting, and this setting has no parts: "
            f"write {variable.partition('__')[0]}."
        )
    return dict(value or {})


def of_type(variable: str, text: str, default: object) -> object:
    """Return the value of a text, of the type of the default; raises RuleError.

    Text stays text where the default is text.
    """
    if isinstance(default, str):
        return text

    value = from_json(text)
    if isinstance(default, list | tuple) and not isinstance(value, list):
        return comma_separated(text)
    if isinstance(default, bool):
        value = {"true": True, "false": False}.get(text.lower())
        if value is None:
            raise RuleError(f"{variable} must be true or false, not {text[:60]!r}.")
    elif isinstance(default, int) and type(value) is not int:
        raise RuleError(f"{variable} must be a whole number, not {text[:60]!r}.")
    return value


def from_json(text: str) -> object:
    """Return the value of JSON text; text that is not JSON stays text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def app_config_origin() -> str:
    """Return where APP_CONFIG was set, for a message."""
    if not os.environ.get("APP_CONFIG"):
        return "by default"

    # .flaskenv, which the flask command reads, sets this before APP_CONFIG.
    outside = os.environ.get("APP_CONFIG_OUTSIDE")
    by_command = os.environ.get("FLASK_RUN_FROM_CLI") == "true"
    if outside or not by_command:
        return "set in the environment"

    for file in (".env", ".flaskenv"):
        if from_file("APP_CONFIG", file) == os.environ["APP_CONFIG"]:
            return f"set in {file}"
    return "set in the environment" if outside is None else "set in a file"


def from_file(name: str, file: str = ".env") -> str | None:
    """Return a variable of a file that the flask command reads."""
    return dotenv_values(find_dotenv(file, usecwd=True)).get(name)


def announce(app: Flask) -> None:
    """Print on standard error which database a command is about to work on.

    Raises ClickException as `check_origins` does.
    """
    name = app.config["APP_CONFIG"]
    check_origins(name)
    # The second .engine: tests put a connection in the place of the engine.
    url = app.extensions["sqlalchemy"].engine.engine.url
    place = f"{url.host}/{url.database}" if url.host else url.database
    click.echo(f"{name}: {url.get_backend_name()} database {place}", err=True)


def check_origins(name: str) -> None:
    """Raise ClickException if only DATABASE_URL was set for a command.

    `.flaskenv` lies on a server too and says development there: a DATABASE_URL that
    was set for one command must not be combined with it unnoticed.
    """
    outside = os.environ.get("DATABASE_URL")
    in_file = from_file("DATABASE_URL")
    if outside and outside != in_file and os.environ.get("APP_CONFIG_OUTSIDE") == "":
        raise click.ClickException(
            f"DATABASE_URL was set for this command and APP_CONFIG was not, so it is "
            f"{name} by a file: set APP_CONFIG beside DATABASE_URL."
        )
