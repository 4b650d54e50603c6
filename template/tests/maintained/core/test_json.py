"""Responses are valid JSON, and times in them are ISO 8601 with a time zone."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from datetime import datetime
from datetime import timedelta
from datetime import timezone
from datetime import UTC
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from flask import jsonify
from flask import render_template_string
from flask import request
from flask.json.provider import DefaultJSONProvider
from flask.testing import FlaskClient

from app.core import bodies
from app.core.bodies import JSONProvider
from app.core.errors import problem
from tests.support.applications import MakeApp

EAST = timezone(timedelta(hours=5, minutes=30))

ENCODED = {
    "UTC": (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "2026-01-02T03:04:05Z"),
    "a zone": (
        datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=EAST),
        "2026-01-02T03:04:05.000006+05:30",
    ),
    "no zone": (datetime(2026, 1, 2, 3, 4, 5), "2026-01-02T03:04:05Z"),  # noqa: DTZ001
    "a date": (date(2026, 1, 2), "2026-01-02"),
    "a decimal": (Decimal("1.50"), "1.50"),
    "a UUID": (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
}
WAYS: dict[str, Callable[[object], object]] = {
    "jsonify": lambda value: jsonify(value=value),
    "a dict": lambda value: {"value": value},
    "a problem": lambda value: problem(409, "Conflict", None, value=value),
    "a template": lambda value: render_template_string(
        "{{ {'value': value} | tojson }}", value=value
    ),
}


@pytest.fixture
def answer(make_app: MakeApp) -> Callable[..., FlaskClient]:
    """Return a function that returns a client of an application with one view."""

    def answer_with(view: Callable[[], object]) -> FlaskClient:
        app = make_app(PROPAGATE_EXCEPTIONS=False)
        app.json = JSONProvider(app)
        app.add_url_rule("/api/x", "x", view, methods=["GET", "POST"])  # type: ignore[arg-type]  # any view
        return app.test_client()

    return answer_with


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize(("value", "text"), ENCODED.values(), ids=ENCODED)
def test_values_are_serialised_alike_in_every_kind_of_response(
    value: object,
    text: str,
    way: Callable[[object], object],
    answer: Callable[..., FlaskClient],
) -> None:
    response = answer(lambda: way(value)).get("/api/x")

    assert json.loads(response.text)["value"] == text


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_number_that_json_cannot_hold_is_an_error_and_no_answer(
    number: float,
    way: Callable[[object], object],
    answer: Callable[..., FlaskClient],
    caplog: pytest.LogCaptureFixture,
) -> None:
    response = answer(lambda: way(number)).get("/api/x")

    assert response.status_code == 500
    assert "not JSON compliant" in caplog.text


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "[1e999]"])
def test_nan_and_infinity_in_a_json_body_are_refused(
    number: str, answer: Callable[..., FlaskClient]
) -> None:
    client = answer(lambda: {"given": request.get_json()})

    read = client.post("/api/x", data="[1.5]", content_type="application/json")
    refused = client.post("/api/x", data=number, content_type="application/json")

    assert read.get_json() == {"given": [1.5]}
    assert refused.status_code == 400


def test_a_custom_json_provider_reads_and_writes(
    make_app: MakeApp,
) -> None:
    class Own(DefaultJSONProvider):
        def loads(self, s: str | bytes, **kwargs: Any) -> Any:
            return "read"

        def dumps(self, obj: Any, **kwargs: Any) -> str:
            return "written"

    app = make_app()
    app.json = Own(app)
    bodies.init_app(app)
    app.add_url_rule("/x", "x", lambda: [request.get_json()], methods=["POST"])
    given = []
    app.before_request(lambda: given.append(request.get_json()))

    response = app.test_client().post("/x", data="1", content_type="application/json")

    assert given == ["read"]
    assert response.text == "written\n"
