"""How the API reads bodies and queries, and what it answers to invalid ones."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from flask.typing import ResponseReturnValue
from pydantic import Field
from pydantic import ValidationError

from app.api.requests import invalid
from app.api.requests import MAX_ERRORS
from app.api.requests import MAX_LENGTH
from app.api.requests import Schema
from tests.support.applications import MakeApp

PROBLEM = "application/problem+json"


class Basket(Schema):
    price: float = 0
    counts: dict[str, list[int]] = {}


class Order(Schema):
    """A body with a required field."""

    name: str = Field(min_length=1, max_length=100)
    express: bool = False


class Range(Schema):
    """A query with limits."""

    after: int = Field(0, ge=0, le=2**31 - 1)
    limit: int = Field(50, ge=1, le=100)


def take() -> ResponseReturnValue:
    return Basket.from_body().model_dump()


def look() -> ResponseReturnValue:
    return Basket.from_query().model_dump()


def order() -> ResponseReturnValue:
    name = Order.from_body().name
    if name == "taken":
        invalid([{"pointer": "#/name", "detail": "It is taken."}], 409)
    return {"name": name}


def search() -> ResponseReturnValue:
    return Range.from_query().model_dump()


@pytest.fixture
def client(make_app: MakeApp) -> FlaskClient:
    app = make_app()
    app.add_url_rule("/api/take", view_func=take, methods=["POST"])
    app.add_url_rule("/api/look", view_func=look)
    app.add_url_rule("/api/order", view_func=order, methods=["POST"])
    app.add_url_rule("/api/search", view_func=search)
    return app.test_client()


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_number_that_json_cannot_hold_is_refused(
    number: str, client: FlaskClient
) -> None:
    body = f'{{"price": {number}}}'
    sent = client.post("/api/take", data=body, content_type="application/json")
    asked = client.get("/api/look", query_string={"price": number})

    assert (sent.status_code, asked.status_code) == (422, 422)


@pytest.mark.parametrize(
    "body",
    [
        '{"' + "k" * 100_000 + '": 1}',
        '{"counts": {"' + "k" * 100_000 + '": [' + ",".join('"' * 200) + "]}}",
        '{"counts": {"a": [' + ",".join(['"x"'] * 10_000) + "]}}",
    ],
    ids=["a long name", "a long name with many errors", "many errors"],
)
def test_error_responses_are_short_for_any_input(
    body: str, client: FlaskClient
) -> None:
    response = client.post(
        "/api/take", data=body.replace('","', '"",""'), content_type="application/json"
    )

    assert response.status_code in {400, 422}
    assert len(response.data) < 500 + MAX_ERRORS * (2 * MAX_LENGTH + 50)
    assert len(response.data) < len(body)


def test_no_error_of_a_schema_repeats_a_value() -> None:
    with pytest.raises(ValidationError) as refused:
        Basket.model_validate({"price": "hunter2"})

    assert "hunter2" not in str(refused.value)


def test_a_valid_body_is_read(client: FlaskClient) -> None:
    assert client.post("/api/order", json={"name": "tea"}).get_json() == {"name": "tea"}


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, ["#/name"]),
        ({"name": ""}, ["#/name"]),
        ({"name": None}, ["#/name"]),
        ({"name": 17}, ["#/name"]),
        ({"name": ["tea"]}, ["#/name"]),
        ({"name": "tea", "express": "yes"}, ["#/express"]),
        ({"name": "", "express": 1}, ["#/name", "#/express"]),
        ({"name": "tea", "exprses": True}, ["#/exprses"]),
        ({"name": "tea", "a/b~c": 1}, ["#/a~1b~0c"]),
    ],
)
def test_each_wrong_field_has_an_entry(
    body: dict[str, object], wrong: list[str], client: FlaskClient
) -> None:
    response = client.post("/api/order", json=body)

    assert response.status_code == 422
    assert response.content_type == PROBLEM
    assert response.json is not None
    assert [error["pointer"] for error in response.json["errors"]] == wrong
    assert all(error["detail"].endswith(".") for error in response.json["errors"])


def test_a_conflict_names_its_field(client: FlaskClient) -> None:
    response = client.post("/api/order", json={"name": "taken"})

    assert response.status_code == 409
    assert response.content_type == PROBLEM
    assert response.json is not None
    assert response.json["errors"] == [{"pointer": "#/name", "detail": "It is taken."}]


ODD = {
    "nothing": (b"", 400),
    "no JSON": (b"{", 400),
    "a list": (b'["name", "express"]', 422),
    "a text": (b'"name express"', 422),
    "a number": (b"1", 422),
    "a boolean": (b"true", 422),
    "null": (b"null", 422),
    "an empty list": (b"[]", 422),
    "half a pair": (b'{"name": "\\ud800"}', 400),
    "deep brackets": (b"[" * 100_000, 400),
    "deep and closed": (b"[" * 100_000 + b"]" * 100_000, 400),
    "deep in a field": (b'{"name": ' + b"[" * 50_000 + b"]" * 50_000 + b"}", 400),
    "NUL bytes": (b"\x00" * 100, 400),
    "no UTF-8": (b'{"name": "\xff\xfe"}', 400),
    "UTF-16": ('{"name": "tea"}'.encode("utf-16"), 400),
    "not a number": (b'{"name": NaN}', 422),
    "a huge number": (b'{"name": 1' + b"0" * 5000 + b"}", 400),
    "too large": (b'{"name": "' + b"a" * 1_100_000 + b'"}', 413),
}


@pytest.mark.parametrize(("content", "status"), ODD.values(), ids=list(ODD))
def test_a_malformed_body_is_a_client_error(
    content: bytes, status: int, client: FlaskClient
) -> None:
    response = client.post("/api/order", data=content, content_type="application/json")

    assert response.status_code == status
    assert response.content_type == PROBLEM


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "image/png", ""]
)
def test_a_body_of_another_content_type_is_refused(
    content_type: str, client: FlaskClient
) -> None:
    response = client.post(
        "/api/order", data='{"name": "tea"}', content_type=content_type
    )

    assert response.status_code == 415
    assert response.content_type == PROBLEM


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ("limit=0", ["limit"]),
        ("limit=101", ["limit"]),
        ("limit=many", ["limit"]),
        ("after=-1", ["after"]),
        (f"after={10**30}", ["after"]),
        ("page=2", ["page"]),
        ("limit=0&page=2", ["limit", "page"]),
    ],
)
def test_each_wrong_parameter_is_named(
    query: str, wrong: list[str], client: FlaskClient
) -> None:
    response = client.get(f"/api/search?{query}")

    assert response.status_code == 422
    assert response.content_type == PROBLEM
    assert response.json is not None
    assert [error["parameter"] for error in response.json["errors"]] == wrong
