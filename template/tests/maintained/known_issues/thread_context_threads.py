"""Known issue: a thread has no application context; background.submit() adds one."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import current_app
from flask import Flask
from flask import g
from flask import has_request_context
from flask import request
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from sqlalchemy.orm import Session

from app.core import background
from app.core.rules import SettingsError
from app.extensions import db
from tests.support.applications import entries
from tests.support.applications import log_from_now_on

ROOT = Path(__file__).parents[3]

MakeApp = Callable[..., Flask]


class OwnBase(DeclarativeBase):
    """Separate from the project's base, so that its tables are left alone."""


class Note(OwnBase):
    __tablename__ = "notes"

    id: Mapped[int] = mapped_column(primary_key=True)

    def print(self) -> None:
        """A method, as models have them."""


@pytest.fixture(params=[0, 1], ids=["in its place", "in a thread"])
def any_app(request: pytest.FixtureRequest, make_app: MakeApp) -> Iterator[Flask]:
    """An application that runs jobs in the calling thread, and one with a thread."""
    app = make_app(
        BACKGROUND_THREADS=request.param, BACKGROUND_QUEUE=1, PROPAGATE_EXCEPTIONS=False
    )
    yield app
    end_threads(app)


@pytest.fixture
def threaded(make_app: MakeApp) -> Iterator[Flask]:
    app = make_app(BACKGROUND_THREADS=1, BACKGROUND_QUEUE=1)
    yield app
    end_threads(app)


@pytest.fixture(params=[0, 1], ids=["in its place", "in a thread"])
def stored_app(request: pytest.FixtureRequest, app: Flask) -> Iterator[Flask]:
    """Like `any_app`, with the kind of database that the test is marked for."""
    app.config["BACKGROUND_THREADS"] = request.param
    yield app
    end_threads(app)


def end_threads(app: Flask) -> None:
    for jobs in app.extensions["background"].values():
        jobs.executor.shutdown()


def outcome(job: Future[Any]) -> Any:
    assert job.exception(10) is None
    return job.result()


def test_a_job_knows_its_application(any_app: Flask) -> None:
    with any_app.app_context():
        job = background.submit(lambda: current_app.name)

    assert outcome(job) == "app"


def test_a_job_shares_nothing_with_its_request(any_app: Flask) -> None:
    with any_app.test_request_context():
        g.shared = "no"
        job = background.submit(lambda: (has_request_context(), g.get("shared")))

        assert outcome(job) == (False, None)


def test_a_job_takes_arguments(any_app: Flask) -> None:
    with any_app.app_context():
        job = background.submit(int, "ff", base=16)

    assert outcome(job) == 255


@pytest.mark.real_database
def test_a_job_has_its_own_session_which_ends_with_it(stored_app: Flask) -> None:
    def session_in_use() -> object:
        db.session.execute(sa.text("SELECT 1"))
        return db.session()

    with stored_app.app_context():
        session = outcome(background.submit(session_in_use))

        assert isinstance(session, Session)
        assert session is not db.session()
        assert not session.in_transaction()


def test_a_job_of_a_test_has_ended_when_submit_returns(app: Flask) -> None:
    with app.app_context():
        assert background.submit(str).done()


def test_a_failure_is_logged_with_the_id_of_its_request(
    any_app: Flask, submitted_jobs: list[Future[Any]]
) -> None:
    lines = log_from_now_on()
    any_app.add_url_rule("/submit", view_func=submit_a_failure)

    response = any_app.test_client().get("/submit")
    end_threads(any_app)

    assert response.status_code == 200
    assert isinstance(submitted_jobs.pop().exception(), ZeroDivisionError)
    failures = [line for line in entries(lines) if line["level"] == "error"]
    assert [line["message"] for line in failures] == [
        "The background job divide failed."
    ]
    assert failures[0]["request_id"] == response.headers["X-Request-ID"]
    assert "ZeroDivisionError" in failures[0]["exception"]


# A test of an owner whose view submits a job that fails.
TEST_OF_A_VIEW = """
import pytest
from tests.maintained.sample import create_app
from app.core import background
from config import CONFIGS

@pytest.mark.parametrize("threads", [0, 1])
def test_a_view(threads, submitted_jobs):
    config = CONFIGS["testing"]()
    config.BACKGROUND_THREADS = threads
    app = create_app(config)
    app.add_url_rule("/go", "go", lambda: str(background.submit(divide, 0)))
    assert app.test_client().get("/go").status_code == 200
    {last_line}

def divide(by):
    return 1 / by
"""
EXPECTS = "assert isinstance(submitted_jobs.pop().exception(9), ZeroDivisionError)"


@pytest.mark.parametrize(
    ("last_line", "outcomes"), [("", "2 failed"), (EXPECTS, "2 passed")]
)
def test_a_job_that_fails_fails_its_test(
    last_line: str, outcomes: str, tmp_path: Path
) -> None:
    path = tmp_path / "test_a_view.py"
    path.write_text(TEST_OF_A_VIEW.format(last_line=last_line), encoding="utf-8")
    options = [
        "-p",
        "tests.support.background_jobs",
        "-p",
        "no:cacheprovider",
        "-c",
        os.devnull,
    ]
    done = subprocess.run(  # noqa: S603  # our own
        [sys.executable, "-m", "pytest", *options, "--rootdir", tmp_path, path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert outcomes in done.stdout
    assert ("ZeroDivisionError" in done.stdout) is (outcomes == "2 failed")


def submit_a_failure() -> str:
    background.submit(divide, 0)
    return "submitted"


def divide(by: int) -> float:
    return 1 / by


def test_what_a_job_logs_has_the_id_of_its_request(any_app: Flask) -> None:
    lines = log_from_now_on()

    def log() -> None:
        current_app.logger.info("halfway")

    any_app.add_url_rule(
        "/submit", view_func=lambda: str(outcome(background.submit(log)))
    )
    response = any_app.test_client().get("/submit")

    halfway = [line for line in entries(lines) if line["message"] == "halfway"]
    assert [line.get("request_id") for line in halfway] == [
        response.headers["X-Request-ID"]
    ]


@pytest.mark.parametrize(
    "argument",
    [
        Note(id=1),
        [Note(id=1)],
        {"notes": (Note(id=1),)},
        current_app,
        {"given": request},
    ],
    ids=[
        "a model",
        "a list of models",
        "models in a mapping",
        "a proxy",
        "the request",
    ],
)
def test_a_job_refuses_objects_of_the_current_context(
    argument: object, threaded: Flask
) -> None:
    with (
        threaded.app_context(),
        pytest.raises(TypeError, match="A background job cannot take a"),
    ):
        background.submit(print, argument)


@pytest.mark.parametrize(
    "submit",
    [
        lambda note: background.submit(print, 1, note),
        lambda note: background.submit(print, end=note),
        lambda note: background.submit(note.print),
    ],
    ids=["by place", "by name", "by method"],
)
def test_a_model_is_refused_in_every_kind_of_argument(
    submit: Callable[[Note], object], threaded: Flask
) -> None:
    with (
        threaded.app_context(),
        pytest.raises(TypeError, match="this Note: pass its id"),
    ):
        submit(Note(id=1))


def test_an_async_function_is_refused(threaded: Flask) -> None:
    async def work() -> None:
        """Never awaited."""

    with threaded.app_context(), pytest.raises(TypeError, match="a plain function"):
        background.submit(work)


def test_the_number_of_waiting_jobs_is_limited(threaded: Flask) -> None:
    release = threading.Event()
    with threaded.app_context():
        jobs = [background.submit(release.wait, 10) for _ in range(2)]
        try:
            with pytest.raises(background.TooManyJobsError, match="BACKGROUND_QUEUE"):
                background.submit(str)
        finally:
            release.set()

        assert [outcome(job) for job in jobs] == [True, True]
        end_threads(threaded)


def test_a_view_whose_job_is_refused_is_503(threaded: Flask) -> None:
    release = threading.Event()
    threaded.add_url_rule("/go", "go", lambda: str(background.submit(str)))
    with threaded.app_context():
        jobs = [background.submit(release.wait, 10) for _ in range(2)]
    response = threaded.test_client().get("/go")
    release.set()

    assert response.status_code == 503
    assert response.headers["Retry-After"]
    assert "BACKGROUND_THREADS" not in response.text
    assert [outcome(job) for job in jobs] == [True, True]


def test_a_finished_job_frees_its_place(threaded: Flask) -> None:
    ended = 0
    with threaded.app_context(), suppress(background.TooManyJobsError):
        for _ in range(5):
            outcome(background.submit(str))
            ended += 1

    assert ended == 5


def test_the_first_job_starts_the_first_thread(threaded: Flask) -> None:
    def threads() -> list[str]:
        return [t.name for t in threading.enumerate() if "background" in t.name]

    before = threads()
    with threaded.app_context():
        outcome(background.submit(str))

    assert (before, len(threads())) == ([], 1)


def test_each_process_has_its_own_threads(
    threaded: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with threaded.app_context():
        before = outcome(background.submit(threading.current_thread))
        again = outcome(background.submit(threading.current_thread))
        # A fork copies the pool but not its threads.
        monkeypatch.setattr("os.getpid", lambda: 0)
        after = outcome(background.submit(threading.current_thread))

    assert before is again
    assert before is not after


def test_a_program_that_ends_finishes_its_jobs() -> None:
    program = """
import time
from tests.maintained.sample import create_app
from app.core import background
from config import CONFIGS

def work(name):
    time.sleep(0.2)
    print(name)

config = CONFIGS["testing"]()
config.BACKGROUND_THREADS = 1
with create_app(config).app_context():
    background.submit(work, "runs")
    background.submit(work, "waits")
"""
    done = subprocess.run(
        [sys.executable, "-"],
        cwd=ROOT,
        input=program,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.stdout.split() == ["runs", "waits"]


@pytest.mark.parametrize("name", ["BACKGROUND_THREADS", "BACKGROUND_QUEUE"])
def test_a_number_below_zero_stops_the_start(name: str, make_app: MakeApp) -> None:
    with pytest.raises(SettingsError, match=f"{name} must be a whole number from 0"):
        make_app(**{name: -1})


def test_each_thread_has_a_connection_beside_those_of_requests(
    make_app: MakeApp,
) -> None:
    app = make_app(
        SQLALCHEMY_DATABASE_URI="sqlite:///own_test.db",
        WEB_THREADS=2,
        BACKGROUND_THREADS=3,
    )

    assert app.config["SQLALCHEMY_ENGINE_OPTIONS"]["pool_size"] == 5
