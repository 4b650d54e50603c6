"""Guessing is limited, and strangers cannot lock an owner out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from limits.errors import StorageError
from werkzeug.test import TestResponse

from app.accounts import throttling
from app.extensions import db
from app.extensions import limiter
from tests.test_requests import logged_by

HOME = "192.0.2.1"
GUESS = "a guess"


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The delays, which are noted and not waited for."""
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


def test_the_eleventh_guess_is_refused_and_says_until_when(
    client: FlaskClient, user: Any
) -> None:
    answers = [attempt(client, user.email).status_code for _ in range(11)]
    refused = attempt(client, user.email)

    assert answers == [200] * 10 + [429]
    assert 0 < int(refused.headers["Retry-After"]) <= 900
    assert "Try again in 15 minutes." in refused.text
    # The right password is no way around.
    assert attempt(client, user.email, user.password).status_code == 429


def test_unknown_accounts_are_limited_alike(client: FlaskClient) -> None:
    answers = [attempt(client, "nobody@example.com").status_code for _ in range(11)]

    assert answers == [200] * 10 + [429]


@pytest.mark.parametrize(
    ("address", "status"),
    [("192.0.2.254", 429), ("192.0.3.1", 200), ("2001:db8::1", 200)],
)
def test_a_limit_holds_for_a_block_of_addresses(
    address: str, status: int, client: FlaskClient, user: Any
) -> None:
    for _ in range(10):
        attempt(client, user.email)

    assert attempt(client, user.email, address=address).status_code == status


def test_an_ipv6_block_is_what_one_customer_has(client: FlaskClient, user: Any) -> None:
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
def test_an_address_belongs_to_a_block(address: str, block: str, app: Flask) -> None:
    with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
        assert throttling.address_block() == block


def test_who_waits_keeps_nobody_from_writing(
    app: Flask, client: FlaskClient, user: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_ones: list[bool] = []
    for number in range(20):
        attempt(client, user.email, address=f"10.0.{number}.1")
    # A cookie of a session that is over has the database asked first.
    with client.session_transaction() as held:
        held["_user_id"] = "over"
    monkeypatch.setattr(
        "app.accounts.throttling.time.sleep",
        lambda _: open_ones.append(db.session().in_transaction()),
    )

    attempt(client, user.email)

    assert open_ones == [False]


def test_a_thief_cannot_keep_the_owner_from_a_new_password(
    user: Any, log_in: Callable[..., FlaskClient]
) -> None:
    thief, owner = log_in(user), log_in(user)
    new = "a longer horse, a better battery"
    form = {"current": GUESS, "password": new, "confirm": new}
    for _ in range(11):
        thief.post("/auth/password", data=form)

    form["current"] = user.password
    assert owner.post("/auth/password", data=form).location == "/dashboard"


def test_another_account_at_the_same_place_is_free(
    client: FlaskClient, user: Any, make_user: Callable[..., Any]
) -> None:
    for _ in range(11):
        attempt(client, user.email)
    other = make_user()

    assert attempt(client, other.email, other.password).location == "/dashboard"


def test_log_ins_that_succeed_are_not_counted(app: Flask, user: Any) -> None:
    for _ in range(30):
        response = attempt(app.test_client(), user.email, user.password)
        assert response.location == "/dashboard"


def test_the_owner_gets_in_after_200_failures_of_strangers(
    client: FlaskClient, user: Any, waits: list[float]
) -> None:
    for number in range(200):
        answer = attempt(client, user.email, address=f"10.0.{number}.1")
        assert answer.status_code == 200

    assert attempt(client, user.email, user.password).location == "/dashboard"
    # 20 tries are free; the 180 after them waited, and the owner once.
    assert waits == [throttling.DELAY] * 181


def test_a_forged_forwarding_header_changes_nothing(
    client: FlaskClient, user: Any
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


def test_registrations_from_one_place_are_limited(client: FlaskClient) -> None:
    answers = {client.post("/auth/register").status_code for _ in range(100)}

    assert answers == {200}
    assert client.post("/auth/register").status_code == 429
    assert client.get("/auth/register").status_code == 200


def test_people_get_in_while_the_storage_is_away(
    client: FlaskClient,
    user: Any,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def away(*_: object, **__: object) -> bool:
        raise StorageError(OSError("away"))

    strategy = limiter._limiter
    monkeypatch.setattr(limiter, "_storage_dead", False)  # as it is afterwards, too
    monkeypatch.setattr(strategy, "test", away)
    monkeypatch.setattr(strategy, "hit", away)

    assert attempt(client, user.email).status_code == 200
    assert attempt(client, user.email, user.password).location == "/dashboard"
    assert "storage" in caplog.text.lower()


def test_every_spelling_of_an_address_counts_for_the_account(
    client: FlaskClient, user: Any
) -> None:
    spellings = [user.email, user.email.upper(), user.email.title()]
    answers = [attempt(client, spellings[n % 3]).status_code for n in range(11)]

    assert answers == [200] * 10 + [429]


def test_no_storage_at_all_delays_and_refuses_nobody(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Away:
        @staticmethod
        def test(*_: object) -> bool:
            raise StorageError(OSError("away"))

        hit = test

    monkeypatch.setattr(type(limiter), "limiter", Away)
    with app.test_request_context():
        throttling.wait_if_under_attack("ada@example.com")
        throttling.count_failure("ada@example.com")

    assert caplog.text.count("storage of the limits does not answer") == 2


def test_counts_are_in_memory_without_redis(app: Flask) -> None:
    assert app.config["RATELIMIT_STORAGE_URI"] == "memory://"


def test_redis_counts_where_there_is_one(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The extension has one storage for all applications of a process.
    monkeypatch.setattr(limiter, "init_app", print)

    app = make_app(REDIS_URL="redis://127.0.0.1:1/0")

    assert app.config["RATELIMIT_STORAGE_URI"] == "redis://127.0.0.1:1/0"


def test_ready_names_a_redis_that_is_away(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.core.health.database_check", lambda: None)
    app = make_app()
    app.config["REDIS_URL"] = "redis://:hunter2@127.0.0.1:1/0"
    lines = logged_by(app)

    response = app.test_client().get("/api/ready")

    assert response.status_code == 503
    assert response.get_json()["checks"] == {"redis": "down"}
    assert "redis ConnectionError" in lines.getvalue()
    assert "Traceback" not in lines.getvalue()
    assert "hunter2" not in lines.getvalue()
