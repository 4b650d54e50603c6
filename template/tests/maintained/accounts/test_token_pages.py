"""A token in an address is in no log, no cache, and in no Referer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import abort
from flask import Flask
from flask import g
from flask import render_template_string
from flask.testing import FlaskClient

from app.accounts import invitations
from app.accounts import tokens
from app.accounts.token_pages import token_page
from tests.support.accounts import PASSWORD
from tests.support.applications import log_from_now_on
from tests.support.applications import MakeApp

SECRET = "4a8c-secret"
SITE = "https://www.example.com"


@token_page
def shown(token: str, number: int = 0) -> str:
    if token == "fails":
        raise ZeroDivisionError
    if token == "gone":
        abort(410)
    return render_template_string("{{ canonical_url() }} {{ csrf_token() }}")


def site(make_app: MakeApp) -> Flask:
    app = make_app(
        SITE_URL=SITE, WTF_CSRF_ENABLED=True, TRUSTED_HOSTS=["localhost"], LOG_JSON=True
    )
    for rule in ("/links/<token>", "/of/<int:number>/<token>/end"):
        app.add_url_rule(rule, rule, shown, methods=["GET", "POST"])
    app.add_url_rule("/plain/<token>", "plain", lambda token: token)
    return app


@pytest.mark.parametrize(
    ("method", "path", "status", "line"),
    [
        ("GET", f"/links/{SECRET}", 200, "/links/<token>"),
        ("GET", f"/of/7/{SECRET}/end", 200, "/of/7/<token>"),
        # Refused before any view.
        ("POST", f"/links/{SECRET}", 400, "/links/<token>"),
        ("DELETE", f"/links/{SECRET}", 405, "/links/<token>"),
        ("GET", f"/links/{SECRET}/", 404, "/links/<token>"),
        ("GET", f"/links%2F{SECRET}", 200, "/links/<token>"),
        ("GET", "/links/gone", 410, "/links/<token>"),
        ("GET", f"/plain/{SECRET}", 200, f"/plain/{SECRET}"),
        ("GET", "/linkss/x", 404, "/linkss/x"),
    ],
)
def test_the_log_has_no_token(
    method: str, path: str, status: int, line: str, make_app: MakeApp
) -> None:
    app = site(make_app)
    lines = log_from_now_on()

    response = app.test_client().open(path, method=method)

    assert response.status_code == status
    assert f'"path":"{line}"' in lines.getvalue()
    assert SECRET not in lines.getvalue().replace(line, "")


def test_the_log_of_a_path_with_more_slashes_has_no_token(make_app: MakeApp) -> None:
    app = site(make_app)
    lines = log_from_now_on()

    response = app.test_client().get(f"/links///{SECRET}")

    # By the version of Werkzeug.
    assert response.status_code in {308, 404}
    assert '"path":"/links/<token>"' in lines.getvalue()
    assert SECRET not in lines.getvalue()


def test_the_log_of_a_host_that_is_refused_has_no_token(make_app: MakeApp) -> None:
    app = site(make_app)
    lines = log_from_now_on()

    refused = app.test_client().get(f"/links/{SECRET}", base_url="http://elsewhere")

    assert refused.status_code == 400
    assert SECRET not in lines.getvalue()


def test_the_log_of_an_unexpected_error_has_no_token(make_app: MakeApp) -> None:
    app = site(make_app)
    lines = log_from_now_on()
    app.config["PROPAGATE_EXCEPTIONS"] = False

    assert app.test_client().get("/links/fails").status_code == 500
    assert "Exception on /links/<token> [GET]" in lines.getvalue()
    assert "ZeroDivisionError" in lines.getvalue()
    assert "/links/fails" not in lines.getvalue()


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_no_cache_no_search_engine_and_no_other_site_gets_the_address(
    method: str, make_app: MakeApp
) -> None:
    app = site(make_app)
    headers = app.test_client().open(f"/links/{SECRET}", method=method).headers

    assert "no-store" in headers["Cache-Control"]
    assert headers.getlist("Referrer-Policy") == ["strict-origin"]
    assert headers["X-Robots-Tag"] == "noindex"


def test_other_pages_keep_their_headers(make_app: MakeApp) -> None:
    app = site(make_app)
    headers = app.test_client().get(f"/plain/{SECRET}").headers

    assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert "X-Robots-Tag" not in headers
    assert "Cache-Control" not in headers


def test_a_page_with_a_token_has_no_canonical_address(make_app: MakeApp) -> None:
    app = site(make_app)
    page = app.test_client().get(f"/links/{SECRET}").text

    assert page.startswith("None ")


def test_a_form_on_such_a_page_is_accepted_over_https(make_app: MakeApp) -> None:
    app = site(make_app)
    """By the Referer that a browser sends for "strict-origin"."""
    browser = app.test_client()
    token = browser.get(f"{SITE}/links/{SECRET}", base_url="https://localhost")
    form = {"csrf_token": token.text.split()[1]}

    sent = browser.post(
        f"/links/{SECRET}",
        data=form,
        base_url="https://localhost",
        headers={"Referer": "https://localhost/"},
    )

    assert sent.status_code == 200


def test_a_marked_view_needs_a_token_in_its_rule(make_app: MakeApp) -> None:
    app = make_app()
    app.add_url_rule("/links/<number>", "links", token_page(lambda number: number))

    with pytest.raises(RuntimeError, match="must have <token>"):
        app.test_client().get("/")


@pytest.fixture
def send(
    app: Flask, monkeypatch: pytest.MonkeyPatch, as_shipped: None
) -> Callable[..., int]:
    """Return a function that accepts an invitation, and returns the status.

    Three wrong ones from a network are allowed.
    """
    monkeypatch.setitem(app.config, "LOGIN_NETWORK_LIMIT", "3 per hour")
    monkeypatch.setattr(app.extensions["tries"], "shares", 1)

    def post(token: str = SECRET, address: str = "192.0.2.1") -> int:
        answer = app.test_client().post(
            f"/auth/invitation/{token}",
            data={"password": PASSWORD},
            environ_base={"REMOTE_ADDR": address},
        )
        return answer.status_code

    return post


def invitation(app: Flask, email: str) -> str:
    with app.app_context():
        return tokens.create(invitations.PURPOSE, email, timedelta(hours=1))


def test_wrong_tokens_of_a_network_are_limited(
    app: Flask, client: FlaskClient, send: Callable[..., int]
) -> None:
    good = invitation(app, "ada@example.com")

    assert [send() for _ in range(5)] == [404] * 3 + [429] * 2
    assert send(good) == 429
    assert send(address="192.0.3.1") == 404
    # Who has an old link may log in.
    guess = {"email": "ada@example.com", "password": "a guess"}
    there = {"REMOTE_ADDR": "192.0.2.1"}
    logs_in = client.post("/auth/login", data=guess, environ_base=there)
    assert logs_in.status_code == 200


def test_valid_tokens_are_not_limited(app: Flask, send: Callable[..., int]) -> None:
    good = [invitation(app, f"person-{number}@example.com") for number in range(5)]

    assert [send(token) for token in good] == [302] * 5


def test_a_purpose_that_does_not_fit_is_no_failure_if_the_next_one_does(
    app: Flask,
) -> None:
    token = invitation(app, "ada@example.com")

    with app.test_request_context():
        assert tokens.find("reset", token) is None
        assert g.token_failed
        assert tokens.find(invitations.PURPOSE, token)
        assert not g.token_failed
