"""Temporary failures are 503, and error messages contain no values of rows."""

from __future__ import annotations

import errno
import json
import sqlite3
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask import render_template_string
from jinja2 import DictLoader
from sqlalchemy import exc
from sqlalchemy.engine import Dialect
from werkzeug.exceptions import HTTPException

from app.core.database import UtcDateTime
from app.core.errors import RETRY_AFTER
from app.core.unavailable import cause
from app.core.unavailable import text_without_values
from app.core.unavailable import UnavailableError
from app.extensions import db
from tests.support.applications import entries
from tests.support.applications import log_from_now_on

MakeApp = Callable[..., Flask]

SECRET = "hunter2@example.com"


class DriverError(Exception):
    """An error of a driver; the driver need not be installed."""

    sqlstate: str | None = None


def postgresql(sqlstate: str, text: str = "text") -> exc.DBAPIError:
    error = DriverError(text)
    error.sqlstate = sqlstate
    return exc.DBAPIError("SELECT 1", {}, error)


def mysql(number: int, text: str = "text") -> exc.DBAPIError:
    error = DriverError(number, text)
    error.sqlstate = "HY000"  # newer versions of PyMySQL have it as well
    return exc.DBAPIError("SELECT 1", {}, error)


def sqlite(name: str) -> exc.DBAPIError:
    error = sqlite3.OperationalError("text")
    error.sqlite_errorcode = getattr(sqlite3, name)
    error.sqlite_errorname = name
    return exc.DBAPIError("SELECT 1", {}, error)


def without_code(
    name: str, statement: str | None = None, base: type[Any] = Exception
) -> exc.DBAPIError:
    module, _, own = name.rpartition(".")
    error: Any = type(own, (base,), {"__module__": module})
    return exc.DBAPIError(statement, {}, error("connection failed"))


def time_out() -> exc.DBAPIError:
    base = type(without_code("psycopg.OperationalError").orig)
    return without_code("psycopg.errors.ConnectionTimeout", base=base)


def redis(name: str) -> Exception:
    own = type(name, (Exception,), {"__module__": "redis.exceptions"})
    error: Exception = own("refused")
    return error


def wrapped(error: Exception) -> Exception:
    storage_error = RuntimeError("storage")
    storage_error.storage_error = error  # type: ignore[attr-defined]  # as limits has it
    return storage_error


EXPECTED = {
    "pool": (exc.TimeoutError("no connection"), "database TimeoutError"),
    "lost before": (
        exc.PendingRollbackError("lost", code="8s2b"),
        "database PendingRollbackError",
    ),
    "lost": (
        exc.DBAPIError("", {}, ValueError(), connection_invalidated=True),
        "database ValueError",
    ),
    "psycopg refused": (
        without_code("psycopg.OperationalError"),
        "database connection",
    ),
    "psycopg hung": (time_out(), "database connection"),
    "pymysql, half a packet": (
        without_code("pymysql.err.InternalError", "SELECT 1"),
        "database connection",
    ),
    **{
        f"postgresql {code}": (postgresql(code), f"database {code}")
        for code in ("08006", "53300", "53100", "57014", "57P01", "55P03", "40P01")
    },
    **{
        f"mysql {number}": (mysql(number), f"database {number}")
        for number in (2003, 2006, 2013, 1040, 1205, 1213, 1021, 1114, 1969, 3024, 0)
    },
    **{
        name: (sqlite(name), f"database {name}")
        for name in (
            "SQLITE_BUSY",
            "SQLITE_BUSY_SNAPSHOT",
            "SQLITE_LOCKED",
            "SQLITE_FULL",
            "SQLITE_IOERR_WRITE",
            "SQLITE_CANTOPEN",
        )
    },
    "of the driver itself": (
        without_code("psycopg.OperationalError").orig,
        "database connection",
    ),
    "disk": (OSError(errno.ENOSPC, "full"), "disk ENOSPC"),
    "redis": (redis("ConnectionError"), "redis ConnectionError"),
    "redis by limits": (wrapped(redis("TimeoutError")), "redis TimeoutError"),
    "own": (UnavailableError("busy"), "UnavailableError"),
}
DEFECTS = {
    "no table, sqlite": sqlite("SQLITE_ERROR"),
    "unique, sqlite": sqlite("SQLITE_CONSTRAINT_UNIQUE"),
    "no table, postgresql": postgresql("42P01"),
    "unique, postgresql": postgresql("23505"),
    "no table, mysql": mysql(1146),
    "unique, mysql": mysql(1062),
    "wrong option, psycopg": without_code("psycopg.ProgrammingError"),
    "not sent, psycopg": without_code("psycopg.OperationalError", "SELECT 1"),
    "swallowed in a flush": exc.PendingRollbackError("flush", code="7s2a"),
    "slip": exc.ArgumentError("slip"),
    "no file": FileNotFoundError(errno.ENOENT, "none"),
    "redis slip": redis("ResponseError"),
    "python": RuntimeError("slip"),
}


@pytest.mark.parametrize(("error", "known"), EXPECTED.values(), ids=EXPECTED)
def test_a_temporary_failure_is_recognised(error: Exception, known: str) -> None:
    assert cause(error) == known


@pytest.mark.parametrize("error", DEFECTS.values(), ids=DEFECTS)
def test_a_defect_is_no_temporary_failure(error: Exception) -> None:
    assert cause(error) is None


def raise_error(error: Exception) -> str:
    raise error


@pytest.fixture
def failing(make_app: MakeApp) -> Flask:
    """An application whose database connection fails in a view."""
    app = make_app(PROPAGATE_EXCEPTIONS=False, LOG_JSON=True, LOG_LEVEL="INFO")
    for prefix in ("", "/api"):
        app.add_url_rule(
            f"{prefix}/away",
            f"{prefix}away",
            lambda: raise_error(postgresql("57P01", f"terminated\n{SECRET}")),
            methods=["GET", "POST"],
        )
    return app


@pytest.mark.parametrize(
    ("path", "content_type"),
    [("/away", "text/html; charset=utf-8"), ("/api/away", "application/problem+json")],
)
def test_a_temporary_failure_is_a_503_page_or_problem(
    path: str, content_type: str, failing: Flask
) -> None:
    response = failing.test_client().get(path)

    assert response.status_code == 503
    assert response.content_type == content_type
    assert response.headers["Retry-After"] == str(RETRY_AFTER)
    assert "Please try again" in response.text
    assert "terminated" not in response.text


def test_a_failure_is_logged_without_a_traceback(failing: Flask) -> None:
    lines = log_from_now_on()

    failing.test_client().get("/away")

    assert "57P01" in json.dumps(entries(lines))
    assert "Traceback" not in json.dumps(entries(lines))


def test_only_the_first_failure_of_a_minute_logs_the_driver_message(
    failing: Flask,
) -> None:
    lines, client = log_from_now_on(), failing.test_client()

    for _ in range(3):
        client.get("/away")

    details = [line["detail"] for line in entries(lines) if "detail" in line]
    assert details == ["terminated"]


def test_a_defect_of_the_database_is_500_with_a_traceback(failing: Flask) -> None:
    failing.add_url_rule("/defect", view_func=lambda: raise_error(postgresql("42P01")))
    lines = log_from_now_on()

    response = failing.test_client().get("/defect")

    assert response.status_code == 500
    assert "Retry-After" not in response.headers
    assert "Traceback" in json.dumps(entries(lines))


@pytest.mark.parametrize("as_json", [True, False])
def test_a_failure_that_is_logged_elsewhere_has_no_traceback(
    as_json: bool, make_app: MakeApp
) -> None:
    app = make_app(LOG_JSON=as_json)
    lines = log_from_now_on()

    try:
        raise postgresql("57P01")
    except exc.DBAPIError:
        app.logger.exception("A job failed.")

    assert "database 57P01" in lines.getvalue()
    assert "Traceback" not in lines.getvalue()


STATEMENTS = {
    "disk full": (
        "PRAGMA max_page_count = 3",
        "CREATE TABLE full AS SELECT zeroblob(99999)",
        503,
    ),
    "locked": ("PRAGMA busy_timeout = 20", "CREATE TABLE later (id int)", 503),
    "no table": ("SELECT 1", "SELECT * FROM missing", 500),
    "no statement": ("SELECT 1", "SELEC 1", 500),
}


@pytest.mark.parametrize(
    ("first", "second", "status"), STATEMENTS.values(), ids=STATEMENTS
)
def test_errors_of_sqlite_are_told_apart(
    first: str, second: str, status: int, make_app: MakeApp, tmp_path: Path
) -> None:
    path = tmp_path / "own_test.db"
    app = make_app(
        SQLALCHEMY_DATABASE_URI=f"sqlite:///{path}", PROPAGATE_EXCEPTIONS=False
    )

    def work() -> str:
        db.session.execute(sa.text(first))
        db.session.execute(sa.text(second))
        return "done"

    app.add_url_rule("/work-of-this-test", view_func=work)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("CREATE TABLE own (id int)")
        if "busy_timeout" in first:
            other.execute("BEGIN IMMEDIATE")
        response = app.test_client().get("/work-of-this-test")

    assert response.status_code == status


def test_a_database_that_cannot_be_opened_is_503(
    make_app: MakeApp, tmp_path: Path
) -> None:
    app = make_app(SQLALCHEMY_DATABASE_URI=f"sqlite:///{tmp_path}/none/own_test.db")
    app.add_url_rule(
        "/work-of-this-test",
        view_func=lambda: str(db.session.execute(sa.text("SELECT 1"))),
    )

    assert app.test_client().get("/work-of-this-test").status_code == 503


def before(app: Flask, function: Callable[[], Any]) -> None:
    app.before_request(function)


def after(app: Flask, function: Callable[[], Any]) -> None:
    app.after_request(lambda response: function() or response)


def in_a_page(app: Flask, function: Callable[[], Any]) -> None:
    app.jinja_env.globals["ask"] = function
    app.view_functions["away"] = lambda: render_template_string("{{ ask() }}")


@pytest.mark.parametrize("place", [before, after, in_a_page])
def test_a_temporary_failure_is_503_in_every_hook_and_view(
    place: Callable[[Flask, Callable[[], Any]], None], failing: Flask
) -> None:
    lines = log_from_now_on()
    failing.view_functions["away"] = str
    place(failing, lambda: raise_error(mysql(2013)))

    response = failing.test_client().get("/away")

    assert response.status_code == 503
    assert response.headers["Retry-After"]
    assert "Traceback" not in json.dumps(entries(lines))


def own_page(error: Exception) -> tuple[str, int]:
    code = error.code if isinstance(error, HTTPException) else None
    return "a page of the owner's", code or 500


@pytest.mark.parametrize("place", [before, after, in_a_page])
@pytest.mark.parametrize("handled", [503, HTTPException])
def test_a_custom_handler_answers_a_temporary_failure(
    handled: Any, place: Callable[[Flask, Callable[[], Any]], None], failing: Flask
) -> None:
    failing.register_error_handler(handled, own_page)
    failing.view_functions["away"] = str
    place(failing, lambda: raise_error(mysql(2013)))

    response = failing.test_client().get("/away")

    assert (response.status_code, response.text) == (503, "a page of the owner's")


def test_a_handler_of_500_does_not_hide_a_failure_of_a_hook(failing: Flask) -> None:
    failing.register_error_handler(500, own_page)
    failing.view_functions["away"] = str
    after(failing, lambda: raise_error(mysql(2013)))
    lines = log_from_now_on()

    assert failing.test_client().get("/away").status_code == 503
    assert entries(lines)[-1]["failure"] == "database 2013"


@pytest.mark.parametrize("error", [postgresql("42P01"), FileNotFoundError()])
def test_a_handler_of_all_errors_gets_a_defect(
    error: Exception, failing: Flask
) -> None:
    failing.register_error_handler(Exception, own_page)
    failing.view_functions["away"] = lambda: raise_error(error)

    assert failing.test_client().get("/away").text == "a page of the owner's"


@pytest.mark.parametrize("path", ["/away", "/missing", "/form"])
def test_a_failing_layout_is_replaced_by_a_plain_page(
    path: str, failing: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing.config["WTF_CSRF_ENABLED"] = True
    failing.add_url_rule("/form", view_func=str, methods=["POST"])
    lines = log_from_now_on()

    def fail(*_: object, **__: object) -> str:
        raise postgresql("08006")

    monkeypatch.setattr("app.core.errors.render_template", fail)
    client = failing.test_client()
    response = client.post(path) if path == "/form" else client.get(path)

    expected = {"/away": 503, "/missing": 404, "/form": 400}
    assert response.status_code == expected[path]
    assert "<h1>" in response.text
    assert [line["message"] for line in entries(lines)] == ["request"]


def set_error_page(app: Flask, text: str) -> None:
    app.jinja_loader = DictLoader({"error.html": text})  # pyright: ignore[reportAttributeAccessIssue]


def test_the_page_of_a_failure_does_not_load_current_user(
    failing: Flask,
) -> None:
    class Person:
        @property
        def email(self) -> str:
            raise postgresql("08006")

    failing.jinja_env.globals["current_user"] = Person()
    page = "{{ current_user.email }}The page of the site."
    set_error_page(failing, page)

    assert failing.test_client().get("/away").text == "The page of the site."


def test_the_transaction_has_ended_when_the_error_page_is_rendered(
    failing: Flask,
) -> None:
    def fail() -> str:
        db.session.execute(sa.text("SELECT 1"))
        assert db.session().in_transaction()
        raise postgresql("55P03")

    failing.view_functions["away"] = fail
    failing.jinja_env.globals["state"] = lambda: db.session().in_transaction()
    set_error_page(failing, "{{ state() }}")

    assert failing.test_client().get("/away").text == "False"


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (postgresql("22P02", f'invalid input: "{SECRET}"'), "hidden"),
        (postgresql("P0001", SECRET), "hidden"),
        (
            postgresql("23505", f'unique "uq_a"\nDETAIL: Key (a)=({SECRET})'),
            'unique "uq_a"',
        ),
        (mysql(1062, f"Duplicate entry '{SECRET}' for key 'uq_a'"), "'uq_a'"),
        (mysql(1366, f"Incorrect value: '{SECRET}'"), "hidden"),
        (mysql(1064, f"syntax near '{SECRET}'"), "hidden"),
        (exc.StatementError("", "", {}, ValueError(SECRET)), "hidden"),
        (exc.StatementError("", "", {}, LookupError(SECRET)), "hidden"),
    ],
)
def test_the_text_of_an_error_keeps_names_and_no_values(
    error: exc.StatementError, text: str
) -> None:
    assert error.orig is not None
    without = text_without_values(error.orig)

    assert without is not None
    assert text in without
    assert SECRET not in without


class Refusing(sa.types.TypeDecorator[str]):
    """A custom column type whose errors contain the refused value."""

    impl = sa.String(50)
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is not None:
            raise ValueError(f"{value} is refused")
        return value


rows = sa.Table(
    "secrets_for_tests",
    sa.MetaData(),
    sa.Column("secret", sa.String(50), primary_key=True),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("at", UtcDateTime),
    sa.Column("own", Refusing),
    sa.CheckConstraint("number > 0", name="positive"),
)


@pytest.fixture
def rows_table(migrated_app: Flask) -> Iterator[None]:
    # Created outside the transaction of a test: on MySQL, DDL commits it.
    with migrated_app.app_context():
        rows.create(db.engine)
    yield
    with migrated_app.app_context():
        rows.drop(db.engine)


REFUSED: dict[str, list[dict[str, object]]] = {
    "unique": [{"secret": SECRET, "number": 1}] * 2,
    "unique, at once": [{"secret": SECRET, "number": 1}],
    "check": [{"secret": SECRET, "number": -1}],
    "not null": [{"secret": SECRET, "number": None}],
    "no number": [{"secret": SECRET, "number": SECRET}],
    "too long": [{"secret": SECRET * 9, "number": 1}],
    "no zone": [{"secret": SECRET, "number": 1, "at": datetime(1999, 1, 1)}],  # noqa: DTZ001
    "own type": [{"secret": SECRET, "number": 1, "own": SECRET}],
}


@pytest.mark.parametrize("refused", REFUSED.values(), ids=REFUSED)
def test_a_refused_row_leaves_no_value_in_the_log(
    refused: list[dict[str, object]], rows_table: None, app: Flask
) -> None:
    lines = log_from_now_on()
    with app.app_context():
        try:
            for row in refused:
                db.session.execute(rows.insert().values(row))
            db.session.execute(rows.insert(), refused * 2)
        except exc.SQLAlchemyError:
            app.logger.exception("refused")

    text = json.dumps(entries(lines))
    assert "refused" in text
    assert SECRET not in text
    assert "1999" not in text
