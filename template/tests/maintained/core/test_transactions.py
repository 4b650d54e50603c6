"""Transactions: what takes a lock, what waits for it, and what commits."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import Session

from app.core.engines import engine_options
from app.core.transactions import commit_own_work
from app.core.transactions import has_uncommitted_work
from app.core.transactions import locks
from app.core.transactions import release_connection
from app.extensions import db
from tests.support.applications import MakeApp


class OwnBase(DeclarativeBase):
    """The tables of these tests, separate from the project's."""


class Tally(OwnBase):
    __tablename__ = "tallies_for_tests"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int]


@pytest.fixture
def tallies(migrated_app: Flask) -> Iterator[None]:
    # Created outside the transaction of a test: on MySQL, DDL commits it.
    with migrated_app.app_context():
        OwnBase.metadata.create_all(db.engine)
    yield
    with migrated_app.app_context():
        OwnBase.metadata.drop_all(db.engine)


@pytest.fixture
def session(tallies: None, app: Flask) -> Iterator[Session]:
    """The session of a context; the table has one row."""
    with app.app_context():
        db.session.add(Tally(id=1, number=0))
        db.session.commit()
        yield db.session()


@pytest.fixture
def sqlite(migrated_app: Flask) -> None:
    with migrated_app.app_context():
        if db.engine.dialect.name != "sqlite":
            pytest.skip("only for SQLite")


def in_threads(number: int, work: Callable[[], None]) -> None:
    """Run functions in threads, and raise what one of them raises."""
    errors: list[BaseException] = []

    def guarded() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001  # raised below
            errors.append(error)

    threads = [threading.Thread(target=guarded) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def number_of(app: Flask, row: int = 1) -> int | None:
    """Return the committed value."""
    with app.app_context(), db.session.session_factory() as own:
        return own.scalar(sa.select(Tally.number).where(Tally.id == row))


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("SELECT 1", False),
        ("  -- why\n /* and\nhow */ (select 1)", False),
        ("VALUES (1)", False),
        ("WITH a AS (SELECT 1) SELECT * FROM a", False),
        ("EXPLAIN INSERT INTO a VALUES (1)", False),
        ("PRAGMA table_info(a)", False),
        ("VACUUM", False),
        ("ATTACH 'a.db' AS a", False),
        ("BEGIN IMMEDIATE", False),
        ("RELEASE a", False),
        ("SHOW TABLES", False),
        ("SELECT 1 FOR UPDATE", True),
        ("SELECT 1 for no key update", True),
        ("SELECT 1 LOCK IN SHARE MODE", True),
        ("SELECT pg_try_advisory_xact_lock(1)", True),
        ("SELECT GET_LOCK('a', 1)", True),
        ("INSERT INTO a VALUES (1)", True),
        ("update a set b = 1", True),
        ("/* why */ DELETE FROM a", True),
        ("REPLACE INTO a VALUES (1)", True),
        ("WITH a AS (SELECT 1) INSERT INTO b SELECT * FROM a", True),
        ("WITH a AS (DELETE FROM b RETURNING id) SELECT * FROM a", True),
        ("CREATE TABLE a (id INTEGER)", True),
        ("ANALYZE", True),
        ("/* never closed", True),
        ("", True),
    ],
)
def test_statements_that_may_write_take_the_lock(
    statement: str, expected: bool
) -> None:
    assert locks(statement) is expected


@contextmanager
def traced(connection: sa.Connection) -> Iterator[list[str]]:
    """The statements that SQLite runs, from the driver's trace."""
    driver: Any = connection.connection.driver_connection
    statements: list[str] = []
    driver.set_trace_callback(statements.append)
    yield statements
    driver.set_trace_callback(None)


def flushed(session: Session, number: int) -> None:
    session.add(Tally(id=number, number=number))
    session.flush()


READS: dict[str, Callable[[Session], object]] = {
    "a row": lambda session: session.get(Tally, 1),
    "rows": lambda session: session.scalars(sa.select(Tally)).all(),
    "text": lambda session: session.execute(sa.text("SELECT 1")).all(),
    "a common table": lambda session: session.scalars(
        sa.select(sa.select(Tally).cte("own").c.id)
    ).all(),
}


@pytest.mark.real_database
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_reading_takes_no_lock(
    read: Callable[[Session], object], method: str, sqlite: None, tallies: None,
    app: Flask,
) -> None:  # fmt: skip
    with app.test_request_context(method=method):
        with traced(db.session.connection()) as statements:
            read(db.session())

        assert statements
        assert not [each for each in statements if "BEGIN" in each]


WRITES: dict[str, Callable[[Session], object]] = {
    "insert": lambda session: session.execute(sa.insert(Tally).values(id=2, number=1)),
    "update": lambda session: session.execute(sa.update(Tally).values(number=2)),
    "delete": lambda session: session.execute(sa.delete(Tally)),
    "flush": lambda session: flushed(session, 2),
    "many": lambda session: session.execute(
        sa.insert(Tally), [{"id": each, "number": 0} for each in (2, 3)]
    ),
    "returning": lambda session: session.scalars(
        sa.insert(Tally).returning(Tally.id), [{"id": 2, "number": 0}]
    ).all(),
    "text": lambda session: session.execute(sa.text("DELETE FROM tallies_for_tests")),
    "definition": lambda session: session.execute(
        sa.text("CREATE TABLE made_by_tests (id INTEGER)")
    ),
    "for update": lambda session: session.scalars(
        sa.select(Tally).with_for_update()
    ).all(),
    "for update within": lambda session: session.scalars(
        sa.select(sa.select(Tally).with_for_update().subquery().c.id)
    ).all(),
    "get for update": lambda session: session.get(Tally, 1, with_for_update=True),
    "refresh for update": lambda session: session.refresh(
        session.get_one(Tally, 1), with_for_update=True
    ),
    "savepoint": lambda session: session.begin_nested(),
}


@pytest.mark.real_database
@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_the_first_statement_that_writes_takes_the_lock(
    write: Callable[[Session], object], sqlite: None, session: Session
) -> None:
    with traced(session.connection()) as statements:
        write(session)
        session.execute(sa.update(Tally).values(number=3))

    assert statements.count("BEGIN IMMEDIATE") == 1
    driver: Any = session.connection().connection.driver_connection
    assert driver.in_transaction


@pytest.mark.real_database
@pytest.mark.parametrize("statement", ["VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"])
def test_statements_that_forbid_a_transaction_run_outside_of_one(
    statement: str, sqlite: None, app: Flask
) -> None:
    with app.app_context(), db.engine.connect() as connection:
        connection.execute(sa.text(statement))
        driver: Any = connection.connection.driver_connection

        assert not driver.in_transaction


@pytest.mark.real_database
def test_a_connection_in_autocommit_begins_no_transaction(
    sqlite: None, session: Session, app: Flask
) -> None:
    with db.engine.connect() as plain:
        connection = plain.execution_options(isolation_level="AUTOCOMMIT")
        connection.execute(sa.update(Tally).values(number=5))

        assert number_of(app) == 5


@pytest.mark.real_database
def test_a_reader_does_not_wait_for_a_writer(session: Session, app: Flask) -> None:
    session.execute(sa.update(Tally).values(number=1))

    assert number_of(app) == 0
    assert app.test_client().get("/api/ready").status_code == 200


@pytest.mark.real_database
@pytest.mark.parametrize("method", ["GET", "POST", None])
def test_a_writer_does_not_wait_for_a_reader(
    method: str | None, session: Session, app: Flask
) -> None:
    context = app.test_request_context(method=method) if method else app.app_context()
    with context:
        assert db.session.get(Tally, 1)

        begun = time.monotonic()
        with db.engine.begin() as other:
            other.execute(sa.update(Tally).values(number=1))
        assert time.monotonic() - begun < 1

        # It also sees what was committed in between.
        assert db.session.scalar(sa.select(Tally.number)) == 1


@pytest.mark.real_database
@pytest.mark.parametrize("threads", [4, 8])
def test_threads_that_read_and_then_write_wait_for_each_other(
    threads: int, session: Session, app: Flask
) -> None:
    @app.get("/tallies_for_tests")
    def count() -> str:
        assert db.session.scalar(sa.select(sa.func.max(Tally.number))) is not None
        db.session.execute(sa.update(Tally).values(number=Tally.number + 1))
        db.session.commit()
        return "Counted."

    def visit() -> None:
        client = app.test_client()
        for _ in range(10):
            assert client.get("/tallies_for_tests").status_code == 200

    in_threads(threads, visit)

    assert number_of(app) == 10 * threads


@pytest.mark.real_database
def test_no_update_of_a_row_read_for_update_is_lost(
    session: Session, app: Flask
) -> None:
    def add() -> None:
        for _ in range(20):
            with app.app_context():
                row = db.session.get_one(Tally, 1, with_for_update=True)
                row.number += 1
                db.session.commit()

    in_threads(4, add)

    assert number_of(app) == 80


@pytest.mark.real_database
def test_a_row_read_again_for_update_has_its_current_values(
    session: Session, app: Flask
) -> None:
    row = session.get_one(Tally, 1)
    with db.engine.begin() as other:
        other.execute(sa.update(Tally).values(number=7))

    session.get_one(Tally, 1, with_for_update=True)

    assert row.number == 7


def test_locking_a_row_keeps_unflushed_changes(session: Session) -> None:
    row = session.get_one(Tally, 1)
    with session.no_autoflush:
        row.number = 5
        session.scalars(sa.select(Tally).with_for_update()).all()
    session.commit()

    assert row.number == 5


@pytest.mark.real_database
def test_a_loop_over_a_result_may_commit_each_step(
    session: Session, app: Flask
) -> None:
    session.add_all([Tally(id=each, number=0) for each in (2, 3)])
    session.commit()
    more = sa.update(Tally).values(number=Tally.number + 1)

    for row in session.execute(sa.text("SELECT id FROM tallies_for_tests")):
        with db.engine.begin() as other:
            other.execute(more)
        session.execute(more.where(Tally.id == row.id))
        session.commit()

    assert [number_of(app, each) for each in (1, 2, 3)] == [4, 4, 4]


@pytest.mark.real_database
@pytest.mark.parametrize("waits", ["SQLite", "the project"])
def test_waiting_for_the_lock_times_out(
    waits: str, sqlite: None, session: Session
) -> None:
    session.execute(sa.update(Tally).values(number=1))
    change = sa.update(Tally).values(number=2)
    options = {"lock_timeout": 0.3} if waits == "the project" else {}

    with db.engine.connect() as other:
        other.exec_driver_sql("PRAGMA busy_timeout = 300")
        begun = time.monotonic()
        with pytest.raises(OperationalError, match="database is locked"):
            other.execute(change, execution_options=options)

    assert 0.3 <= time.monotonic() - begun < 3


@pytest.mark.real_database
def test_nothing_is_written_outside_a_transaction(
    sqlite: None, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Like an error of SQLite other than "database is locked".
    monkeypatch.setattr("app.core.transactions.busy", lambda _: False)
    session.execute(sa.update(Tally).values(number=1))

    driver: Any = session.connection().connection.driver_connection
    assert driver.in_transaction


@pytest.mark.real_database
def test_a_wait_for_the_lock_lets_other_greenlets_work(
    sqlite: None, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Like greenlets, which switch in `time.sleep`."""
    session.execute(sa.update(Tally).values(number=1))
    monkeypatch.setattr("time.sleep", lambda _: session.commit())

    with db.engine.begin() as other:
        other.execute(sa.update(Tally).values(number=Tally.number + 1))

    assert session.scalar(sa.select(Tally.number)) == 2


@pytest.mark.parametrize("scheme", ["postgresql", "mysql"])
def test_servers_are_set_to_read_committed(scheme: str) -> None:
    options = engine_options(sa.make_url(f"{scheme}://app@localhost/app"), threads=4)

    assert options["isolation_level"] == "READ COMMITTED"


def test_an_owner_may_choose_another_isolation(make_app: MakeApp) -> None:
    own = {"isolation_level": "SERIALIZABLE"}
    app = make_app(SQLALCHEMY_ENGINE_OPTIONS=own)

    assert app.config["SQLALCHEMY_ENGINE_OPTIONS"]["isolation_level"] == "SERIALIZABLE"


def add_two(session: Session) -> None:
    session.add(Tally(id=2, number=2))


@pytest.mark.parametrize("real", [pytest.param(1, marks=pytest.mark.real_database), 0])
def test_a_function_commits_its_own_work(
    real: int, session: Session, app: Flask
) -> None:
    assert session.get(Tally, 1)

    for number in (2, 3):  # the first call must not count as the caller's work
        with commit_own_work(session):
            session.add(Tally(id=number, number=number))
    session.rollback()

    assert (number_of(app, 2), number_of(app, 3)) == (2, 3)


CALLERS: dict[str, Callable[[Session], object]] = {
    "a new row": lambda session: session.add(Tally(id=9, number=9)),
    "a changed row": lambda session: setattr(session.get_one(Tally, 1), "number", 9),
    "a deleted row": lambda session: session.delete(session.get_one(Tally, 1)),
    "a flushed row": lambda session: flushed(session, 9),
    "a statement": lambda session: session.execute(sa.update(Tally).values(number=9)),
    "a statement of the connection": lambda session: session.connection().execute(
        sa.update(Tally).values(number=9)
    ),
    "a locked row": lambda session: session.get(Tally, 1, with_for_update=True),
    "a savepoint": lambda session: (session.get(Tally, 1), session.begin_nested()),
}


@pytest.mark.parametrize("real", [pytest.param(1, marks=pytest.mark.real_database), 0])
@pytest.mark.parametrize("work", CALLERS.values(), ids=CALLERS)
def test_uncommitted_work_of_the_caller_is_left_to_the_caller(
    work: Callable[[Session], object], real: int, session: Session, app: Flask
) -> None:
    work(session)

    assert has_uncommitted_work(session)
    with commit_own_work(session):
        add_two(session)
    release_connection(session)
    assert session.in_transaction()
    session.rollback()

    assert (number_of(app, 1), number_of(app, 2), number_of(app, 9)) == (0, None, None)


@pytest.mark.real_database
def test_a_block_of_the_caller_is_committed_only_at_its_end(
    tallies: None, app: Flask
) -> None:
    with app.app_context():
        with db.session.begin():
            with commit_own_work(db.session()):
                add_two(db.session())
            assert number_of(app, 2) is None
        assert number_of(app, 2) == 2


def add_two_and_fail(session: Session) -> None:
    with commit_own_work(session):
        flushed(session, 2)
        session.execute(sa.insert(Tally).values(id=1, number=1))


@pytest.mark.parametrize("pending", [False, True])
def test_an_error_rolls_back_only_the_block(
    pending: bool, session: Session, app: Flask
) -> None:
    if pending:
        session.add(Tally(id=9, number=9))

    with pytest.raises(IntegrityError):
        add_two_and_fail(session)
    session.commit()

    assert number_of(app, 2) is None
    assert number_of(app, 9) == (9 if pending else None)


@pytest.mark.real_database
def test_the_transaction_is_committed_before_a_wait(
    session: Session, app: Flask
) -> None:
    ended: list[str] = []
    event.listen(session, "after_commit", lambda _: ended.append("commit"))
    session.execute(sa.text("SELECT 1"))

    release_connection(session)

    assert ended == ["commit"]


@pytest.mark.real_database
def test_the_connection_is_returned_to_the_pool_before_a_wait(
    session: Session, app: Flask
) -> None:
    pool: Any = db.engine.pool
    assert session.get(Tally, 1)
    assert pool.checkedout() == 1

    release_connection(session)

    assert pool.checkedout() == 0
