"""The kinds of settings: how text is parsed, and which values are refused."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from flask import Flask

import config
from app.core import environment
from app.core.rules import boolean
from app.core.rules import mapping
from app.core.rules import one_of
from app.core.rules import seconds
from app.core.rules import Setting
from app.core.rules import SettingsError
from app.core.rules import text
from app.core.rules import text_list
from app.core.rules import whole_number
from app.core.settings import settings_table
from tests.maintained.sample import create_app

SIZE = whole_number("PAGE_SIZE", 20, low=1, high=100)
TIME = seconds("MAX_AGE", 60, optional=True)
ON = boolean("OPEN", False)
SORT = one_of("SORT", "name", ("name", "Date"))
WORD = text("SHOP", "Shop")
ANY = mapping("RATES", {})
UNSET = text("COUPON", None)
TAGS = text_list("TAGS", ())


@pytest.mark.parametrize(
    ("setting", "given", "value"),
    [
        (SIZE, "100", 100),
        (TIME, "0", 0),
        (TIME, "null", None),
        (ON, "TRUE", True),
        (ON, "false", False),
        (SORT, "DATE", "Date"),
        (WORD, "12345678", "12345678"),
        (WORD, "true", "true"),
        (ANY, '{"a": 1}', {"a": 1}),
        (TAGS, "a, b,,", ["a", "b"]),
        (TAGS, '["a,b"]', ["a,b"]),
    ],
)
def test_text_is_read_by_its_kind(setting: Setting, given: str, value: object) -> None:
    assert setting.from_text(given) == value


@pytest.mark.parametrize(
    ("setting", "given"),
    [
        (SIZE, "0"),
        (SIZE, "101"),
        (SIZE, "1.0"),
        (SIZE, "+1"),
        (SIZE, "\N{ARABIC-INDIC DIGIT FOUR}"),
        (SIZE, "null"),
        (TIME, "-1"),
        (TIME, "9" * 30),
        (ON, "1"),
        (ON, "on"),
        (SORT, "size"),
        (ANY, "a=1"),
        (ANY, "[1]"),
        (TAGS, "[1]"),
    ],
)
def test_text_that_breaks_a_rule_is_refused(setting: Setting, given: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # the messages vary
        setting.from_text(given)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        (SIZE, True),
        (SIZE, "20"),
        (TIME, timedelta(days=-1)),
        (TIME, 0.5),
        (ON, 1),
        (WORD, None),
        (WORD, b"Shop"),
        (ANY, {1: "a"}),
        (TAGS, "a,b"),
        (TAGS, ["a", ""]),
    ],
)
def test_a_value_that_breaks_a_rule_is_refused(setting: Setting, value: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # the messages vary
        setting.checked(value)


@pytest.mark.parametrize(
    ("setting", "value"),
    [(TIME, timedelta(days=1)), (TIME, None), (UNSET, None)],
)
def test_a_valid_value_is_accepted(setting: Setting, value: object) -> None:
    assert setting.checked(value) == value


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    sources = {setting.source for setting in settings_table().values()}
    for name in list(os.environ):
        if name.startswith("FLASK_") or name in sources:
            monkeypatch.delenv(name)


def started(monkeypatch: pytest.MonkeyPatch, setting: Setting, **environ: str) -> Flask:
    monkeypatch.setattr(config, "OWN_SETTINGS", (setting,), raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    given = {
        "APP_CONFIG": "development",
        "SECRET_KEY": "k" * 32,
        "SQLALCHEMY_DATABASE_URI": "sqlite://",
    }
    return create_app(type("Given", (), given))


@pytest.mark.parametrize(
    ("variable", "name"), [("", "FLASK_PAGE_SIZE"), ("PAGE_SIZE", "PAGE_SIZE")]
)
def test_custom_settings_are_read_and_checked_like_the_others(
    variable: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = whole_number("PAGE_SIZE", 20, low=1, high=100, variable=variable)

    assert started(monkeypatch, size).config["PAGE_SIZE"] == 20
    assert started(monkeypatch, size, **{name: " '50'\n"}).config["PAGE_SIZE"] == 50
    with pytest.raises(SettingsError) as refused:
        started(monkeypatch, size, **{name: "500"})

    rule = "must be a whole number from 1 to 100, not '500'."
    assert str(refused.value) == f"{name} {rule}"


def test_custom_settings_may_change_a_rule_of_the_project(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stricter = whole_number("WEB_THREADS", 2, low=1, high=4, variable="WEB_THREADS")

    assert started(monkeypatch, stricter, WEB_THREADS="3").config["WEB_THREADS"] == 3
    with pytest.raises(SettingsError, match="from 1 to 4"):
        started(monkeypatch, stricter, WEB_THREADS="5")


def test_a_secret_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    key = text("SHOP_KEY", None, matches=str.isdigit, rule="digits", secret=True)

    with pytest.raises(SettingsError) as refused:
        started(monkeypatch, key, FLASK_SHOP_KEY="hunter2")

    assert str(refused.value) == "FLASK_SHOP_KEY must be digits."


@pytest.mark.parametrize(
    ("default", "given", "value"),
    [
        ("Shop", "12345678", "12345678"),
        ("Shop", "null", "null"),
        (None, "5", 5),
        (None, "five", "five"),
        (False, "true", True),
        ({"a": 1}, '{"b": 2}', {"b": 2}),
    ],
)
def test_a_setting_without_a_rule_has_the_type_of_its_default(
    default: object, given: str, value: object
) -> None:
    values = {"OWN": default}

    environment.set_other(values, "FLASK_OWN", given)

    assert values == {"OWN": value}


@pytest.mark.parametrize(("default", "given"), [(20, "many"), (True, "yes")])
def test_a_setting_without_a_rule_refuses_another_type(
    default: object, given: str
) -> None:
    with pytest.raises(ValueError, match="FLASK_OWN must be"):
        environment.set_other({"OWN": default}, "FLASK_OWN", given)


def test_two_underscores_set_one_key_and_leave_the_default_unchanged() -> None:
    default = {"a": 1, "b": {"c": 2}}
    values: dict[str, object] = {"OWN": default}

    environment.set_other(values, "FLASK_OWN__b__d", "3")

    assert values == {"OWN": {"a": 1, "b": {"c": 2, "d": 3}}}
    assert default == {"a": 1, "b": {"c": 2}}


@pytest.mark.parametrize(
    ("app_config", "outside", "by_command", "file", "origin"),
    [
        ("", None, "", "", "by default"),
        ("staging", None, "", "", "set in the environment"),
        ("staging", "staging", "true", "", "set in the environment"),
        ("staging", "", "true", "staging", "set in .flaskenv"),
        ("staging", "", "true", "staging", "set in .env"),
        ("staging", "", "true", "", "set in a file"),
    ],
)
def test_a_refusal_says_where_app_config_was_set(
    app_config: str,
    outside: str | None,
    by_command: str,
    file: str,
    origin: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "app.core.environment.from_file",
        lambda _, name: file if name == origin.rpartition(" ")[2] else None,
    )
    monkeypatch.setenv("APP_CONFIG", app_config)
    monkeypatch.setenv("FLASK_RUN_FROM_CLI", by_command)
    monkeypatch.delenv("APP_CONFIG_OUTSIDE", raising=False)
    if outside is not None:
        monkeypatch.setenv("APP_CONFIG_OUTSIDE", outside)

    assert environment.app_config_origin() == origin
