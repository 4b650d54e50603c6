"""Refused clients wait in spare threads; Flask runs at most WEB_THREADS requests."""

from __future__ import annotations

import threading
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from concurrent.futures import Future
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import TooManyRequests
from werkzeug.test import create_environ

from app.accounts import hashing
from app.accounts import holding
from app.accounts.holding import ServerThreads
from app.accounts.refusals import EarlyRefusals
from app.accounts.throttling import is_limited
from tests.support.accounts import Account

pytestmark = pytest.mark.usefixtures("as_shipped")

SOON = 0.1  # seconds; a call that does not wait has returned by then

Environ = dict[str, Any]


@pytest.fixture
def say_threads(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Return a function that sets how many threads the server has to spare."""

    def say(spare: int) -> None:
        number = str(app.config["WEB_THREADS"] + spare)
        monkeypatch.setenv(holding.SERVER_THREADS, number)

    return say


@pytest.fixture
def threads(
    app: Flask, say_threads: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> Iterator[ServerThreads]:
    """The threads of a process in which Flask has one slot."""
    monkeypatch.setitem(app.config, "WEB_THREADS", 1)
    say_threads(2)
    threads = ServerThreads(app)
    yield threads
    # Also after a failed test, no thread may keep waiting for a slot.
    with threads.lock:
        threads.web_threads = 100
        threads.lock.notify_all()


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long each client would be held, in seconds; nothing waits."""
    noted: list[float] = []
    monkeypatch.setattr("app.accounts.holding.time.sleep", noted.append)
    return noted


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    pool = ThreadPoolExecutor(2)
    yield pool
    pool.shutdown(wait=False)


@pytest.fixture
def refusing(app: Flask, monkeypatch: pytest.MonkeyPatch) -> EarlyRefusals:
    """The middleware of an application that refuses each attempt with a bare page."""
    early: EarlyRefusals = app.extensions["early_refusals"]
    monkeypatch.setattr(early, "check", lambda _: TooManyRequests("Wait."))
    monkeypatch.setattr(early, "has_page_left", lambda: False)
    return early


def flask(environ: Environ, start_response: object) -> Iterable[bytes]:
    """Replace Flask: the environment says what it returns or raises."""
    if error := environ.get("test.error"):
        raise error
    body: Iterable[bytes] = environ.get("test.body", [b"page"])
    return body


def run(threads: ServerThreads, path: str = "/", **environ: object) -> Any:
    names = {name.replace("_", "."): value for name, value in environ.items()}
    given = {**create_environ(path), **names}
    return threads.run(flask, given, lambda *_: print)


def run_hashing(threads: ServerThreads) -> Any:
    return threads.run_hashing(flask, create_environ(), lambda *_: print, 1)


def is_waiting(future: Future[Any]) -> bool:
    try:
        future.result(SOON)
    except TimeoutError:
        return True
    return False


def log_in(client: FlaskClient, password: str) -> int:
    data = {"email": "ada@example.com", "password": password}
    return client.post("/auth/login", data=data).status_code


@pytest.mark.usefixtures("refusing")
def test_a_refused_client_is_held_for_a_second(
    client: FlaskClient, waits: list[float], say_threads: Callable[[int], None]
) -> None:
    say_threads(1)

    assert (log_in(client, "a guess"), waits) == (429, [1])


@pytest.mark.usefixtures("refusing")
@pytest.mark.parametrize("said", [None, "", "many", "-1", "1"])
def test_without_spare_threads_no_client_is_held(
    said: str | None,
    client: FlaskClient,
    waits: list[float],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(holding.SERVER_THREADS, raising=False)
    if said is not None:
        monkeypatch.setenv(holding.SERVER_THREADS, said)

    assert (log_in(client, "a guess"), waits) == (429, [])


def test_no_more_clients_are_held_than_there_are_spare_threads(
    threads: ServerThreads, waits: list[float]
) -> None:
    with threads.spare_thread(), threads.spare_thread() as second:
        threads.hold()
    threads.hold()

    assert (second, waits) == (True, [1])


def test_on_gevent_a_client_is_held_without_a_thread(
    threads: ServerThreads, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hashing, "is_gevent", lambda: True)
    threads.hold()

    assert (threads.spare(), waits) == (0, [1])


def test_a_client_with_the_right_password_is_not_held(
    client: FlaskClient,
    user: Account,
    waits: list[float],
    say_threads: Callable[[int], None],
) -> None:
    say_threads(1)
    data = {"email": user.email, "password": user.password}

    assert client.post("/auth/login", data=data).status_code == 302
    assert waits == []


def test_requests_beyond_the_number_of_slots_wait(
    threads: ServerThreads, pool: ThreadPoolExecutor
) -> None:
    first = run(threads)
    second = pool.submit(run, threads)

    assert is_waiting(second)
    first.close()
    assert list(second.result(5)) == [b"page"]
    second.result().close()
    assert threads.has_room()


def test_a_stream_keeps_its_slot_until_it_is_closed(threads: ServerThreads) -> None:
    closed = []

    class Stream:
        def __iter__(self) -> Iterator[bytes]:
            return iter([b"first", b"second"])

        def close(self) -> None:
            closed.append(threads.has_room())

    body = run(threads, test_body=Stream())

    assert list(body) == [b"first", b"second"]
    assert not threads.has_room()
    body.close()
    body.close()
    assert closed[0] is False
    assert threads.has_room()


def test_a_body_whose_close_fails_releases_its_slot(threads: ServerThreads) -> None:
    class Broken:
        def __iter__(self) -> Iterator[bytes]:
            return iter([b"page"])

        def close(self) -> None:
            raise ZeroDivisionError

    body = run(threads, test_body=Broken())
    with pytest.raises(ZeroDivisionError):
        body.close()

    assert threads.has_room()


def test_a_body_that_is_never_closed_releases_its_slot(
    threads: ServerThreads,
) -> None:
    body = run(threads)
    assert not threads.has_room()
    del body

    assert threads.has_room()


@pytest.mark.parametrize("error", [ValueError(), SystemExit()], ids=["error", "exit"])
def test_an_exception_releases_the_slot(
    error: BaseException, threads: ServerThreads
) -> None:
    with pytest.raises(type(error)):
        run(threads, test_error=error)

    assert threads.has_room()


def test_a_file_is_passed_to_the_server_and_keeps_no_slot(
    threads: ServerThreads,
) -> None:
    class ServersFile(list[bytes]):
        """Like `wsgi.file_wrapper`, whose class the server checks for."""

    file = ServersFile([b"file"])
    body = threads.run(
        flask,
        {**create_environ(), "test.body": file, "wsgi.file_wrapper": ServersFile},
        lambda *_: print,
    )

    assert body is file
    assert threads.has_room()


def test_the_health_check_answers_while_all_slots_are_taken(
    threads: ServerThreads, pool: ThreadPoolExecutor
) -> None:
    body = run(threads)

    assert list(pool.submit(run, threads, "/api/health").result(5)) == [b"page"]
    assert not threads.has_room()
    body.close()


def test_waiting_for_a_hash_takes_no_request_slot(
    app: Flask,
    user: Account,
    say_threads: Callable[[int], None],
    pool: ThreadPoolExecutor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    say_threads(1)
    early: EarlyRefusals = app.extensions["early_refusals"]
    original, entered = early.flask, threading.Event()

    def noted(*given: Any) -> Iterable[bytes]:
        entered.set()
        return original(*given)

    monkeypatch.setattr(early, "flask", noted)
    monkeypatch.setitem(app.config, "MAX_HASHING_REQUESTS", 1)
    with hashing.places.one(1):
        waiting = pool.submit(log_in, app.test_client(), "a guess")
        assert not entered.wait(SOON)
    # Inside Flask, the request hashes with the slot that it already has.
    assert waiting.result(10) == 200
    assert early.threads.held == 0
    assert hashing.places.taken == 0


def test_a_log_in_that_waits_for_a_slot_blocks_no_hash(
    threads: ServerThreads, pool: ThreadPoolExecutor
) -> None:
    page = run(threads)
    log_in = pool.submit(run_hashing, threads)
    assert is_waiting(log_in)

    # As a view does that hashes a password.
    assert hashing.places.acquire(1)
    page.close()
    assert is_waiting(log_in)
    hashing.places.release()
    log_in.result(5).close()
    assert (threads.running, hashing.places.taken) == (0, 0)


def test_a_log_in_that_waits_only_for_a_slot_is_not_refused(
    threads: ServerThreads, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hashing, "MAX_WAIT", 0)
    page = run(threads)
    log_in = pool.submit(run_hashing, threads)

    assert is_waiting(log_in)
    page.close()
    assert list(log_in.result(5)) == [b"page"]
    log_in.result().close()
    assert threads.running == 0


def test_a_client_that_waits_too_long_for_a_hash_is_refused_and_held(
    app: Flask,
    client: FlaskClient,
    waits: list[float],
    say_threads: Callable[[int], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    say_threads(1)
    monkeypatch.setitem(app.config, "MAX_HASHING_REQUESTS", 1)
    monkeypatch.setattr(hashing, "MAX_WAIT", 0)
    with hashing.places.one(1):
        assert log_in(client, "a guess") == 503

    assert waits == [1]


@pytest.mark.parametrize(
    ("path", "method", "limited"),
    [
        ("/auth/login", "POST", True),
        ("/auth/login", "GET", False),
        ("/", "POST", False),
    ],
)
def test_only_attempts_to_log_in_wait_for_refusals(
    path: str, method: str, limited: bool, app: Flask
) -> None:
    assert is_limited(app, create_environ(path, method=method)) == limited
