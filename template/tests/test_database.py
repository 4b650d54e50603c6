"""The database: its column types, its transactions, its migrations."""

from __future__ import annotations

import threading
from collections.abc import Callable
from collections.abc import Iterator
from datetime import datetime
from datetime import timedelta
from datetime import timezone
from datetime import UTC

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy.exc import IntegrityError
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session

from app.core.database import Base
from app.core.database import UtcDateTime
from app.extensions import db

moments = sa.Table(
    "moments_for_tests",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("at", UtcDateTime),
    sa.Column("before", sa.ForeignKey("moments_for_tests.id")),
)


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    with app.app_context():
        db.session.execute(sa.schema.CreateTable(moments))
        yield db.session()


def test_times_keep_their_moment_and_their_microseconds(
    session: Session,
) -> None:
    east = timezone(timedelta(hours=5, minutes=30))
    session.execute(
        moments.insert().values(at=datetime(2026, 3, 1, 2, 0, 0, 123_456, tzinfo=east))
    )

    moment = session.scalar(sa.select(moments.c.at))

    assert moment == datetime(2026, 2, 28, 20, 30, 0, 123_456, tzinfo=UTC)
    assert moment.tzinfo is UTC


def test_a_time_without_a_zone_is_refused(session: Session) -> None:
    naive = datetime(2026, 3, 1)  # noqa: DTZ001  # what is refused

    with pytest.raises(StatementError, match="has no time zone"):
        session.execute(moments.insert().values(at=naive))


def test_mapped_times_are_utc_times() -> None:
    assert Base.registry.type_annotation_map[datetime] is UtcDateTime


def test_foreign_keys_are_checked(session: Session) -> None:
    with pytest.raises(IntegrityError):
        session.execute(moments.insert().values(before=99))


def test_a_test_that_commits_leaves_nothing_behind(session: Session) -> None:
    session.execute(moments.insert().values(id=1))
    session.commit()

    assert session.scalar(sa.select(sa.func.count()).select_from(moments)) == 1
    # The next test makes the table again, which shows that this one is gone.


def test_the_factory_opens_no_connection(make_app: Callable[..., Flask]) -> None:
    # A server may load the application before it forks its workers.
    opened: list[object] = []

    def note(connection: object, record: object) -> None:
        opened.append(connection)

    sa.event.listen(sa.Pool, "connect", note)
    try:
        make_app()
    finally:
        sa.event.remove(sa.Pool, "connect", note)

    assert opened == []


@pytest.mark.real_database
def test_sqlite_is_set_up_for_several_processes(app: Flask) -> None:
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
@pytest.mark.parametrize(
    ("method", "statement"),
    [
        ("GET", "BEGIN"),
        ("HEAD", "BEGIN"),
        ("POST", "BEGIN IMMEDIATE"),
        ("DELETE", "BEGIN IMMEDIATE"),
        (None, "BEGIN IMMEDIATE"),
    ],
)
def test_what_may_write_takes_the_lock_at_once(
    method: str | None, statement: str, app: Flask
) -> None:
    begun: list[str] = []
    context = app.test_request_context(method=method) if method else app.app_context()

    with context, db.engine.connect() as connection:
        # The driver's own trace: it also sees what SQLAlchemy does not log.
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.set_trace_callback(begun.append)
        connection.execute(sa.text("SELECT 1"))
        driver.set_trace_callback(None)

    assert begun == [statement, "SELECT 1"]


@pytest.mark.real_database
def test_reading_requests_do_not_wait_for_a_writer(app: Flask) -> None:
    with app.app_context(), db.engine.begin():
        assert app.test_client().get("/api/ready").status_code == 200


@pytest.mark.real_database
def test_threads_that_read_and_then_write_wait_for_each_other(app: Flask) -> None:
    with app.app_context():
        db.session.execute(sa.schema.CreateTable(moments))
        db.session.execute(moments.insert().values(id=1, before=None))
        db.session.commit()

    def add_rows() -> None:
        with app.app_context():
            for _ in range(20):
                newest = db.session.scalar(sa.select(sa.func.max(moments.c.id)))
                db.session.execute(moments.insert().values(id=newest + 1))
                db.session.commit()

    threads = [threading.Thread(target=add_rows) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.max(moments.c.id))) == 81


@pytest.mark.real_database
def test_models_and_migrations_agree(runner: FlaskCliRunner) -> None:
    result = runner.invoke(args=["db", "check"])

    assert result.exit_code == 0, result.output
