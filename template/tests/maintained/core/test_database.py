"""The database: its column types, its connections, its migrations."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import AbstractContextManager
from contextlib import nullcontext
from datetime import datetime
from datetime import timedelta
from datetime import timezone
from datetime import UTC
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session

from app.core import engines
from app.core.database import Base
from app.core.database import UtcDateTime
from app.core.engines import engine_options
from app.extensions import db
from tests.support.applications import MakeApp

moments = sa.Table(
    "moments_for_tests",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", UtcDateTime),
    sa.Column("before", sa.ForeignKey("moments_for_tests.id")),
)


@pytest.fixture
def moments_table(migrated_app: Flask) -> Iterator[None]:
    # Created outside the transaction of a test: on MySQL, DDL commits it.
    with migrated_app.app_context():
        moments.create(db.engine)
    yield
    with migrated_app.app_context():
        moments.drop(db.engine)


@pytest.fixture
def session(moments_table: None, app: Flask) -> Iterator[Session]:
    with app.app_context():
        yield db.session()


@pytest.fixture
def sqlite(migrated_app: Flask) -> None:
    with migrated_app.app_context():
        if db.engine.dialect.name != "sqlite":
            pytest.skip("only for SQLite")


def test_times_keep_their_moment_and_their_microseconds(
    session: Session,
) -> None:
    east = timezone(timedelta(hours=5, minutes=30))
    session.execute(
        moments.insert().values(at=datetime(2026, 3, 1, 2, 0, 0, 123_456, tzinfo=east))
    )

    moment = session.scalar(sa.select(moments.c.at))

    assert moment == datetime(2026, 2, 28, 20, 30, 0, 123_456, tzinfo=UTC)
    assert moment is not None
    assert moment.tzinfo is UTC


def test_a_time_without_a_zone_is_refused(session: Session) -> None:
    naive = datetime(2026, 3, 1)  # noqa: DTZ001  # the refused value

    with pytest.raises(StatementError, match="has no time zone"):
        session.execute(moments.insert().values(at=naive))


def test_mapped_times_are_utc_times() -> None:
    assert Base.registry.type_annotation_map[datetime] is UtcDateTime


def test_foreign_keys_are_checked(session: Session) -> None:
    with pytest.raises(IntegrityError):
        session.execute(moments.insert().values(before=99))


def test_commits_of_a_test_are_invisible_to_other_connections(
    session: Session, app: Flask
) -> None:
    session.execute(moments.insert().values(id=1))
    session.commit()
    count = sa.select(sa.func.count()).select_from(moments)
    own = session.connection()

    with own.engine.connect() as other:
        assert (own.scalar(count), other.scalar(count)) == (1, 0)


def test_the_factory_opens_no_connection(make_app: MakeApp) -> None:
    # A server may load the application before it forks its workers.
    opened: list[object] = []

    def note(connection: object, record: object) -> None:
        opened.append(connection)

    event.listen(sa.Pool, "connect", note)
    try:
        make_app()
    finally:
        event.remove(sa.Pool, "connect", note)

    assert opened == []


@pytest.mark.real_database
def test_a_forked_process_opens_its_own_connections(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        with db.engine.connect() as connection:
            of_the_parent = connection.connection.driver_connection
        assert of_the_parent is not None

        monkeypatch.setattr("os.getpid", lambda: 0)
        with db.engine.connect() as connection:
            assert connection.connection.driver_connection is not of_the_parent
        db.engine.dispose()

    of_the_parent.close()


def test_each_thread_has_a_connection() -> None:
    url = sa.make_url("postgresql://app@localhost/app")
    options = engine_options(url, threads=7)

    assert (options["pool_size"], options["pool_pre_ping"]) == (7, True)
    assert options["connect_args"] == {"connect_timeout": 5}
    assert "connect_args" not in engine_options(
        url.update_query_dict({"connect_timeout": "1"}), threads=7
    )


def test_behind_a_pooler_statements_are_not_prepared() -> None:
    url = sa.make_url("postgresql+psycopg://app@localhost/app")
    options = engine_options(url, threads=7, pooler=True)

    assert options["connect_args"]["prepare_threshold"] is None
    assert "prepare_threshold" not in engine_options(url, 7)["connect_args"]


Place = Callable[[], AbstractContextManager[object]]
LIMITS = engines.Limits(statement=30, idle=60)


def limits_set(*places: Place) -> list[engines.Limits]:
    """Return the limits set on one connection that these callers use in turn."""
    changes: list[engines.Limits] = []
    record: Any = SimpleNamespace(info={})
    connection: Any = None
    for place in places:
        with place():
            engines.limit(
                lambda _, limits: changes.append(limits),
                LIMITS,
                connection,
                record,
                connection,
            )
    return changes


def test_a_request_has_limits(app: Flask) -> None:
    request = app.test_request_context

    assert limits_set(request, request) == [LIMITS]


def test_a_command_has_no_limits(app: Flask) -> None:
    assert limits_set(app.app_context, app.app_context) == []
    assert limits_set(nullcontext) == []


def test_a_command_gets_a_connection_of_requests_without_limits(app: Flask) -> None:
    command, request = app.app_context, app.test_request_context

    changes = limits_set(request, command, command, request)

    assert changes == [LIMITS, engines.OF_THE_DATABASE, LIMITS]


def test_a_limit_of_0_is_off_and_an_unset_one_is_the_server_default() -> None:
    settings = {"statement_timeout": 0, "lock_timeout": 10, "idle": None}

    assert engines.limiting(settings, local=True) == (
        "SELECT set_config('statement_timeout', '0s', True),"
        " set_config('lock_timeout', '10s', True), set_config('idle', NULL, True)"
    )


@pytest.mark.parametrize(
    ("own", "used"),
    [
        ({"pool_size": 1}, {"pool_size": 1, "max_overflow": 4}),
        ({"poolclass": sa.NullPool}, {"poolclass": sa.NullPool}),
    ],
)
def test_options_of_the_engine_can_be_set(
    own: dict[str, object], used: dict[str, object], make_app: MakeApp
) -> None:
    app = make_app(
        SQLALCHEMY_DATABASE_URI="sqlite:///own_test.db",
        SQLALCHEMY_ENGINE_OPTIONS=own,
        WEB_THREADS=4,
    )

    assert app.config["SQLALCHEMY_ENGINE_OPTIONS"] == used


@pytest.mark.real_database
def test_sqlite_is_set_up_for_several_processes(sqlite: None, app: Flask) -> None:
    with app.app_context(), db.engine.connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
        assert connection.connection.driver_connection is not None
        assert connection.connection.driver_connection.isolation_level is None

    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": 1,
        "foreign_keys": 1,
        "busy_timeout": 5000,
    }


@pytest.mark.real_database
def test_models_and_migrations_agree(runner: FlaskCliRunner) -> None:
    result = runner.invoke(args=["db", "check"])

    assert result.exit_code == 0, result.output


@pytest.mark.real_database
def test_migrations_go_up_and_down_and_up_again(
    app: Flask, runner: FlaskCliRunner
) -> None:
    with app.app_context():
        tables = set(sa.inspect(db.engine).get_table_names())

    assert runner.invoke(args=["db", "downgrade", "base"]).exit_code == 0
    with app.app_context():
        assert set(sa.inspect(db.engine).get_table_names()) <= {"alembic_version"}

    assert runner.invoke(args=["db", "upgrade"]).exit_code == 0
    with app.app_context():
        assert set(sa.inspect(db.engine).get_table_names()) == tables


def test_constraints_have_names() -> None:
    """Alembic cannot drop an unnamed constraint from a SQLite table."""
    table = sa.Table(
        "named_for_tests",
        sa.MetaData(naming_convention=Base.metadata.naming_convention),
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("code", sa.String(8), unique=True, index=True),
        sa.Column("above", sa.ForeignKey("named_for_tests.id")),
        sa.CheckConstraint("code > ''", name="code"),
    )

    names = {str(constraint.name) for constraint in table.constraints}
    names |= {str(index.name) for index in table.indexes}

    assert names == {
        "ck_named_for_tests_code",
        "fk_named_for_tests_above_named_for_tests",
        "ix_named_for_tests_code",
        "pk_named_for_tests",
    }


def test_the_base_of_the_models_is_plain() -> None:
    """A MappedAsDataclass base fails with SQLAlchemy 2.1 (flask-sqlalchemy#1420)."""
    assert not dataclasses.is_dataclass(Base)
    assert not dataclasses.is_dataclass(db.Model)
