"""What a setting may be: its default, how its text is read, and its rule.

A table of settings is a tuple of `Setting`s: app/core/known_settings.py for the
maintained files, OWN_SETTINGS in config.py for your own. app/core/settings.py reads
them at start. Maintained by copier-flask.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from datetime import timedelta
from typing import Any
from typing import TypedDict
from typing import Unpack

from flask import current_app
from flask import Flask

# The default of a setting whose default is the framework's own.
LIBRARY: object = type("Library", (), {"__repr__": lambda _: "LIBRARY"})()

# Cookies and the database store a date, and dates end in the year 9999.
MAX_SECONDS = 100 * 365 * 24 * 60 * 60


class SettingsError(SystemExit):
    """Ends a refused start: one line per problem on standard error, exit status 1."""


class RuleError(ValueError):
    """A value that breaks a rule, with the full sentence for the refusal."""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One setting. `read` and `check` return the value to use or raise ValueError.

    The refusal of a wrong value says "NAME must be RULE, not VALUE."; a `RuleError`
    brings the full sentence.
    """

    name: str
    # Of a production configuration; None means "not set".
    default: object = None
    # From the text of the variable, which is stripped and not empty.
    read: Callable[[str], object] = str
    # Of every value, from config.py too.
    check: Callable[[Any], object] = lambda value: value
    rule: str = ""
    # The environment variable, FLASK_<NAME> unless it is given.
    variable: str = ""
    # Defaults of other configurations: {"development": False}.
    by_config: Mapping[str, object] = field(default_factory=dict)
    # True: no message shows the value.
    secret: bool = False
    # True: None, or `null` in the variable, is a value.
    optional: bool = False
    # What is wrong if production does not have it: "must be set to ...".
    required: str = ""

    @property
    def source(self) -> str:
        """The name of the environment variable."""
        return self.variable or f"FLASK_{self.name}"

    def default_for(self, app_config: str) -> object:
        return self.by_config.get(app_config, self.default)

    def from_text(self, text: str) -> object:
        """Return the value of a variable's text; raises ValueError."""
        if self.optional and text.lower() == "null":
            return None
        return self.check(self.read(text))

    def checked(self, value: object) -> object:
        """Return the value to use for one of config.py; raises ValueError."""
        if value is None and (self.optional or self.default is None):
            return None
        try:
            return self.check(value)
        except ValueError:
            # As in a variable, where it counts as not set.
            if value == "":
                return self.unset()
            raise

    def unset(self) -> object:
        """Return the value if it is not set; raises ValueError if there is none."""
        if self.default is not LIBRARY:
            return self.default
        if self.name not in Flask.default_config:
            raise ValueError
        return Flask.default_config[self.name]


def refusal(
    error: ValueError, setting: Setting | None, name: str, value: object
) -> str:
    """Return the line that says which rule a value breaks."""
    if isinstance(error, RuleError) or not setting:
        return str(error)
    shown = "" if setting.secret else f", not {str(value)[:60]!r}"
    return f"{name} must be {setting.rule}{shown}."


class Options(TypedDict, total=False):
    """The fields of a `Setting` that every kind takes."""

    variable: str
    by_config: Mapping[str, object]
    secret: bool
    optional: bool


def whole_number(
    name: str,
    default: object,
    *,
    low: int = 0,
    high: int | None = None,
    **options: Unpack[Options],
) -> Setting:
    """A whole number from `low` to `high`."""
    bounds = f"from {low}" if high is None else f"from {low} to {high}"

    def check(value: object) -> int:
        if type(value) is not int or value < low or value > (high or value):
            raise ValueError
        return value

    return Setting(
        name=name,
        default=default,
        read=digits,
        check=check,
        rule=f"a whole number {bounds}",
        **options,
    )


def digits(text: str) -> int:
    """Return a whole number; raises ValueError for what `int` takes beyond digits."""
    if not (text.isascii() and text.removeprefix("-").isdigit()):
        raise ValueError
    return int(text)


def seconds(
    name: str,
    default: object,
    *,
    low: int = 0,
    high: int = MAX_SECONDS,
    **options: Unpack[Options],
) -> Setting:
    """A whole number of seconds, or a timedelta in config.py."""

    def check(value: object) -> int | timedelta:
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int | timedelta) or isinstance(value, bool):
            raise ValueError
        number = value.total_seconds() if isinstance(value, timedelta) else value
        if not low <= number <= high:
            raise ValueError
        return value

    return Setting(
        name=name,
        default=default,
        read=digits,
        check=check,
        rule=f"a whole number of seconds from {low} to {high}",
        **options,
    )


def duration(setting: str) -> timedelta:
    """Return a setting of `seconds` as a timedelta."""
    value: timedelta | int = current_app.config[setting]
    return value if isinstance(value, timedelta) else timedelta(seconds=value)


def boolean(name: str, default: object, **options: Unpack[Options]) -> Setting:
    """True or False; in a variable `true` or `false` in any case."""

    def read(text: str) -> bool:
        if text.lower() not in {"true", "false"}:
            raise ValueError
        return text.lower() == "true"

    def check(value: object) -> bool:
        if not isinstance(value, bool):
            raise ValueError
        return value

    return Setting(
        name=name,
        default=default,
        read=read,
        check=check,
        rule="true or false",
        **options,
    )


def one_of(
    name: str, default: object, choices: Collection[str], **options: Unpack[Options]
) -> Setting:
    """One of `choices`, in any case."""

    def check(value: object) -> str:
        for choice in choices:
            if isinstance(value, str) and value.lower() == choice.lower():
                return choice
        raise ValueError

    return Setting(
        name=name,
        default=default,
        check=check,
        rule=f"one of {', '.join(choices)}",
        **options,
    )


def text(
    name: str,
    default: object,
    *,
    matches: Callable[[str], object] = bool,
    rule: str = "text",
    **options: Unpack[Options],
) -> Setting:
    """Text for which `matches` returns something true; it is never read as JSON."""

    def check(value: object) -> str:
        if not isinstance(value, str) or not matches(value):
            raise ValueError
        return value

    return Setting(name=name, default=default, check=check, rule=rule, **options)


def mapping(name: str, default: object, **options: Unpack[Options]) -> Setting:
    """A dictionary; in a variable a JSON object."""

    def check(value: object) -> Mapping[str, object]:
        if not isinstance(value, Mapping) or not all(isinstance(k, str) for k in value):
            raise ValueError
        return value

    return Setting(
        name=name,
        default=default,
        read=json.loads,
        check=check,
        rule="a dictionary, in a variable a JSON object",
        **options,
    )


def comma_separated(text: str) -> list[str]:
    """Return the parts of a text between commas, without blanks and empty ones."""
    return [item.strip() for item in text.split(",") if item.strip()]


def text_list(name: str, default: object, **options: Unpack[Options]) -> Setting:
    """A list of texts; in a variable separated by commas, or a JSON list."""

    def read(text: str) -> object:
        return json.loads(text) if text.startswith("[") else comma_separated(text)

    def check(value: object) -> list[str]:
        if not isinstance(value, list | tuple) or not all(
            isinstance(item, str) and item.strip() for item in value
        ):
            raise ValueError
        return list(value)

    return Setting(
        name=name,
        default=default,
        read=read,
        check=check,
        rule="a list of texts, in a variable separated by commas",
        **options,
    )
