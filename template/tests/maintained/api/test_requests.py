"""How the API reads a body: refusals are short, and NaN is refused."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from flask.typing import ResponseReturnValue
from pydantic import ValidationError

from app.api.requests import MAX_ERRORS
from app.api.requests import MAX_LENGTH
from app.api.requests import Schema
from tests.support.applications import MakeApp


class Basket(Schema):
    price: float = 0
    counts: dict[str, list[int]] = {}


def take() -> ResponseReturnValue:
    return Basket.from_body().model_dump()


def look() -> ResponseReturnValue:
    return Basket.from_query().model_dump()


@pytest.fixture
def client(make_app: MakeApp) -> FlaskClient:
    app = make_app()
    app.add_url_rule("/api/take", view_func=take, methods=["POST"])
    app.add_url_rule("/api/look", view_func=look)
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
