"""Password guessing is limited, and strangers cannot lock an owner out."""

from __future__ import annotations

import os
import sys
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import cast

import pytest
from flask import Blueprint
from flask import Flask
from flask import g
from flask import request
from flask.testing import FlaskClient
from flask_limiter import Limiter
from flask_limiter.constants import ConfigVars
from flask_limiter.util import get_remote_address
from flask_login import current_user
from limits import parse
from limits.errors import StorageError
from limits.storage import MemoryStorage
from limits.storage import Storage
from werkzeug.test import TestResponse

from app.accounts import hashing
from app.accounts import networks
from app.accounts import refusals
from app.accounts import throttling
from app.accounts import tries
from app.accounts import users
from app.accounts.counters import Counters
from app.core.rules import SettingsError
from app.extensions import db
from app.extensions import limiter
from tests.support.accounts import Account
from tests.support.accounts import LogIn
from tests.support.accounts import MakeUser
from tests.support.accounts import template_settings
from tests.support.applications import log_from_now_on
from tests.support.applications import MakeApp

pytestmark = pytest.mark.usefixtures("as_shipped")

HOME = "192.0.2.1"
GUESS = "a guess"


@pytest.fixture
def make_app(make_app: MakeApp) -> Callable[..., Flask]:
    """Return `make_app`, with the template's limits in each application."""
    return partial(make_app, **template_settings())


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The delays, in seconds; nothing waits."""
    noted: list[float] = []
    monkeypatch.setattr("app.accounts.throttling.time.sleep", noted.append)
    return noted


def attempt(
    client: FlaskClient, email: str, password: str = GUESS, address: str = HOME
) -> TestResponse:
    return client.post(
        "/auth/login",
        data={"email": email, "password": password},
        environ_base={"REMOTE_ADDR": address},
    )


def test_the_eleventh_guess_is_refused_with_the_waiting_time(
    client: FlaskClient, user: Account
) -> None:
    answers = [attempt(client, user.email).status_code for _ in range(11)]
    refused = attempt(client, user.email)

    assert answers == [200] * 10 + [429]
    assert 0 < int(refused.headers["Retry-After"]) <= 900
    assert "Try again in 15 minutes." in refused.text
    # The right password does not bypass the limit.
    assert attempt(client, user.email, user.password).status_code == 429


def test_unknown_accounts_are_limited_alike(client: FlaskClient) -> None:
    answers = [attempt(client, "nobody@example.com").status_code for _ in range(11)]

    assert answers == [200] * 10 + [429]


@pytest.mark.parametrize(
    ("address", "status"),
    [("192.0.2.254", 429), ("192.0.3.1", 200), ("2001:db8::1", 200)],
)
def test_a_limit_applies_to_a_network(
    address: str, status: int, client: FlaskClient, user: Account
) -> None:
    for _ in range(10):
        attempt(client, user.email)

    assert attempt(client, user.email, address=address).status_code == status


def test_ipv6_clients_are_limited_by_64_bit_prefix(
    client: FlaskClient, user: Account
) -> None:
    for number in range(10):
        attempt(client, user.email, address=f"2001:db8:1:2::{number}")

    within = attempt(client, user.email, address="2001:db8:1:2:ffff::1")
    beside = attempt(client, user.email, address="2001:db8:1:3::1")
    assert (within.status_code, beside.status_code) == (429, 200)


@pytest.mark.parametrize(
    ("address", "block"),
    [
        ("192.0.2.1", "192.0.2.0/24"),
        ("192.0.2.1:4711", "192.0.2.0/24"),
        ("::ffff:192.0.2.1", "192.0.2.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2:3::4]:4711", "2001:db8:1:2::/64"),
        ("", "elsewhere"),
        ("unknown", "elsewhere"),
    ],
)
def test_a_client_ip_belongs_to_a_network(address: str, block: str, app: Flask) -> None:
    with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
        assert networks.client_network() == block


def test_a_delayed_log_in_does_not_block_writers(
    app: Flask, client: FlaskClient, user: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_ones: list[bool] = []
    for number in range(20):
        attempt(client, user.email, address=f"10.0.{number}.1")
    # The cookie of an ended session makes the request query the database first.
    with client.session_transaction() as held:
        held["_user_id"] = "over"
    monkeypatch.setattr(
        "app.accounts.throttling.time.sleep",
        lambda _: open_ones.append(db.session().in_transaction()),
    )

    attempt(client, user.email)

    assert open_ones == [False]


def test_a_thief_cannot_stop_the_owner_changing_the_password(
    user: Account, log_in: LogIn
) -> None:
    thief, owner = log_in(user), log_in(user)
    new = "a longer horse, a better battery"
    form = {"current": GUESS, "password": new, "confirm": new}
    for _ in range(11):
        thief.post("/auth/password", data=form)

    form["current"] = user.password
    assert owner.post("/auth/password", data=form).location == "/dashboard"


def test_another_account_on_the_same_network_is_not_limited(
    client: FlaskClient, user: Account, make_user: MakeUser
) -> None:
    for _ in range(11):
        attempt(client, user.email)
    other = make_user()

    assert attempt(client, other.email, other.password).location == "/dashboard"


def test_successful_log_ins_are_not_counted(app: Flask, user: Account) -> None:
    for _ in range(30):
        response = attempt(app.test_client(), user.email, user.password)
        assert response.location == "/dashboard"


def test_the_owner_can_log_in_after_200_failures_of_strangers(
    client: FlaskClient, user: Account, waits: list[float]
) -> None:
    for number in range(200):
        answer = attempt(client, user.email, address=f"10.0.{number}.1")
        assert answer.status_code == 200

    assert attempt(client, user.email, user.password).location == "/dashboard"
    # 20 attempts are not delayed; the next 180 were, and the owner's one.
    assert waits == [throttling.DELAY] * 181


def test_a_forged_forwarding_header_changes_nothing(
    client: FlaskClient, user: Account
) -> None:
    form = {"email": user.email, "password": "a guess"}
    answers = [
        client.post(
            "/auth/login", data=form, headers={"X-Forwarded-For": f"10.0.{number}.1"}
        ).status_code
        for number in range(11)
    ]

    assert answers == [200] * 10 + [429]


def test_guessing_the_current_password_is_limited_too(
    logged_in_client: FlaskClient,
) -> None:
    new = "a longer horse, a better battery"
    form = {"current": "a guess", "password": new, "confirm": new}
    answers = [
        logged_in_client.post("/auth/password", data=form).status_code
        for _ in range(11)
    ]

    assert answers == [200] * 10 + [429]


def test_registrations_from_one_network_are_limited(client: FlaskClient) -> None:
    answers = {client.post("/auth/register").status_code for _ in range(100)}

    assert answers == {200}
    assert client.post("/auth/register").status_code == 429
    assert client.get("/auth/register").status_code == 200


def test_below_api_too_many_requests_are_a_problem(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app()
    once = limiter.limit("1 per hour", on_breach=throttling.refuse)
    app.add_url_rule("/api/once", "once", once(lambda: "Once."))
    browser = app.test_client()
    assert browser.get("/api/once").text == "Once."

    response = browser.get("/api/once")

    assert response.status_code == 429
    assert response.content_type == "application/problem+json"
    assert 0 < int(response.headers["Retry-After"]) <= 3601


class DownStorage:
    """A storage that does not respond, and counts the calls."""

    asked = 0
    reset = print

    def incr(self, *_: object, **__: object) -> int:
        self.asked += 1
        raise StorageError(ConnectionError("planted"))

    get = get_expiry = incr


@pytest.fixture
def down(app: Flask, monkeypatch: pytest.MonkeyPatch) -> DownStorage:
    """The storage of `app`, which is down."""
    storage = DownStorage()
    monkeypatch.setitem(app.extensions, "tries", tries.Tries(app))
    app.extensions["tries"].counters = Counters(cast("Storage", storage))
    return storage


def test_a_process_counts_in_memory_while_the_storage_is_down(
    client: FlaskClient,
    user: Account,
    down: DownStorage,
    caplog: pytest.LogCaptureFixture,
) -> None:
    answers = [attempt(client, user.email).status_code for _ in range(11)]

    assert answers == [200] * 10 + [429]
    # Otherwise each request would wait for its timeout.
    assert down.asked == 1
    assert caplog.text.count("The storage of the limits does not answer") == 1
    assert "(ConnectionError)" in caplog.text
    assert "Traceback" not in caplog.text


def test_a_failed_storage_is_tried_again_later(
    client: FlaskClient,
    user: Account,
    down: DownStorage,
    caplog: pytest.LogCaptureFixture,
) -> None:
    attempt(client, user.email)
    current = down.asked
    client.application.extensions["tries"].counters.down_until = 0.0

    attempt(client, user.email)

    assert down.asked == current + 1
    assert caplog.text.count("The storage of the limits does not answer") == 1


def test_every_spelling_of_an_email_counts_for_the_account(
    client: FlaskClient, user: Account
) -> None:
    spellings = [user.email, user.email.upper(), user.email.title()]
    answers = [attempt(client, spellings[n % 3]).status_code for n in range(11)]

    assert answers == [200] * 10 + [429]


def test_counts_are_in_memory_without_redis(app: Flask) -> None:
    assert app.config["RATELIMIT_STORAGE_URI"] == "memory://"


def test_counts_are_in_redis_if_it_is_set(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The extension has one storage for all applications in a process.
    monkeypatch.setattr(limiter, "init_app", print)
    monkeypatch.setattr("app.accounts.tries.new_storage", lambda _: MemoryStorage())

    app = make_app(REDIS_URL="redis://127.0.0.1:1/0")

    assert app.config["RATELIMIT_STORAGE_URI"] == "redis://127.0.0.1:1/0"


def test_ready_reports_that_redis_is_down(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.core.health.database_check", lambda: None)
    app = make_app()
    app.config["REDIS_URL"] = "redis://:hunter2@127.0.0.1:1/0"
    lines = log_from_now_on()

    response = app.test_client().get("/api/ready")

    assert response.status_code == 503
    assert response.get_json()["checks"] == {"redis": "down"}
    assert "redis ConnectionError" in lines.getvalue()
    assert "Traceback" not in lines.getvalue()
    assert "hunter2" not in lines.getvalue()


def spray(client: FlaskClient, number: int, address: str = HOME) -> list[int]:
    """Try one password at as many accounts, and return the statuses."""
    emails = [f"made-up-{count}@example.com" for count in range(number)]
    return [attempt(client, email, address=address).status_code for email in emails]


def test_one_guess_at_each_of_sixty_accounts_is_refused_for_the_network(
    client: FlaskClient, user: Account
) -> None:
    assert spray(client, 60) == [200] * 50 + [429] * 10

    # The right password does not bypass the limit; other networks are not limited.
    assert attempt(client, user.email, user.password).status_code == 429
    other = attempt(client, user.email, user.password, "198.51.100.1")
    assert other.location == "/dashboard"


def test_wrong_current_passwords_count_for_the_network(
    app: Flask, logged_in_client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "LOGIN_NETWORK_LIMIT", "3 per minute")
    new = "a longer horse, a better battery"
    form = {"current": GUESS, "password": new, "confirm": new}
    for _ in range(3):
        logged_in_client.post("/auth/password", data=form)

    assert (
        attempt(app.test_client(), "a@example.com", address="127.0.0.1").status_code
        == 429
    )


def test_typing_errors_before_a_right_password_do_not_count_for_the_network(
    app: Flask, make_user: MakeUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "LOGIN_NETWORK_LIMIT", "5 per minute")
    for _ in range(8):
        pupil = make_user()
        browser = app.test_client()
        assert attempt(browser, pupil.email).status_code == 200
        assert attempt(browser, pupil.email).status_code == 200
        assert attempt(browser, pupil.email, pupil.password).location == "/dashboard"


def test_a_right_password_does_not_reset_guesses_at_another_account(
    app: Flask,
    user: Account,
    make_user: MakeUser,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(app.config, "LOGIN_NETWORK_LIMIT", "5 per minute")
    own = make_user()
    answers = []
    for _ in range(6):
        answers.append(attempt(app.test_client(), user.email).status_code)
        # A logged-in user, or one who tries to log in with the e-mail of another.
        browser = app.test_client()
        attempt(browser, own.email, own.password)
        attempt(browser, user.email)

    assert answers == [200] * 5 + [429]


def test_incomplete_forms_are_not_counted(client: FlaskClient, user: Account) -> None:
    answers = {attempt(client, user.email, "").status_code for _ in range(60)}

    assert answers == {200}
    assert attempt(client, user.email).status_code == 200


@pytest.mark.real_database
def test_forty_concurrent_attempts_do_not_exceed_a_limit(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "LOGIN_NETWORK_LIMIT", "10 per minute")
    barrier = threading.Barrier(40, timeout=30)

    def one(number: int) -> int:
        browser = app.test_client()
        barrier.wait()
        return attempt(browser, f"made-up-{number}@example.com").status_code

    with ThreadPoolExecutor(40) as pool:
        answers = Counter(pool.map(one, range(40)))

    assert answers[200] == 10
    # Concurrent attempts count as failures until they are finished.
    assert set(answers) <= {200, 429, 503}


def test_each_process_allows_its_share_of_the_network_limit(
    make_app: MakeApp,
) -> None:
    one, two = make_app(), make_app(WEB_CONCURRENCY=2)
    for app, allowed in ((one, 50), (two, 25)):
        with app.app_context():
            counts = app.extensions["tries"]
            assert counts.allowed(throttling.NETWORK) == allowed
            # The other limits apply per process, to leave room for typing errors.
            assert counts.allowed(throttling.ACCOUNT) == 10


@pytest.mark.real_database
def test_concurrent_right_passwords_do_not_limit_their_network(
    app: Flask, user: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "LOGIN_NETWORK_LIMIT", "3 per minute")
    barrier = threading.Barrier(20, timeout=30)

    def one(_: int) -> int:
        browser = app.test_client()
        barrier.wait()
        return attempt(browser, user.email, user.password).status_code

    with ThreadPoolExecutor(20) as pool:
        answers = set(pool.map(one, range(20)))

    assert answers <= {302, 503}
    assert attempt(app.test_client(), user.email, user.password).status_code == 302


def test_a_successful_attempt_leaves_nothing_in_memory(
    app: Flask, client: FlaskClient
) -> None:
    for number in range(5):
        client.post("/auth/login", data={"email": f"made-up-{number}@example.com"})

    counts = app.extensions["tries"]
    assert not counts.counters.memory.storage
    assert not counts.open


def test_concurrent_counts_are_all_different() -> None:
    counters, limit = Counters(MemoryStorage()), parse("5 per minute")
    barrier = threading.Barrier(20, timeout=30)

    def one(_: int) -> list[int]:
        barrier.wait()
        return [counters.add(limit, "key") for _ in range(50)]

    with ThreadPoolExecutor(20) as pool:
        counts = sorted(count for part in pool.map(one, range(20)) for count in part)

    assert counts == list(range(1, 1001))


class SlowStorage(MemoryStorage):
    """A storage that switches to another thread within each step."""

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        count = self.storage.get(key, 0) + amount
        threading.Event().wait(0.001)
        self.storage[key] = count
        return count


def test_each_step_of_a_count_is_atomic() -> None:
    counters, limit = Counters(SlowStorage()), parse("5 per minute")

    with ThreadPoolExecutor(5) as pool:
        counts = sorted(pool.map(lambda _: counters.add(limit, "key"), range(20)))

    assert counts == list(range(1, 21))


def test_concurrent_requests_reset_a_count_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counters, limit = Counters(MemoryStorage()), parse("5 per minute")
    counters.add(limit, "key", amount=9)
    # Like two requests that have read the count at the same time.
    monkeypatch.setattr(counters, "count", lambda *_: 9)

    assert [counters.take_all(limit, "key") for _ in range(2)] == [9, 0]

    monkeypatch.undo()
    assert counters.count(limit, "key") == 0


def test_a_refused_attempt_is_not_counted(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusals, "REMEMBERED", 0)
    spray(client, 60)

    counters = app.extensions["tries"].counters
    with app.app_context():
        assert counters.count(throttling.NETWORK.item, "network", "192.0.2.0/24") == 50


def test_a_network_at_its_limit_is_logged_once(
    client: FlaskClient,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(refusals, "REMEMBERED", 0)
    spray(client, 60)

    lines = [one for one in caplog.records if "Too many tries" in one.message]
    fields = [vars(line)["fields"] for line in lines]
    assert [(one["limit"], one["network"]) for one in fields] == [
        ("network", "192.0.2.0/24")
    ]
    assert fields[0]["allowed"] == "50 per 15 minute"
    assert "PROXY_HOPS" not in caplog.text


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "172.17.0.1", "10.1.2.3"])
def test_the_log_warns_if_the_client_ip_is_that_of_a_proxy(
    address: str, client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    spray(client, 51, address)

    assert "PROXY_HOPS must be set" in caplog.text


def test_a_refused_network_is_refused_before_the_form_is_read(
    client: FlaskClient, user: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusals, "REMEMBERED", 60)
    spray(client, 51)
    monkeypatch.setattr(throttling, "normalise", pytest.fail)
    monkeypatch.setattr("app.core.errors.render_template", lambda *_, **__: "own page")

    pages = [attempt(client, user.email) for _ in range(20)]

    assert {page.status_code for page in pages} == {429}
    assert all(0 < int(page.headers["Retry-After"]) <= 900 for page in pages)
    assert all(page.headers["X-Frame-Options"] == "DENY" for page in pages)
    # A few get the site's own page.
    assert pages[0].text == "own page"
    assert "Try again in 15 minutes." in pages[-1].text


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        ("/try", "/try"),
        ("/try/<name>", "/try/a+b.c"),
        ("/of/<int:number>/<name>/end", "/of/7/a/end"),
    ],
)
def test_a_refusal_is_known_before_flask_looks_at_the_request(
    rule: str, path: str, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    def view(**_: object) -> str:
        g.guess_failed = True
        return "A wrong guess."

    monkeypatch.setattr(refusals, "REMEMBERED", 60)
    app = make_app(LOGIN_NETWORK_LIMIT="1 per hour", WEB_CONCURRENCY=1)
    app.add_url_rule(rule, "try", throttling.limit_links(view), methods=["POST"])
    seen: list[str] = []
    app.before_request(lambda: seen.append(request.path))

    statuses = [app.test_client().post(path).status_code for _ in range(4)]

    assert statuses == [200, 429, 429, 429]
    assert seen == [path] * 2


def test_a_refusal_is_cached_for_a_second(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr("app.accounts.refusals.time.monotonic", lambda: now)
    kept = refusals.Refusals()

    assert kept.remember(("network", "a"), 900)
    assert kept.seconds_left(("network", "a")) == 900
    now += 2
    assert kept.seconds_left(("network", "a")) is None
    # The window is the same, so it is not logged again.
    assert not kept.remember(("network", "a"), 898)
    now += 900
    assert kept.remember(("network", "a"), 900)


def test_refusals_are_forgotten_after_their_window(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 1000.0
    monkeypatch.setattr("app.accounts.refusals.time.monotonic", lambda: now)
    kept = refusals.Refusals()
    for number in range(refusals.MAX_KEPT):
        kept.remember(("network", str(number)), 900)
    now += 901

    kept.remember(("network", "another"), 900)

    assert len(kept.kept) == 1


def test_too_many_requests_waiting_for_a_hash_get_503(
    app: Flask,
    client: FlaskClient,
    user: Account,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setitem(app.config, "MAX_HASHING_REQUESTS", 1)
    monkeypatch.setattr(hashing, "BURST", 0)
    with hashing.places.one(1):
        answers = [attempt(client, user.email, user.password) for _ in range(20)]

    assert {answer.status_code for answer in answers} == {503}
    assert {answer.headers["Retry-After"] for answer in answers} == {"5"}
    assert all("Too many people are logging in" in answer.text for answer in answers)
    assert "Traceback" not in caplog.text
    # It was not counted as a guess, and the next request gets a slot.
    assert attempt(client, user.email, user.password).location == "/dashboard"


def test_a_request_that_gets_no_hash_slot_is_no_guess(
    app: Flask, client: FlaskClient, user: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hashing, "has_room", lambda _: True)
    monkeypatch.setattr(hashing, "BURST", 0)
    monkeypatch.setitem(app.config, "MAX_HASHING_REQUESTS", 1)
    with hashing.places.one(1):
        answers = {attempt(client, user.email).status_code for _ in range(20)}

    assert answers == {503}
    assert attempt(client, user.email).status_code == 200


def test_a_log_in_waits_for_a_hash_slot() -> None:
    places, has_one = hashing.Places(), threading.Event()

    def take() -> None:
        with places.one(1):
            has_one.set()

    waiting = threading.Thread(target=take)
    with places.one(1):
        waiting.start()
        assert not has_one.wait(0.05)
    assert has_one.wait(5)
    waiting.join()


def test_a_command_waits_for_a_hash_slot(app: Flask) -> None:
    with app.app_context(), hashing.places.one(100):
        app.config["MAX_HASHING_REQUESTS"] = 1
        assert hashing.run(str, "a") == "a"
    app.config["MAX_HASHING_REQUESTS"] = 100


@pytest.mark.parametrize(("threads", "most"), [(1, 1), (2, 1), (4, 3), (16, 15)])
def test_hashing_leaves_one_thread_for_other_requests(threads: int, most: int) -> None:
    config = {"MAX_HASHING_REQUESTS": None, "WEB_THREADS": threads}

    assert hashing.max_hashing_requests(config) == most


@pytest.mark.skipif(sys.platform != "linux", reason="priorities of threads are Linux's")
def test_passwords_are_hashed_at_the_lowest_priority(app: Flask) -> None:
    def priority() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    with app.test_request_context():
        assert hashing.run(priority) == 19
    assert priority() < 19


def test_limit_keys_contain_no_session_token(
    app: Flask, logged_in_client: FlaskClient
) -> None:
    with logged_in_client:
        logged_in_client.get("/dashboard")
        token = str(current_user.get_id())
        assert token not in throttling.this_session()


def test_limits_can_be_switched_off(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttling, "limiter", Limiter(get_remote_address))
    app = make_app(RATELIMIT_ENABLED=False)
    with app.app_context():
        db.create_all()
        owner = users.create("ada@example.com", "correct horse battery staple")

        assert set(spray(app.test_client(), 60)) == {200}
        attempt(app.test_client(), owner.email)
        right = attempt(app.test_client(), owner.email, "correct horse battery staple")
        assert right.location == "/dashboard"


def nothing() -> None:
    """A callback as a project may have it."""


# Every setting of Flask-Limiter: a value that works, and one that is refused.
KEYS: dict[str, tuple[object, object]] = {
    "APPLICATION_LIMITS": ("100 per hour", "often"),
    "APPLICATION_LIMITS_COST": (2, 0),
    "APPLICATION_LIMITS_DEDUCT_WHEN": (lambda _: True, "always"),
    "APPLICATION_LIMITS_EXEMPT_WHEN": (nothing, "never"),
    "APPLICATION_LIMITS_PER_METHOD": (True, "yes"),
    "DEFAULT_LIMITS": ("100 per hour; 10 per minute", ["100 per hour"]),
    "DEFAULT_LIMITS_COST": (lambda: 2, "2"),
    "DEFAULT_LIMITS_DEDUCT_WHEN": (lambda _: True, 1),
    "DEFAULT_LIMITS_EXEMPT_WHEN": (nothing, False),
    "DEFAULT_LIMITS_PER_METHOD": (False, 0),
    "ENABLED": (False, "off"),
    "FAIL_ON_FIRST_BREACH": (False, 1),
    "HEADERS_ENABLED": (True, "true"),
    "HEADER_LIMIT": ("X-Limit", "X Limit"),
    "HEADER_REMAINING": ("X-Remaining", "X-R\nSet-Cookie: a=b"),
    "HEADER_RESET": ("X-Reset", "X:"),
    "HEADER_RETRY_AFTER": ("X-Retry", "\u20ac"),
    "HEADER_RETRY_AFTER_VALUE": ("http-date", "soon"),
    "IN_MEMORY_FALLBACK": ("5 per minute", "5"),
    "IN_MEMORY_FALLBACK_ENABLED": (False, "no"),
    "KEY_FUNC": (None, nothing),
    "KEY_PREFIX": ("site", 1),
    "META_LIMITS": ("100 per hour", "1 per moment"),
    "ON_BREACH": (lambda _: None, "refuse"),
    "ON_META_BREACH": (lambda _: None, "refuse"),
    "REQUEST_IDENTIFIER": (lambda: "one", "one"),
    "STORAGE_OPTIONS": ({"wrap_exceptions": False}, "wrap_exceptions"),
    "STORAGE_URI": ("memory://", "memcached://127.0.0.1:1"),
    "STRATEGY": ("moving-window", "guessing"),
    "SWALLOW_ERRORS": (False, None),
}
VARIABLES = {name: key for name, key in vars(ConfigVars).items() if name.isupper()}


def test_every_setting_of_flask_limiter_is_known() -> None:
    # A setting that is new in Flask-Limiter needs a rule in limit_settings.py.
    assert sorted(KEYS) == sorted(VARIABLES)


@pytest.mark.parametrize("name", sorted(KEYS.keys() - {"KEY_FUNC"}))
def test_a_setting_of_flask_limiter_breaks_no_page(
    name: str, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    extension = Limiter(get_remote_address)
    monkeypatch.setattr(throttling, "limiter", extension)
    app = make_app(**{VARIABLES[name]: KEYS[name][0]})
    app.add_url_rule("/limited", view_func=extension.limit("1 per hour")(lambda: "ok"))
    with app.app_context():
        db.create_all()
    browser = app.test_client()

    own = [browser.get("/limited").status_code for _ in range(2)]
    guesses = [attempt(browser, "ada@example.com").status_code for _ in range(11)]

    assert own == [200, 200 if name == "ENABLED" else 429]
    assert guesses == [200] * 10 + [200 if name == "ENABLED" else 429]
    assert browser.get("/auth/login").status_code == 200


def twice(app: Flask, path: str) -> list[TestResponse]:
    """Return the answers to two requests of one client."""
    browser = app.test_client()
    return [browser.get(path), browser.get(path)]


@pytest.mark.parametrize("setting", ["RATELIMIT_DEFAULT", "RATELIMIT_APPLICATION"])
def test_a_limit_of_all_views_applies_to_a_view_without_limits(
    setting: str, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttling, "limiter", Limiter(get_remote_address))
    app = make_app(**{setting: "1 per hour"})
    app.add_url_rule("/free", view_func=lambda: "Free.", endpoint="free")

    first, second = twice(app, "/free")

    assert (first.status_code, second.status_code) == (200, 429)


def test_a_limit_of_a_blueprint_applies_to_its_views(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    extension = Limiter(get_remote_address)
    monkeypatch.setattr(throttling, "limiter", extension)
    app = make_app()
    pages = Blueprint("limited_pages", __name__)
    pages.add_url_rule("/page", "page", lambda: "Page.")
    extension.limit("1 per hour")(pages)
    app.register_blueprint(pages)

    first, second = twice(app, "/page")

    assert (first.status_code, second.status_code) == (200, 429)


def test_only_limited_views_have_the_headers_of_limits(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    extension = Limiter(get_remote_address)
    monkeypatch.setattr(throttling, "limiter", extension)
    app = make_app(RATELIMIT_HEADERS_ENABLED=True)
    app.add_url_rule("/free", "free", lambda: "Free.")
    app.add_url_rule("/limited", view_func=extension.limit("2 per hour")(nothing_new))

    left = [
        answer.headers["X-RateLimit-Remaining"] for answer in twice(app, "/limited")
    ]

    assert left == ["1", "0"]
    assert "X-RateLimit-Remaining" not in twice(app, "/free")[0].headers


def nothing_new() -> str:
    """A view."""
    return "Nothing new."


@pytest.mark.parametrize("name", KEYS)
def test_a_wrong_value_for_flask_limiter_is_refused_at_start(
    name: str, make_app: MakeApp
) -> None:
    with pytest.raises(SettingsError) as refused:
        make_app(**{VARIABLES[name]: KEYS[name][1]})

    assert str(refused.value).startswith(VARIABLES[name])
    assert str(refused.value).count("\n") == 0


def test_a_storage_that_does_not_work_is_refused_at_start(
    make_app: MakeApp,
) -> None:
    with pytest.raises(SettingsError, match=r"RATELIMIT_STORAGE_URI.* 'service_name'"):
        make_app(RATELIMIT_STORAGE_URI="redis+sentinel://127.0.0.1:1")


@pytest.mark.parametrize(
    "name",
    ["LOGIN_LIMIT", "LOGIN_NETWORK_LIMIT", "LOGIN_PATIENCE", "REGISTRATION_LIMIT"],
)
@pytest.mark.parametrize("value", ["often", "10", "0 per hour", "1/s; 2/m", 10])
def test_a_limit_is_checked_at_start(
    name: str, value: object, make_app: MakeApp
) -> None:
    with pytest.raises(SettingsError, match=rf"^{name} must be a number and a time"):
        make_app(**{name: value})
