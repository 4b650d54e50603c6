"""Versions of resources, and that no answer of the API is in a cache."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import abort
from flask import Flask
from flask import Response
from flask.testing import FlaskClient
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from app.core import etags
from app.core import transactions
from app.extensions import db
from tests.support.applications import MakeApp

WRITERS = 8


class OwnBase(DeclarativeBase):
    """The table of these tests, separate from the project's."""


class Counter(OwnBase):
    __tablename__ = "counters_for_tests"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int]


def shape(number: int) -> dict[str, int]:
    return {"number": number}


def show() -> Response:
    row = db.session.get(Counter, 1) or abort(404)
    return etags.answer(shape(row.number))


def count() -> Response:
    """Add one to the counter."""
    with transactions.commit_own_work(db.session()):
        row = db.session.get(Counter, 1, with_for_update=True) or abort(404)
        etags.check(shape(row.number))
        row.number += 1
    return etags.answer(shape(row.number))


def cached() -> Response:
    return Response("{}", headers={"Cache-Control": "public, max-age=60"})


def add_routes(app: Flask) -> None:
    app.add_url_rule("/api/counter", view_func=show)
    app.add_url_rule("/api/counter", view_func=count, methods=["POST"])
    app.add_url_rule("/api/cached", view_func=cached)
    app.add_url_rule("/page", "page", lambda: "a page")
    with app.app_context():
        OwnBase.metadata.create_all(db.engine)
        db.session.add(Counter(id=1, number=0))
        db.session.commit()


@pytest.fixture
def client(make_app: MakeApp) -> FlaskClient:
    app = make_app()
    add_routes(app)
    return app.test_client()


@pytest.fixture
def counter(app: Flask) -> Iterator[Flask]:
    """An application with a counter in a database that only this test uses."""
    add_routes(app)
    yield app
    with app.app_context():
        OwnBase.metadata.drop_all(db.engine)


def test_a_tag_changes_with_what_is_shown(client: FlaskClient) -> None:
    first, again = client.get("/api/counter"), client.get("/api/counter")
    changed = client.post("/api/counter", headers={"If-Match": first.headers["ETag"]})

    assert first.headers["ETag"] == again.headers["ETag"]
    assert first.headers["ETag"].startswith('"')
    assert changed.headers["ETag"] != first.headers["ETag"]
    assert client.get("/api/counter").headers["ETag"] == changed.headers["ETag"]


def test_what_a_client_has_already_is_not_sent_again(client: FlaskClient) -> None:
    tag = client.get("/api/counter").headers["ETag"]
    known = client.get("/api/counter", headers={"If-None-Match": tag})

    assert (known.status_code, known.data) == (304, b"")
    other = client.get("/api/counter", headers={"If-None-Match": '"other"'})
    assert other.status_code == 200


@pytest.mark.parametrize("given", ['"other"', "other", "", "W/{tag}", '"", "other"'])
def test_another_tag_changes_nothing(client: FlaskClient, given: str) -> None:
    tag = client.get("/api/counter").headers["ETag"]
    response = client.post("/api/counter", headers={"If-Match": given.format(tag=tag)})

    assert response.status_code == 412
    assert response.content_type == "application/problem+json"
    assert response.json is not None
    assert response.json["type"] == "/api/v1/problems/outdated"
    assert client.get("/api/counter").json == {"number": 0}


@pytest.mark.parametrize("given", ["{tag}", '"other", {tag}', "*"])
def test_the_same_tag_or_any_changes_it(client: FlaskClient, given: str) -> None:
    tag = client.get("/api/counter").headers["ETag"]
    headers = {"If-Match": given.format(tag=tag)}

    assert client.post("/api/counter", headers=headers).json == {"number": 1}


def test_without_a_tag_the_change_is_made(client: FlaskClient) -> None:
    assert client.post("/api/counter").json == {"number": 1}


@pytest.mark.real_database
def test_of_many_with_the_same_tag_one_succeeds(counter: Flask) -> None:
    tag = counter.test_client().get("/api/counter").headers["ETag"]
    statuses: list[int] = []
    together = threading.Barrier(WRITERS)

    def write() -> None:
        together.wait()
        response = counter.test_client().post("/api/counter", headers={"If-Match": tag})
        statuses.append(response.status_code)

    threads = [threading.Thread(target=write) for _ in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(statuses) == [200, *[412] * (WRITERS - 1)]
    assert counter.test_client().get("/api/counter").json == {"number": 1}


@pytest.mark.real_database
def test_writers_who_try_again_lose_no_update(counter: Flask) -> None:
    def write() -> None:
        client = counter.test_client()
        for _ in range(200):
            tag = client.get("/api/counter").headers["ETag"]
            answer = client.post("/api/counter", headers={"If-Match": tag})
            if answer.status_code == 200:
                return

    threads = [threading.Thread(target=write) for _ in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with counter.app_context():
        assert db.session.scalar(sa.select(Counter.number)) == WRITERS


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/api/counter", "no-store"),
        ("/api/nowhere", "no-store"),
        ("/api/cached", "public, max-age=60"),
        ("/page", None),
    ],
)
def test_no_answer_of_the_api_is_stored_unless_the_view_says_so(
    client: FlaskClient, path: str, expected: str | None
) -> None:
    assert client.get(path).headers.get("Cache-Control") == expected
