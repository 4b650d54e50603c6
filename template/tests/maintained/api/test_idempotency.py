"""A request that is sent twice is done once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from collections.abc import Iterator
from datetime import datetime
from datetime import UTC
from typing import Any

import pytest
import sqlalchemy as sa
from flask import abort
from flask import Flask
from flask import request
from flask.testing import FlaskClient
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column
from werkzeug.test import TestResponse

from app.core import idempotency
from app.core import transactions
from app.core.idempotency import IdempotencyKey
from app.core.idempotency import idempotent
from app.extensions import db

pytestmark = pytest.mark.real_database

PATH, OTHER = "/api/orders", "/api/other"
KEY = "5f1c2f0e-8f0b-4d5e-9a57-1f0b6a3c9f10"


class OwnBase(DeclarativeBase):
    """The table of these tests, separate from the project's."""


class Order(OwnBase):
    __tablename__ = "orders_for_tests"

    id: Mapped[int] = mapped_column(primary_key=True)
    goods: Mapped[str] = mapped_column(sa.String(50))


@idempotent
def make() -> ResponseReturnValue:
    """Make an order, or fail as its goods say."""
    goods = str(request.get_json()["goods"])
    order = Order(goods=goods)
    db.session.add(order)
    db.session.flush()
    if goods == "refused":
        abort(409)
    if goods == "broken":
        raise ZeroDivisionError
    number = order.id
    db.session.commit()
    slow.wait(goods)
    headers = {"Location": f"{PATH}/{number}", "ETag": '"1"', "X-Own": "once"}
    return {"id": number, "goods": goods}, 201, headers


class Slow:
    """Holds requests for slow goods until a test lets them go."""

    def __init__(self) -> None:
        self.reached, self.free = threading.Event(), threading.Event()

    def wait(self, goods: str) -> None:
        if goods == "slow":
            self.reached.set()
            self.free.wait(30)


slow = Slow()


@pytest.fixture
def orders(app: Flask) -> Iterator[Flask]:
    """An application with orders in a database that only this test uses."""
    slow.__init__()  # type: ignore[misc]  # as at the start
    app.add_url_rule(PATH, view_func=make, methods=["POST", "PUT"])
    app.add_url_rule(OTHER, "other", make, methods=["POST"])
    with app.app_context():
        OwnBase.metadata.create_all(db.engine)
    yield app
    with app.app_context():
        OwnBase.metadata.drop_all(db.engine)


@pytest.fixture
def client(orders: Flask) -> FlaskClient:
    return orders.test_client()


def post(
    client: FlaskClient, goods: str = "tea", key: str | None = KEY, path: str = PATH
) -> TestResponse:
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.post(path, json={"goods": goods}, headers=headers)


def made(app: Flask) -> int:
    """Return how many orders there are."""
    with app.app_context():
        return db.session.scalar(sa.select(sa.func.count(Order.id))) or 0


def at_once(*works: Callable[[], object]) -> None:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_a_repetition_gets_the_same_answer_and_makes_nothing(
    orders: Flask, client: FlaskClient
) -> None:
    first, again = post(client), post(client)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.data == first.data
    for name in ("Location", "ETag", "Content-Type"):
        assert again.headers[name] == first.headers[name]
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "X-Own" not in again.headers
    assert made(orders) == 1


def test_without_a_key_each_request_is_done(orders: Flask, client: FlaskClient) -> None:
    post(client, key=None)
    post(client, key=None)

    assert made(orders) == 2


def test_another_key_path_or_method_is_another_request(
    orders: Flask, client: FlaskClient
) -> None:
    post(client)
    post(client, key="another")
    post(client, path=OTHER)
    client.put(PATH, json={"goods": "tea"}, headers={"Idempotency-Key": KEY})

    assert made(orders) == 4


def test_another_body_with_the_same_key_is_refused(
    orders: Flask, client: FlaskClient
) -> None:
    post(client)

    for response in (post(client, "coffee"), post(client, path=f"{PATH}?a=1")):
        assert response.status_code == 422
        assert response.json is not None
        assert response.json["type"] == "/api/v1/problems/idempotency-key-reused"
    assert made(orders) == 1


def test_a_new_secret_key_makes_no_other_body(
    orders: Flask, client: FlaskClient
) -> None:
    first = post(client)
    orders.config["SECRET_KEY_FALLBACKS"] = [orders.config["SECRET_KEY"]]
    orders.config["SECRET_KEY"] = "the next key of this test, which is long enough"

    assert (again := post(client)).status_code == 201
    assert again.data == first.data


def test_the_table_tells_nobody_a_body_by_guessing(
    orders: Flask, client: FlaskClient
) -> None:
    post(client)
    with orders.app_context():
        one = db.session.scalar(sa.select(IdempotencyKey.body_hash))
        db.session.execute(sa.delete(IdempotencyKey))
        db.session.commit()
    orders.config["SECRET_KEY"] = "another key of this test, which is long enough"
    post(client)
    with orders.app_context():
        assert db.session.scalar(sa.select(IdempotencyKey.body_hash)) != one


@pytest.mark.parametrize("key", ["", "a b", "é", "k" * 256, "\t"])
def test_what_is_no_key_is_refused(
    orders: Flask, client: FlaskClient, key: str
) -> None:
    assert post(client, key=key).status_code == 400
    assert made(orders) == 0


def test_after_a_refusal_the_key_is_free_and_nothing_is_saved(
    orders: Flask, client: FlaskClient
) -> None:
    assert post(client, "refused").status_code == 409
    assert made(orders) == 0
    assert post(client, "tea").status_code == 201


def test_after_an_error_the_key_is_free_and_nothing_is_saved(
    orders: Flask, client: FlaskClient
) -> None:
    with pytest.raises(ZeroDivisionError):
        post(client, "broken")
    assert made(orders) == 0
    assert post(client, "tea").status_code == 201


def test_of_many_at_once_one_is_done_and_all_get_its_answer(orders: Flask) -> None:
    answers: list[tuple[int, bytes]] = []
    together = threading.Barrier(6)

    def send() -> None:
        together.wait()
        response = post(orders.test_client())
        answers.append((response.status_code, response.data))

    at_once(*[send] * 6)

    assert made(orders) == 1
    assert len(answers) == 6
    assert len(set(answers)) == 1
    assert answers[0][0] == 201


def send_twice(app: Flask) -> list[bytes]:
    """Send a slow request, and again while it is done; return both answers."""
    answers: list[bytes] = []

    def send() -> None:
        answers.append(post(app.test_client(), "slow").data)

    def send_again() -> None:
        slow.reached.wait(30)
        threading.Timer(0.3, slow.free.set).start()
        send()

    at_once(send, send_again)
    return answers


def test_one_that_comes_meanwhile_waits_for_the_answer(orders: Flask) -> None:
    first, again = send_twice(orders)

    assert first == again
    assert made(orders) == 1


def test_one_that_waits_holds_no_connection(
    orders: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with orders.app_context():
        pool: Any = db.engine.pool
    held, pause = [], time.sleep

    def note(seconds: float) -> None:
        held.append(pool.checkedout())
        pause(seconds)

    monkeypatch.setattr(time, "sleep", note)
    send_twice(orders)

    # The first request has one at times.
    assert min(held) == 0


def test_one_that_waits_too_long_is_told_to_come_again(
    orders: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "MAX_WAIT", 0.1)
    refused: list[TestResponse] = []

    def send_again() -> None:
        slow.reached.wait(30)
        refused.append(post(orders.test_client(), "slow"))
        slow.free.set()

    at_once(lambda: post(orders.test_client(), "slow"), send_again)

    assert refused[0].status_code == 409
    assert refused[0].headers["Retry-After"] == "5"
    assert refused[0].json is not None
    assert refused[0].json["type"] == "/api/v1/problems/idempotency-key-in-use"
    assert made(orders) == 1


def test_no_lock_is_held_while_the_first_request_works(orders: Flask) -> None:
    written: list[int] = []

    def write() -> None:
        slow.reached.wait(30)
        written.append(post(orders.test_client(), key="another").status_code)
        slow.free.set()

    at_once(lambda: post(orders.test_client(), "slow"), write)

    assert written == [201]


def test_an_answer_that_cannot_be_kept_goes_out(
    orders: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OperationalError("UPDATE", {}, Exception("away"))

    monkeypatch.setattr(idempotency, "keep", fail)
    monkeypatch.setattr(idempotency, "MAX_WAIT", 0.1)

    assert post(client).status_code == 201
    # Not done twice: whether the first one has been answered is not known.
    assert post(client).status_code == 409
    assert made(orders) == 1


def age(app: Flask, by: float = 1) -> None:
    """Make all rows older than they may be, times `by`."""
    with app.app_context():
        moment = datetime.now(UTC) - by * idempotency.KEPT
        db.session.execute(sa.update(IdempotencyKey).values(created_at=moment))
        db.session.commit()


def kept(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(sa.select(sa.func.count(IdempotencyKey.id))) or 0


def test_an_answer_is_kept_for_a_day(orders: Flask, client: FlaskClient) -> None:
    post(client)
    age(orders, 0.99)
    assert "Idempotency-Replayed" in post(client).headers

    age(orders)
    assert "Idempotency-Replayed" not in post(client, "coffee").headers
    assert (made(orders), kept(orders)) == (2, 1)


def test_a_command_deletes_what_is_older(
    orders: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "MAX_PRUNED", 2)
    for number in range(5):
        post(client, key=f"key-{number}")
    age(orders)
    post(client)
    result = orders.test_cli_runner().invoke(args=["idempotency", "prune"])

    assert result.output == "Deleted 5.\n"
    assert kept(orders) == 1


def test_a_request_deletes_it_now_and_then(orders: Flask, client: FlaskClient) -> None:
    post(client)
    age(orders)
    post(client, key="second")
    assert kept(orders) == 2

    orders.extensions["idempotency_pruned"] -= idempotency.PRUNE_EVERY
    post(client, key="third")
    assert kept(orders) == 2


def test_work_of_the_caller_is_not_committed(orders: Flask) -> None:
    def work() -> ResponseReturnValue:
        db.session.add(Order(goods="inside"))
        return {}

    with orders.test_request_context(PATH, method="POST"):
        db.session.add(Order(goods="outside"))
        db.session.flush()
        idempotency.do_once(KEY, work)
        assert transactions.has_uncommitted_work(db.session())
        db.session.rollback()

    assert (made(orders), kept(orders)) == (0, 0)
