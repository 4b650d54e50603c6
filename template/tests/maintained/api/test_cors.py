"""Which other sites may call the API from a browser."""

from __future__ import annotations

import pytest
from flask import abort
from flask import Flask
from werkzeug.test import TestResponse

from app.core.rules import SettingsError
from tests.support.applications import MakeApp

ORIGIN, OTHER = "https://app.example.com", "https://other.example.com"
ALLOWED = "Access-Control-Allow-Origin"
CREDENTIALS = "Access-Control-Allow-Credentials"


def refuse() -> None:
    """Answer as a view that asks for credentials."""
    abort(401)


def with_routes(app: Flask) -> Flask:
    app.add_url_rule("/api/thing", "thing", dict, methods=["GET", "PATCH"])
    app.add_url_rule("/api/broken", "broken", lambda: abort(409))
    app.add_url_rule("/page", "page", lambda: "a page")
    return app


@pytest.fixture
def app(make_app: MakeApp) -> Flask:
    """An application that lets the pages of one site call it."""
    return with_routes(make_app(CORS_ORIGINS=[ORIGIN]))


def preflight(
    app: Flask, path: str = "/api/thing", origin: str = ORIGIN
) -> TestResponse:
    headers = {"Origin": origin, "Access-Control-Request-Method": "PATCH"}
    return app.test_client().options(path, headers=headers)


def get(
    app: Flask, path: str = "/api/thing", origin: str | None = ORIGIN
) -> TestResponse:
    return app.test_client().get(path, headers={"Origin": origin} if origin else {})


def names(response: TestResponse, header: str) -> set[str]:
    return {name.strip() for name in response.headers.get(header, "").split(",")}


def test_no_other_site_is_allowed_by_default(make_app: MakeApp) -> None:
    app = with_routes(make_app())

    for response in (get(app), preflight(app)):
        assert not [name for name in response.headers if "Access" in name]
        assert "Origin" not in names(response, "Vary")


def test_a_page_of_a_listed_site_may_read_an_answer(app: Flask) -> None:
    response = get(app)

    assert response.headers[ALLOWED] == ORIGIN
    assert {"ETag", "Link", "Location"} <= names(
        response, "Access-Control-Expose-Headers"
    )
    assert CREDENTIALS not in response.headers


@pytest.mark.parametrize("path", ["/api/broken", "/api/nowhere"])
def test_it_may_read_an_error_too(app: Flask, path: str) -> None:
    assert get(app, path).headers[ALLOWED] == ORIGIN


@pytest.mark.parametrize(
    "origin",
    [OTHER, f"{ORIGIN}.evil.example", "http://app.example.com", "null", "*", None],
)
def test_no_page_of_another_site_may(app: Flask, origin: str | None) -> None:
    response = get(app, origin=origin)

    assert ALLOWED not in response.headers
    # Without an Origin too, because a cache may have that answer.
    assert "Origin" in names(response, "Vary")


def test_a_preflight_is_answered_before_credentials_are_asked_for(app: Flask) -> None:
    app.before_request(refuse)
    response = preflight(app)

    assert (response.status_code, response.data) == (204, b"")
    assert response.headers[ALLOWED] == ORIGIN
    assert {"GET", "PATCH"} <= names(response, "Access-Control-Allow-Methods")
    assert {"Authorization", "Idempotency-Key", "If-Match"} <= names(
        response, "Access-Control-Allow-Headers"
    )
    assert "Origin" in names(response, "Vary")


def test_a_preflight_of_another_site_allows_nothing(app: Flask) -> None:
    response = preflight(app, origin=OTHER)

    assert not [name for name in response.headers if "Access" in name]


@pytest.mark.parametrize("path", ["/page", "/"])
def test_pages_outside_of_the_api_are_for_this_site(app: Flask, path: str) -> None:
    for response in (get(app, path), preflight(app, path)):
        assert ALLOWED not in response.headers


def test_cookies_are_allowed_only_if_the_setting_says_so(make_app: MakeApp) -> None:
    app = with_routes(make_app(CORS_ORIGINS=[ORIGIN], CORS_CREDENTIALS=True))

    assert get(app).headers[CREDENTIALS] == "true"
    asked = preflight(app)
    assert asked.headers[CREDENTIALS] == "true"
    assert "X-CSRFToken" in names(asked, "Access-Control-Allow-Headers")
    assert CREDENTIALS not in get(app, origin=OTHER).headers


@pytest.mark.parametrize(
    "origin",
    [
        *(
            "*",
            "null",
            "app.example.com",
            "https://app.example.com/",
            "ftp://a.example",
        ),
        *("https://*.example.com", "https://App.example.com", "https://a.example:443"),
        *("http://a.example:80", "https://a.example/path", "https://a b.example", 5),
    ],
)
def test_what_is_no_origin_stops_the_start(make_app: MakeApp, origin: object) -> None:
    with pytest.raises(SettingsError, match=r"CORS_ORIGINS has .* name each site"):
        make_app(CORS_ORIGINS=[origin])


@pytest.mark.parametrize(
    "origin", ["http://localhost:3000", "https://[::1]:8443", "http://127.0.0.1:5173"]
)
def test_an_origin_may_have_a_port(make_app: MakeApp, origin: str) -> None:
    app = with_routes(make_app(CORS_ORIGINS=[origin]))

    assert get(app, origin=origin).headers[ALLOWED] == origin
