"""Errors: pages for people, problem+json for the API, headers on both."""

from __future__ import annotations

import pytest
from flask import abort
from flask import Flask
from flask import request
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from app.extensions import db
from tests.support.applications import MakeApp

PROBLEM = "application/problem+json"
PAGE = "text/html; charset=utf-8"


@pytest.fixture
def faulty(make_app: MakeApp) -> FlaskClient:
    """A client of an application whose routes fail in different ways."""
    app = make_app(
        PROPAGATE_EXCEPTIONS=False, TRUSTED_HOSTS=["localhost", "example.com"]
    )

    for prefix in ("", "/api"):
        app.add_url_rule(f"{prefix}/crash", f"{prefix}crash", crash)
        app.add_url_rule(f"{prefix}/gone", f"{prefix}gone", lambda: abort(410))
        app.add_url_rule(f"{prefix}/post", f"{prefix}post", str, methods=["POST"])

    return app.test_client()


def read() -> bytes:
    return request.get_data()


def crash() -> str:
    raise RuntimeError("the password is hunter2")


@pytest.mark.parametrize(
    ("path", "status", "content_type"),
    [
        ("/missing", 404, PAGE),
        ("/gone", 410, PAGE),
        ("/post", 405, PAGE),
        ("/crash", 500, PAGE),
        ("/api/missing", 404, PROBLEM),
        ("/api/gone", 410, PROBLEM),
        ("/api/post", 405, PROBLEM),
        ("/api/crash", 500, PROBLEM),
    ],
)
def test_errors_are_html_for_pages_and_json_for_the_api(
    path: str, status: int, content_type: str, faulty: FlaskClient
) -> None:
    response = faulty.get(path)

    assert response.status_code == status
    assert response.content_type == content_type
    assert "hunter2" not in response.text
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_problems_have_the_members_of_rfc_9457(faulty: FlaskClient) -> None:
    response = faulty.get("/api/gone")

    assert response.get_json() == {
        "type": "about:blank",
        "title": "Gone",
        "status": 410,
        "detail": response.json["detail"] if response.json else None,
        "request_id": response.headers["X-Request-ID"],
    }


def test_a_405_lists_the_allowed_methods(faulty: FlaskClient) -> None:
    assert set(faulty.get("/api/post").headers["Allow"].split(", ")) == {
        "OPTIONS",
        "POST",
    }


@pytest.mark.parametrize(("path", "form"), [("/", PAGE), ("/api/missing", PROBLEM)])
def test_an_untrusted_host_gets_an_error_and_no_crash(
    path: str, form: str, faulty: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    response = faulty.get(path, headers={"Host": "evil.example"})

    assert response.status_code == 400
    assert response.content_type == form
    assert "failed" not in caplog.text


def test_an_error_in_the_layout_does_not_hide_the_first(
    faulty: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> str:
        raise RuntimeError("the layout is broken")

    monkeypatch.setattr("app.core.errors.render_template", fail)
    response = faulty.get("/missing")

    assert response.status_code == 404
    assert "<h1>Not Found</h1>" in response.text


@pytest.mark.real_database
@pytest.mark.parametrize("path", ["/api/health", "/api/ready"])
@pytest.mark.parametrize("host", ["localhost", "10.0.0.7:8000", "evil.example"])
def test_health_and_ready_answer_under_any_host(
    path: str, host: str, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "TRUSTED_HOSTS", ["example.com"])
    response = app.test_client().get(path, headers={"Host": host})

    assert response.status_code == 200
    assert response.get_json() == {"status": "ok"}
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("SELECT 1", {}, OSError("down")),
        TypeError("unexpected keyword argument 'ssl-mode'"),
    ],
    ids=["it is down", "the driver is given a wrong option"],
)
def test_ready_reports_that_the_database_is_down(
    error: Exception, app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Down:
        def connect(self) -> None:
            raise error

    with app.app_context():
        monkeypatch.setitem(db.engines, None, Down())

    response = client.get("/api/ready")
    health = client.get("/api/health")

    assert response.status_code == 503
    assert response.content_type == PROBLEM
    assert response.json is not None
    assert response.json["checks"] == {"database": "down"}
    assert response.headers["Retry-After"]
    assert health.status_code == 200


@pytest.mark.real_database
@pytest.mark.parametrize("path", ["/api/health", "/api/ready"])
def test_health_and_ready_answer_head(path: str, client: FlaskClient) -> None:
    response = client.head(path)

    assert (response.status_code, response.text) == (200, "")


def test_a_form_without_a_token_is_refused(make_app: MakeApp) -> None:
    app = make_app(WTF_CSRF_ENABLED=True)
    app.add_url_rule("/form", view_func=str, methods=["POST"])

    response = app.test_client().post("/form")

    assert response.status_code == 400
    assert "CSRF token is missing" in response.text


def test_a_body_above_the_limit_is_refused(make_app: MakeApp) -> None:
    app = make_app(MAX_CONTENT_LENGTH=10)
    app.add_url_rule("/read", view_func=read, methods=["POST"])
    client = app.test_client()

    assert client.post("/read", data="0123456789").text == "0123456789"
    assert client.post("/read", data="0123456789+").status_code == 413
