"""Settings from the environment, and values that stop the start."""

from __future__ import annotations

import logging
import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

import config
from app.core import database_url
from app.core.rules import SettingsError
from app.core.rules import whole_number
from app.core.settings import settings_table
from tests.maintained.sample import configuration
from tests.maintained.sample import create_app

ROOT = Path(__file__).parents[3]
PRODUCTION = {
    "APP_CONFIG": "production",
    "SECRET_KEY": "k" * 32,
    "DATABASE_URL": "sqlite://",
    "TRUSTED_HOSTS": "example.com,.example.org",
    "SITE_URL": "https://example.com",
}


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    sources = {setting.source for setting in settings_table().values()}
    for name in list(os.environ):
        if name.startswith("FLASK_") or name in {*PRODUCTION, *sources}:
            monkeypatch.delenv(name)


def start(monkeypatch: pytest.MonkeyPatch, **environment: str) -> Flask:
    for name, value in {**PRODUCTION, **environment}.items():
        monkeypatch.setenv(name, value)
    return create_app()


def test_production_starts_with_the_required_settings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = start(monkeypatch)

    assert app.config["APP_CONFIG"] == "production"
    assert app.config["TRUSTED_HOSTS"] == ["example.com", ".example.org"]
    assert app.config["SESSION_COOKIE_SECURE"] is True
    assert app.debug is False


@pytest.mark.parametrize("name", ["SECRET_KEY", "DATABASE_URL", "TRUSTED_HOSTS"])
def test_production_refuses_to_start_without(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SettingsError, match=f"{name} must be set"):
        start(monkeypatch, **{name: ""})


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("APP_CONFIG", "prod", "one of development, testing, production"),
        ("SECRET_KEY", "k" * 31, "at least 32 characters"),
        ("SECRET_KEY", "ü" * 40, "must be ASCII"),
        ("SECRET_KEY_FALLBACKS", "old,schlüssel", "must be ASCII"),
        ("DATABASE_URL", "app.db", "no database address"),
        ("DATABASE_URL", "oracle9://x", "does not know"),
        ("TRUSTED_HOSTS", "https://example.com", "cannot hold"),
        ("TRUSTED_HOSTS", "*.example.com", "cannot hold"),
        ("PROXY_HOPS", "-1", "a whole number from 0"),
        ("PROXY_HOPS", "one", "a whole number from 0"),
        ("WEB_THREADS", "0", "a whole number from 1"),
        ("FLASK_SESSION_COOKIE_SECURE", "maybe", "must be true or false"),
        ("FLASK_SESSION_COOKIE_SECURE", "1", "must be true or false"),
        ("FLASK_PROPAGATE_EXCEPTIONS", "on", "must be true or false"),
        ("FLASK_MAX_CONTENT_LENGTH", "1MB", "must be a whole number"),
        ("FLASK_WTF_CSRF_TIME_LIMIT", "abc", "must be a whole number"),
        ("FLASK_SITE_NAME__0", "x", "no parts"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_one_line(
    name: str, value: str, rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SettingsError) as stopped:
        start(monkeypatch, **{name: value})

    line = str(stopped.value)
    assert rule in line
    assert name in line or "FLASK_" in line
    assert "\n" not in line


@pytest.mark.parametrize(
    "address",
    [
        "oracle9://ada:hunter2@localhost/app",
        # A common mistake: the @ in the password is not quoted.
        "postgresql://ada:p@hunter2@localhost/app",
        "postgresql://ada:p@h:hunter2@localhost/app",
        "postgresql://ada:hunter2@localhost:port/app",
    ],
)
def test_the_refusal_never_shows_the_password(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SettingsError) as stopped:
        start(monkeypatch, DATABASE_URL=address)

    assert "DATABASE_URL" in str(stopped.value)
    assert "hunter2" not in str(stopped.value)


def test_a_key_that_is_no_string_stops_the_start() -> None:
    with pytest.raises(SettingsError, match="SECRET_KEY must be text"):
        create_app(type("Given", (), {"TESTING": True, "SECRET_KEY": 12345}))


def test_fallback_keys_are_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    newer, older = "n" * 32, "o" * 32

    app = start(monkeypatch, SECRET_KEY_FALLBACKS=f"{newer}, {older},")

    assert app.config["SECRET_KEY_FALLBACKS"] == [newer, older]


def with_fallback_keys(value: object) -> Flask:
    return create_app(
        type("Given", (), {"TESTING": True, "SECRET_KEY_FALLBACKS": value})
    )


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("newer-key,older-key", ["newer-key", "older-key"]),
        ("one-key", ["one-key"]),
        (["newer-key", b"older-key"], ["newer-key", b"older-key"]),
        (("newer-key", "older-key"), ["newer-key", "older-key"]),
        (" , ", []),
        (None, []),
    ],
)
def test_fallback_keys_given_as_a_string_are_not_split_into_letters(
    given: object, taken: list[object]
) -> None:
    assert with_fallback_keys(given).config["SECRET_KEY_FALLBACKS"] == taken


@pytest.mark.parametrize(
    "wrong",
    [b"one-key", {"one-key"}, {"one-key": 1}, 5, ["a-key", 5], ["a-key", ""], [" "]],
    ids=str,
)
def test_fallback_keys_that_are_no_list_of_keys_are_refused(wrong: object) -> None:
    with pytest.raises(SettingsError, match="must be a list of keys, newest first"):
        with_fallback_keys(wrong)


@pytest.mark.parametrize("base", [object, configuration.Config])
def test_a_class_of_a_few_settings_is_enough(base: type) -> None:
    given = {"TESTING": True, "MAX_CONTENT_LENGTH": 10}

    app = create_app(type("Given", (base,), given))

    assert app.testing
    assert app.config["MAX_CONTENT_LENGTH"] == 10


@pytest.mark.parametrize("base", [object, configuration.Config])
def test_a_class_without_testing_gets_the_production_checks(base: type) -> None:
    given = {"SECRET_KEY": "short"}

    with pytest.raises(SettingsError, match="SECRET_KEY must be set"):
        create_app(type("Given", (base,), given))


def test_a_custom_configuration_gets_the_production_checks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    staging = type("Staging", (), {"APP_CONFIG": "staging"})
    monkeypatch.setitem(config.CONFIGS, "staging", staging)

    with pytest.raises(SettingsError, match=r"APP_CONFIG is staging .*: SECRET_KEY"):
        start(monkeypatch, APP_CONFIG="staging", SECRET_KEY="")


def test_other_settings_are_read_with_the_flask_prefix(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = start(
        monkeypatch,
        FLASK_MAX_CONTENT_LENGTH="2048",
        FLASK_SESSION_COOKIE_SECURE="False",
        FLASK_NEW_SETTING='{"a": 1}',
        FLASK_RUN_PORT="9000",
    )

    assert app.config["MAX_CONTENT_LENGTH"] == 2048
    assert app.config["SESSION_COOKIE_SECURE"] is False
    assert app.config["NEW_SETTING"] == {"a": 1}
    assert "RUN_PORT" not in app.config


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEBUG", "1"),
        ("TESTING", "true"),
        ("SECRET_KEY", "another"),
        ("SECRET_KEY_FALLBACKS", "other,keys"),
        ("APP_CONFIG", "development"),
    ],
)
def test_production_ignores_with_the_flask_prefix(
    name: str,
    value: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    expected = start(monkeypatch).config[name]

    app = start(monkeypatch, **{f"FLASK_{name}": value})

    assert app.config[name] == expected
    assert f"FLASK_{name} is ignored" in caplog.text


@pytest.mark.parametrize(("size", "warns"), [(31, True), (32, False)])
def test_production_warns_of_a_fallback_key_that_can_be_guessed(
    size: int,
    warns: bool,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    start(monkeypatch, SECRET_KEY_FALLBACKS=f"{'a' * 32},{'b' * size}")

    assert ("can be guessed" in caplog.text) is warns


def test_production_is_the_default(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert start(monkeypatch, APP_CONFIG="").config["APP_CONFIG"] == "production"


@pytest.mark.parametrize(
    ("given", "driver"),
    [
        ("postgres://", "postgresql+psycopg"),
        ("postgresql://", "postgresql+psycopg"),
        ("mysql://", "mysql+pymysql"),
        ("mariadb://", "mysql+pymysql"),
    ],
)
def test_a_database_scheme_selects_its_driver(
    given: str, driver: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The driver need not be installed: that is checked later.
    monkeypatch.setattr("sqlalchemy.URL.get_dialect", lambda _: Installed)

    url = database_url.checked("DATABASE_URL", f"{given}ada@localhost/app_test")

    assert str(url) == f"{driver}://ada@localhost/app_test"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (
            "postgresql://ada@localhost/app",
            "postgresql://ada:p%40ss%3A%2F@localhost/app",
        ),
        (
            "postgresql://ada:hunter2@localhost/app",
            "postgresql://ada:hunter2@localhost/app",
        ),
        ("sqlite:////srv/app.db", "sqlite:////srv/app.db"),
    ],
    ids=["added", "in the address already", "a file has none"],
)
def test_the_database_password_may_be_a_separate_setting(
    address: str, expected: str
) -> None:
    url = database_url.with_password(sa.make_url(address), "p@ss:/")

    assert url.render_as_string(hide_password=False) == expected


class Installed:
    @staticmethod
    def import_dbapi() -> None:
        pass


def test_a_single_star_trusts_every_host(monkeypatch: pytest.MonkeyPatch) -> None:
    app = start(monkeypatch, TRUSTED_HOSTS="*")

    assert app.test_client().get("/", headers={"Host": "any.test"}).status_code == 200


def test_development_generates_its_key_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(Flask, "auto_find_instance_path", lambda _: str(tmp_path))
    environment = {"APP_CONFIG": "development", "SECRET_KEY": "", "DATABASE_URL": ""}

    first = start(monkeypatch, **environment)
    second = start(monkeypatch, **environment)

    assert len(first.config["SECRET_KEY"]) >= 32
    assert first.config["SECRET_KEY"] == second.config["SECRET_KEY"]
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


def test_tests_do_not_see_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    app = start(
        monkeypatch,
        APP_CONFIG="testing",
        FLASK_DEBUG="1",
        FLASK_MAX_CONTENT_LENGTH="1",
    )

    assert app.config["SECRET_KEY"] != PRODUCTION["SECRET_KEY"]
    assert app.config["MAX_CONTENT_LENGTH"] != 1
    assert app.debug is False


@pytest.mark.parametrize(
    "address",
    ["sqlite:////srv/app.db", "sqlite:////srv/app_test.db?database=app"],
    ids=["by path", "by query"],
)
def test_tests_refuse_a_database_that_is_not_for_tests(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_DATABASE_URL", address)

    with pytest.raises(SettingsError, match="must end in _test"):
        start(monkeypatch, APP_CONFIG="testing")


def test_run_py_does_not_start_a_server() -> None:
    run = subprocess.run(
        [sys.executable, "run.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 2
    assert "uv run flask run --debug" in run.stderr
    assert "For production: uv run " in run.stderr


def test_an_invalid_configuration_prints_one_line_and_exits() -> None:
    wrong = {**os.environ, **PRODUCTION, "SECRET_KEY": "short"}
    run = subprocess.run(
        [sys.executable, "-c", "import run"],
        cwd=ROOT,
        env=wrong,
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 1
    assert run.stderr.count("\n") == 1
    assert "SECRET_KEY must be set" in run.stderr


def test_log_lines_are_written_once_with_several_applications(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start(monkeypatch, SECRET_KEY=secrets.token_urlsafe(48))
    before = list(logging.getLogger().handlers)

    start(monkeypatch)

    assert len(logging.getLogger().handlers) == len(before)


def test_each_problem_has_its_own_line(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {"SECRET_KEY": "short", "TRUSTED_HOSTS": "a b", "FLASK_LOG_LEVEL": "loud"}

    with pytest.raises(SettingsError) as stopped:
        start(monkeypatch, **wrong)

    lines = str(stopped.value).splitlines()
    assert len(lines) == 3
    assert all(any(name in line for line in lines) for name in wrong)


@pytest.mark.parametrize(
    ("name", "given", "setting", "value"),
    [
        ("APP_CONFIG", " 'Production'\n", "APP_CONFIG", "production"),
        ("SECRET_KEY", f"{'k' * 32}\r\n", "SECRET_KEY", "k" * 32),
        ("SECRET_KEY_FALLBACKS", f" '{'o' * 32}'", "SECRET_KEY_FALLBACKS", ["o" * 32]),
        ("DATABASE_URL", "sqlite://\n", "SQLALCHEMY_DATABASE_URI", "sqlite://"),
        ("DATABASE_PASSWORD", "'p'\n", "DATABASE_PASSWORD", "'p'"),
        ("TRUSTED_HOSTS", "A.test , [::1]", "TRUSTED_HOSTS", ["a.test", "[::1]"]),
        ("PROXY_HOPS", " 1\t", "PROXY_HOPS", 1),
        ("WEB_THREADS", "'8'", "WEB_THREADS", 8),
        ("FLASK_LOG_LEVEL", "debug\n", "LOG_LEVEL", "DEBUG"),
        ("FLASK_SITE_NAME", " true ", "SITE_NAME", "true"),
    ],
)  # fmt: skip
def test_quotes_and_whitespace_around_a_value_are_stripped(
    name: str,
    given: str,
    setting: str,
    value: object,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert start(monkeypatch, **{name: given}).config[setting] == value


def test_whitespace_around_the_key_of_a_class_is_stripped() -> None:
    given = {"TESTING": True, "SECRET_KEY": f" {'k' * 32}\n"}

    assert create_app(type("Given", (), given)).config["SECRET_KEY"] == "k" * 32


@pytest.mark.parametrize(
    ("name", "unset"),
    [
        ("REDIS_URL", None),
        ("DATABASE_PASSWORD", None),
        ("SERVER_NAME", None),
        ("APPLICATION_ROOT", "/"),
    ],
)
def test_an_empty_string_in_a_class_counts_as_not_set(name: str, unset: object) -> None:
    app = create_app(type("Given", (), {"TESTING": True, name: ""}))

    assert app.config[name] == unset


@pytest.mark.parametrize(
    ("table", "configs", "problem"),
    [
        (whole_number("PAGE_SIZE", 20), None, "with a comma after"),
        (["PAGE_SIZE"], None, "with a comma after"),
        (None, {"production": {"PAGE_SIZE": 2}}, "must be a class"),
        (None, ["production"], "must be a dictionary of classes"),
    ],
    ids=["no comma", "a name", "a dictionary", "a list"],
)
def test_a_mistake_in_the_tables_of_config_py_is_one_line(
    table: object, configs: object, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config, "OWN_SETTINGS", table or (), raising=False)
    if configs:
        monkeypatch.setattr(config, "CONFIGS", configs, raising=False)

    with pytest.raises(SettingsError, match=problem) as refused:
        create_app()

    assert "\n" not in str(refused.value)


def test_a_custom_list_is_split_at_commas(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FLASK_NEW_LIST", "a, b")

    app = create_app(type("Given", (), {"APP_CONFIG": "development", "NEW_LIST": []}))

    assert app.config["NEW_LIST"] == ["a", "b"]
