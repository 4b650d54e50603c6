"""Types of problems, each with a page."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from flask.typing import ResponseReturnValue
from jinja2 import DictLoader

from app.api.requests import invalid
from app.core import problems
from tests.support.applications import MakeApp

PAGE = "{{ title }}{% for kind in kinds %} [{{ kind.name }}]{% endfor %}"
SOLD_OUT = problems.ProblemType("sold-out", 409, "Sold out", "Ask again later.")


def buy() -> ResponseReturnValue:
    problems.refuse(SOLD_OUT, "There is no blue one.", colour="blue")


def check() -> ResponseReturnValue:
    invalid([{"pointer": "#/name", "detail": "It is taken."}], 409)


@pytest.fixture
def client(make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    monkeypatch.setitem(problems.TYPES, SOLD_OUT.name, SOLD_OUT)
    app = make_app()
    app.jinja_env.loader = DictLoader({"api/problems.html": PAGE})
    app.add_url_rule("/api/buy", view_func=buy)
    app.add_url_rule("/api/check", view_func=check)
    return app.test_client()


def test_a_problem_names_its_type_and_keeps_its_members(client: FlaskClient) -> None:
    response = client.get("/api/buy")

    assert response.status_code == 409
    assert response.content_type == "application/problem+json"
    assert response.json is not None
    assert response.json == {
        "request_id": response.headers["X-Request-ID"],
        "type": "/api/v1/problems/sold-out",
        "title": "Sold out",
        "status": 409,
        "detail": "There is no blue one.",
        "colour": "blue",
    }


@pytest.mark.parametrize("path", ["/api/buy", "/api/check"])
def test_the_type_of_a_problem_is_a_page_for_everyone(
    client: FlaskClient, path: str
) -> None:
    response = client.get(path)
    assert response.json is not None
    address = response.json["type"]
    page = client.get(address)

    assert page.status_code == 200
    assert page.mimetype == "text/html"
    assert f"[{address.rpartition('/')[2]}]" in page.text


def test_a_page_lists_all_types(client: FlaskClient) -> None:
    page = client.get("/api/v1/problems").text

    for name in ("sold-out", "invalid-fields", "conflict", "outdated"):
        assert f"[{name}]" in page


def test_a_name_that_no_type_has_is_not_found(client: FlaskClient) -> None:
    response = client.get("/api/v1/problems/nothing")

    assert response.status_code == 404
    assert response.content_type == "application/problem+json"


def test_a_declared_type_has_a_page(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(problems, "TYPES", dict(problems.TYPES))
    problems.declare("lost", 410, "Lost", "It is lost.")

    assert client.get("/api/v1/problems/lost").text == "Lost [lost]"
