"""The decorators of app/accounts/access.py, which restrict who may call a view."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask import g
from flask import redirect
from flask import Response
from flask import send_file
from flask import stream_template_string
from flask.testing import FlaskClient
from flask.typing import ResponseReturnValue

from app.accounts import sessions
from app.accounts.access import fresh_login_required
from app.accounts.access import known_account
from app.accounts.access import logged_in_account
from app.accounts.access import login_required
from app.extensions import login_manager
from tests.support.accounts import Account
from tests.support.accounts import LogIn
from tests.support.accounts import session_cookie

# Every project has this view. Under /api/, a refusal is a 401 and no redirect.
ENDPOINT, PATH = "health", "/api/health"


@pytest.fixture
def place(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that replaces the view at PATH."""

    def put(view: Callable[..., object]) -> None:
        monkeypatch.setitem(app.view_functions, ENDPOINT, view)

    return put


def email() -> str:
    return logged_in_account().email


def test_login_required_refuses_anonymous_visitors(
    client: FlaskClient, user: Account, log_in: LogIn, place: Callable[..., None]
) -> None:
    place(login_required(email))

    refused = client.get(PATH)
    assert refused.status_code == 401
    assert refused.content_type == "application/problem+json"
    assert "realm=" in refused.headers["WWW-Authenticate"]
    assert log_in(user).get(PATH).text == user.email


def test_fresh_login_required_refuses_a_log_in_that_is_not_fresh(
    client: FlaskClient, user: Account, log_in: LogIn, place: Callable[..., None]
) -> None:
    place(fresh_login_required(email))
    browser = log_in(user)

    assert client.get(PATH).status_code == 401
    assert browser.get(PATH).text == user.email
    with browser.session_transaction() as session:
        session["_fresh"] = False
    refused = browser.get(PATH)
    assert refused.status_code == 401
    cookie = session_cookie(browser)
    assert f"cookie-name={cookie}" in refused.headers["WWW-Authenticate"]


def test_an_unauthorized_handler_answers_pages_and_not_the_api(
    client: FlaskClient, place: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    place(login_required(email))
    monkeypatch.setattr(login_manager, "unauthorized_callback", None)

    @login_manager.unauthorized_handler
    def refuse() -> ResponseReturnValue:
        return "Members only.", 403

    page = client.get("/dashboard")
    assert (page.status_code, page.text) == (403, "Members only.")
    assert client.get(PATH).status_code == 401


@pytest.mark.parametrize("handler", ["unauthorized", "needs_refresh"])
def test_the_redirect_of_a_handler_is_not_changed(
    handler: str, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = "/sign-in?next=/auth/logout"
    monkeypatch.setattr(login_manager, f"{handler}_callback", lambda: redirect(target))

    with app.test_request_context("/auth/logout", method="POST"):
        response = app.make_response(getattr(login_manager, handler)())

    assert response.location == target


def test_an_application_keeps_the_attributes_of_the_log_in_manager(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chosen = {
        "login_view": "members.login",
        "login_message": "Members only.",
        "login_message_category": "warning",
        "unauthorized_callback": email,
    }
    for name, value in chosen.items():
        monkeypatch.setattr(login_manager, name, value)

    sessions.init_app(Flask("app"))

    assert {name: getattr(login_manager, name) for name in chosen} == chosen


def test_a_decorated_view_keeps_its_name() -> None:
    assert login_required(email).__name__ == "email"
    assert fresh_login_required(email).__name__ == "email"


def shown() -> ResponseReturnValue:
    """A public page with the account in its header, which caches may keep."""
    account = known_account()
    text = account.email if account else "a visitor"
    return text, {"Cache-Control": "public, max-age=60"}


def test_a_public_page_shows_the_account_and_is_then_in_no_cache(
    client: FlaskClient, user: Account, log_in: LogIn, place: Callable[..., None]
) -> None:
    place(shown)

    of_visitor, of_account = client.get(PATH), log_in(user).get(PATH)

    assert of_visitor.text == "a visitor"
    assert of_visitor.headers["Cache-Control"] == "public, max-age=60"
    assert "Cookie" not in of_visitor.headers.get("Vary", "")
    assert of_account.text == user.email
    assert {*of_account.headers["Cache-Control"].split(", ")} == {"no-store", "private"}


def streamed() -> ResponseReturnValue:
    """A public page that is rendered while it is sent."""
    page = stream_template_string("{{ known_account().email or 'a visitor' }}")
    return Response(page, headers={"Cache-Control": "public, max-age=60"})


def test_a_streamed_page_of_an_account_is_in_no_cache(
    client: FlaskClient, user: Account, log_in: LogIn, place: Callable[..., None]
) -> None:
    place(streamed)

    of_visitor = client.get(PATH, buffered=True)
    of_account = log_in(user).get(PATH, buffered=True)

    assert of_visitor.text == "a visitor"
    assert of_visitor.headers["Cache-Control"] == "public, max-age=60"
    assert of_account.text == user.email
    assert {*of_account.headers["Cache-Control"].split(", ")} == {"no-store", "private"}


def test_a_file_stays_in_caches_for_an_account(
    user: Account, log_in: LogIn, place: Callable[..., None], tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    page.write_text("for all")
    place(lambda: send_file(page, max_age=60))

    with log_in(user).get(PATH) as response:
        assert response.data == b"for all"
        assert response.headers["Cache-Control"] == "public, max-age=60"


def test_a_page_of_a_visitor_with_a_session_can_be_shared(
    client: FlaskClient, place: Callable[..., None]
) -> None:
    place(shown)
    with client.session_transaction() as session:
        session["basket"] = "full"

    page = client.get(PATH)

    assert page.text == "a visitor"
    assert page.headers["Cache-Control"] == "public, max-age=60"
    assert "Cookie" not in page.headers.get("Vary", "")


def test_a_remembered_account_is_shown(
    user: Account, log_in: LogIn, place: Callable[..., None]
) -> None:
    place(shown)
    browser = log_in(user, remember=True)
    browser.delete_cookie(session_cookie(browser))

    assert browser.get(PATH).text == user.email


def test_the_page_of_a_failure_asks_the_database_nothing(
    user: Account, log_in: LogIn, place: Callable[..., None]
) -> None:
    def failed() -> str:
        g.failure = "database"
        return str(known_account())

    place(failed)

    assert log_in(user).get(PATH).text == "None"
