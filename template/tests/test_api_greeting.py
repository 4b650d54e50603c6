"""The JSON API: its example, and how it refuses."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient


def test_the_example_answers_in_json(client: FlaskClient) -> None:
    response = client.get("/api/v1/greeting?name=Ada")

    assert response.status_code == 200
    assert response.get_json() == {"text": "Hello, Ada!"}


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ("", ["name"]),
        ("?name=", ["name"]),
        (f"?name={'x' * 101}", ["name"]),
        ("?name=Ada&nmae=Ada", ["nmae"]),
        ("?nmae=Ada", ["name", "nmae"]),
    ],
)
def test_each_wrong_parameter_is_named(
    query: str, wrong: list[str], client: FlaskClient
) -> None:
    response = client.get(f"/api/v1/greeting{query}")

    assert response.status_code == 422
    assert response.content_type == "application/problem+json"
    assert response.json is not None
    assert [error["parameter"] for error in response.json["errors"]] == wrong


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/api/v1/nowhere", 404), ("DELETE", "/api/v1/greeting", 405)],
)
def test_errors_are_problems(
    method: str, path: str, status: int, client: FlaskClient
) -> None:
    response = client.open(path, method=method)

    assert response.status_code == status
    assert response.content_type == "application/problem+json"
