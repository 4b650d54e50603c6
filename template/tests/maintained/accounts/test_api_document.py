"""What accounts add to the document of the API, for routes of these tests only."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask.typing import ResponseReturnValue
from jinja2 import DictLoader

from app.core.operations import operation
from tests.support.applications import MakeApp

DOCUMENT = "/api/v7/openapi.json"
PAGE = "/api/v7/docs"


@operation()
def look() -> ResponseReturnValue:
    """Look at it."""
    return ""


@operation(secured=False)
def ask() -> ResponseReturnValue:
    """Ask without a log-in."""
    return ""


def add_routes(app: Flask) -> None:
    app.jinja_env.loader = DictLoader({"api/docs.html": "page"})
    app.add_url_rule("/api/v7/look", view_func=look, methods=["GET", "POST"])
    app.add_url_rule("/api/v7/ask", view_func=ask)


@pytest.fixture
def paths(make_app: MakeApp) -> dict[str, Any]:
    app = make_app(API_DOCS="public")
    add_routes(app)
    document = app.test_client().get(DOCUMENT).get_json()
    schemes = document["components"]["securitySchemes"]
    assert schemes["session"]["name"] == app.config["SESSION_COOKIE_NAME"]
    found: dict[str, Any] = document["paths"]
    return found


def test_a_view_takes_a_token_or_a_session(paths: dict[str, Any]) -> None:
    found = paths["/look"]["get"]

    assert found["security"] == [{"token": []}, {"session": []}]
    assert {"401"} <= set(found["responses"])


def test_a_change_with_a_session_needs_its_token(paths: dict[str, Any]) -> None:
    found = paths["/look"]["post"]

    assert found["security"] == [{"token": []}, {"session": [], "csrf": []}]
    assert {"400", "401", "403"} <= set(found["responses"])


def test_without_a_header_for_its_token_a_session_changes_nothing(
    make_app: MakeApp,
) -> None:
    app = make_app(API_DOCS="public", WTF_CSRF_HEADERS=[])
    add_routes(app)

    found = app.test_client().get(DOCUMENT).get_json()

    assert "csrf" not in found["components"]["securitySchemes"]
    assert found["paths"]["/look"]["post"]["security"] == [{"token": []}]


def test_a_view_without_credentials_says_so(paths: dict[str, Any]) -> None:
    found = paths["/ask"]["get"]

    assert "security" not in found
    assert "401" not in found["responses"]


@pytest.mark.parametrize("docs", ["public", "accounts"])
def test_a_visitor_reads_a_public_document_only(docs: str, make_app: MakeApp) -> None:
    app = make_app(API_DOCS=docs)
    add_routes(app)
    client = app.test_client()
    shown, page = client.get(DOCUMENT), client.get(PAGE)

    if docs == "public":
        assert (shown.status_code, page.status_code) == (200, 200)
        return
    assert shown.status_code == 401
    assert "WWW-Authenticate" in shown.headers
    assert page.status_code == 302
    assert page.location.endswith("next=%2Fapi%2Fv7%2Fdocs")


def test_an_account_reads_a_document_for_accounts(
    app: Flask, logged_in_client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "API_DOCS", "accounts")

    # It has no route of version 7: only who may read it learns that.
    assert logged_in_client.get(DOCUMENT).status_code == 404
    assert logged_in_client.get(PAGE).status_code == 404
    assert app.test_client().get(DOCUMENT).status_code == 401
