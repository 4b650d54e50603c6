"""The database URL: its parameters, its pool, and the databases of test workers."""

from __future__ import annotations

import re
from importlib.util import find_spec

import pytest
import sqlalchemy as sa

from app.core import database_url
from app.core import worker_databases
from app.core.database_url import check_parameters
from app.core.database_url import without_pooler
from app.core.rules import RuleError
from app.core.rules import SettingsError
from app.extensions import db
from tests.support.applications import MakeApp

PACKAGES = {"postgresql": "psycopg", "mysql": "pymysql", "sqlite": "sqlite3"}


def url(text: str) -> sa.URL:
    """Return a URL, or skip the test if its driver is not installed."""
    if not find_spec(PACKAGES[text.partition(":")[0]]):
        pytest.skip("its driver is not installed")
    return database_url.checked("DATABASE_URL", text)


def refusal(address: str) -> str:
    """Return why the parameters of an address are refused, or an empty text."""
    try:
        check_parameters("DATABASE_URL", url(address))
    except RuleError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://ada@localhost/app?sslmode=require&channel_binding=require",
        "postgresql://ada@localhost/app?options=-csearch_path%3Dshop",
        "postgresql://ada@/app?host=/run/postgresql&connect_timeout=3",
        "mysql://ada@localhost/app?charset=utf8mb4&read_timeout=5",
        "mysql://ada@localhost/app?ssl_check_hostname=false",
        "mysql://ada@localhost/app?unix_socket=/run/mysqld/mysqld.sock",
        "sqlite:////srv/app.db?timeout=5",
        "sqlite:///file:/srv/app.db?mode=ro&uri=true",
    ],
)
def test_driver_parameters_are_accepted(address: str) -> None:
    assert refusal(address) == ""


@pytest.mark.parametrize(
    ("address", "remedy"),
    [
        ("postgresql://ada@localhost/app?schema=public", "remove it where it is pub"),
        ("postgresql://ada@localhost/app?connection_limit=5", "set WEB_THREADS"),
        ("postgresql://ada@localhost/app?ssl=true", "write sslmode=require"),
        ("postgresql://ada@localhost/app?autocommit=true", "does not take: remove it"),
        ("postgresql://ada@localhost/app?sslmode=on", "cannot use (ValueError)"),
        ("postgresql://ada@localhost/app?connect_timeout=x", "cannot use (ValueError)"),
        ("mysql://ada@localhost/app?ssl-mode=REQUIRED", "write ssl_check_hostname=fal"),
        ("mysql://ada@localhost/app?useSSL=false", "write ssl_check_hostname=false"),
        (
            "mysql://ada@localhost/app?sslaccept=strict",
            "write ssl_check_hostname=false",
        ),
        ("mysql://ada@localhost/app?reconnect=true", "connections are tested before"),
        ("mysql://ada@localhost/app?ssl_ca=/nowhere", "cannot use (FileNotFoundError)"),
        ("mysql://ada@localhost/app?ssl_disabled=false", "cannot use (ValueError)"),
        ("mysql://ada@localhost/app?connect_timeout=x", "cannot use (ValueError)"),
        ("sqlite:////srv/app.db?mode=ro", "begin the path with file: and add uri=true"),
        ("sqlite:////srv/app.db?timeout=soon", "cannot use (ValueError)"),
    ],
)
def test_unknown_driver_parameters_are_refused(address: str, remedy: str) -> None:
    refused = refusal(address)

    assert refused.startswith("DATABASE_URL has ")
    assert remedy in refused
    assert "\n" not in refused


@pytest.mark.parametrize(("text", "pooler"), [("true", True), ("false", False)])
def test_a_pooler_in_the_url_is_read_as_the_setting(text: str, *, pooler: bool) -> None:
    address = sa.make_url(f"postgresql+psycopg://ada@localhost/app?pgbouncer={text}")

    without, has_pooler = without_pooler(address)

    assert "pgbouncer" not in without.query
    assert has_pooler is pooler


@pytest.mark.parametrize(
    "address",
    [
        "sqlite:////srv/a\npp.db",
        "postgresql://ada@local host/app",
        "postgresql://ada@localhost:65536/app",
        "postgresql://ada@localhost:0/app",
        5,
    ],
    ids=str,
)
def test_an_invalid_database_url_is_refused(address: object) -> None:
    with pytest.raises(RuleError, match="DATABASE_URL is no database address"):
        database_url.checked("DATABASE_URL", address)


def test_whitespace_around_a_database_url_is_stripped() -> None:
    assert str(database_url.checked("DATABASE_URL", " sqlite:////srv/app.db\r\n")) == (
        "sqlite:////srv/app.db"
    )


@pytest.mark.parametrize(
    "options",
    [{"pool_sise": 3}, {"pool_size": "three"}],
    ids=str,
)
def test_unknown_engine_options_are_refused(
    options: dict[str, object], make_app: MakeApp
) -> None:
    with pytest.raises(SettingsError, match="SQLALCHEMY_ENGINE_OPTIONS cannot be used"):
        make_app(SQLALCHEMY_ENGINE_OPTIONS=options)


def test_additional_databases_are_set_up_by_their_key(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The metadata of all applications is in one dictionary, by bind key.
    monkeypatch.setattr(db, "metadatas", dict(db.metadatas))
    binds = {"one": "sqlite://", "two": {"url": "sqlite://", "echo": False}}

    app = make_app(SQLALCHEMY_BINDS=binds)

    with app.app_context():
        assert {"one", "two"} <= set(app.extensions["sqlalchemy"].engines)


@pytest.mark.parametrize(
    ("bind", "line"),
    [
        ("nowhere", "SQLALCHEMY_BINDS['one'] is no database address"),
        ({"echo": False}, "SQLALCHEMY_BINDS['one'] must be an address or a dictionary"),
        (
            {"url": "sqlite://", "pool_sise": 3},
            "SQLALCHEMY_BINDS['one'] cannot be used",
        ),
        ("sqlite:///a.db?mode=ro", "SQLALCHEMY_BINDS['one'] has the parameter 'mode'"),
    ],
    ids=str,
)
def test_an_invalid_additional_database_is_refused(
    bind: object, line: str, make_app: MakeApp
) -> None:
    with pytest.raises(SettingsError, match=re.escape(line)):
        make_app(SQLALCHEMY_BINDS={"one": bind})


SERVER = "postgresql+psycopg://ada@localhost"


@pytest.mark.parametrize(
    ("given", "own"),
    [
        (f"{SERVER}/app_test", f"{SERVER}/app_gw7_test"),
        (f"{SERVER}/app_gw7_test", f"{SERVER}/app_gw7_test"),
        (f"{SERVER}/{'a' * 58}_test", f"{SERVER}/{'a' * 54}_gw7_test"),
        ("sqlite:////srv/app_test.db", "sqlite:////srv/app_test.db"),
    ],
    ids=["suffix", "added once", "within the maximum length", "a file as it is"],
)
def test_a_worker_has_a_database(
    given: str, own: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw7")

    assert worker_databases.of_worker(sa.make_url(given)) == sa.make_url(own)


def test_without_workers_the_configured_database_is_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    given = sa.make_url(f"{SERVER}/app_test")

    assert worker_databases.of_worker(given) == given


def test_a_worker_makes_its_database_once_and_drops_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    executed: list[str] = []
    at_exit: list[tuple[object, ...]] = []
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw7")
    monkeypatch.delenv(worker_databases.MADE, raising=False)
    monkeypatch.setattr(
        "app.core.worker_databases.execute",
        lambda url, statement, name: executed.append(statement.format(name)),
    )
    monkeypatch.setattr("atexit.register", lambda *call: at_exit.append(call))
    # SQLite instead, because a server may not be running.
    monkeypatch.setitem(
        worker_databases.originals, ":memory:", sa.make_url(f"{SERVER}/app_test")
    )
    engine = sa.create_engine("sqlite:///:memory:", poolclass=sa.NullPool)

    worker_databases.make_before_connecting(engine)
    for _ in range(2):
        engine.connect().close()

    assert executed == [
        "DROP DATABASE IF EXISTS :memory:", "CREATE DATABASE :memory:",
    ]  # fmt: skip
    assert at_exit == [
        (worker_databases.drop, sa.make_url(f"{SERVER}/app_test"), ":memory:")
    ]
