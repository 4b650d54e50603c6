"""The number of fields is limited in a form, and on the page that refuses it."""

from __future__ import annotations

import pytest
from flask import request
from flask.testing import FlaskClient

from tests.support.applications import MakeApp

FORM = "application/x-www-form-urlencoded"


def count_fields() -> str:
    return str(len(request.form))


@pytest.fixture
def client(make_app: MakeApp) -> FlaskClient:
    app = make_app(MAX_FORM_PARTS=3, MAX_FORM_MEMORY_SIZE=20)
    app.add_url_rule("/count", view_func=count_fields, methods=["POST"])
    return app.test_client()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("a=1&b=2&c=3", 200),
        ("a=1&b=2&c=3&d=4", 413),
        ("&&&&", 413),
        ("a=" + "x" * 18, 200),
        ("a=" + "x" * 19, 413),
        ("a=" + "%C3%BC" * 9, 200),
        ("a=" + "%C3%BC" * 10, 413),
    ],
    ids=[
        "maximum number of fields",
        "one field too many",
        "only separators",
        "maximum length",
        "too long",
        "maximum length in multi-byte characters",
        "too long in multi-byte characters",
    ],
)
def test_the_fields_of_a_form_are_counted_before_they_are_parsed(
    body: str, status: int, client: FlaskClient
) -> None:
    response = client.post("/count", data=body, content_type=FORM)

    assert response.status_code == status


def test_a_form_without_limits_is_parsed(make_app: MakeApp) -> None:
    app = make_app(MAX_FORM_PARTS=None, MAX_FORM_MEMORY_SIZE=None)
    app.add_url_rule("/count", view_func=count_fields, methods=["POST"])
    body = "&".join(f"f{number}=x" for number in range(2000))

    response = app.test_client().post("/count", data=body, content_type=FORM)

    assert response.text == "2000"
