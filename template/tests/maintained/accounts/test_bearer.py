"""Requests with a token: what they may do, what they cost, and what they leave."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import after_this_request
from flask import Flask
from flask import g
from flask import Response
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.accounts import api_tokens
from app.accounts import bearer
from app.accounts.access import current_user
from app.core.transactions import connections
from app.extensions import db
from app.extensions import login_manager
from app.models import ApiToken
from app.models import User
from tests.maintained.statements import statements_of
from tests.support.accounts import Account
from tests.support.accounts import LogIn
from tests.support.accounts import MakeUser
from tests.support.accounts import session_cookie
from tests.support.applications import MakeApp

pytestmark = pytest.mark.usefixtures("as_shipped")

WHO, OPEN = "/api/programs/who", "/api/programs/open"
DANGEROUS, STRICT = "/api/programs/dangerous", "/api/programs/strict"
CHANGES = ["POST", "PUT", "PATCH", "DELETE"]
INVALID = 'Bearer error="invalid_token"'

MakeToken = Callable[..., str]
Send = Callable[..., TestResponse]


@pytest.fixture(autouse=True)
def limits(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The template's limits, and one process."""
    monkeypatch.setitem(app.config, "API_TOKEN_LIMIT", "1000 per hour")
    monkeypatch.setitem(app.config, "API_NETWORK_LIMIT", "100 per 15 minutes")
    monkeypatch.setattr(app.extensions["tries"], "shares", 1)


@pytest.fixture
def make_token(app: Flask, user: Account) -> MakeToken:
    """Return a function that makes a token, of `user` by default."""

    def make(
        scopes: str = "read",
        account: Account = user,
        lifetime: timedelta | None = timedelta(days=1),
    ) -> str:
        with app.app_context():
            return api_tokens.create(account.id, "Test", scopes, lifetime)

    return make


@pytest.fixture
def send(client: FlaskClient) -> Send:
    """Return a function that sends a request with a token."""

    def ask(token: str, path: str = WHO, method: str = "GET", **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {token}"}
        return client.open(path, method=method, headers=headers, **more)

    return ask


def challenge(answer: TestResponse) -> str:
    assert answer.content_type == "application/problem+json"
    return answer.headers["WWW-Authenticate"]


def test_a_token_is_its_account(send: Send, make_token: MakeToken) -> None:
    answer = send(make_token())

    assert answer.get_json() == {"email": "ada@example.com"}
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer  "])
def test_the_scheme_is_read_in_any_case(
    scheme: str, client: FlaskClient, make_token: MakeToken
) -> None:
    headers = {"Authorization": f"{scheme} {make_token()}"}

    assert client.get(WHO, headers=headers).status_code == 200


def test_without_credentials_the_answer_names_the_scheme(client: FlaskClient) -> None:
    answer = client.get(WHO)

    assert answer.status_code == 401
    assert challenge(answer) == 'Bearer realm="api"'


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("token", ["", "x", "a b", "app_" + "0" * 36, "\xfc" * 40])
def test_a_wrong_token_is_refused(token: str, method: str, send: Send) -> None:
    answer = send(token, method=method)

    assert answer.status_code == 401
    assert challenge(answer) == INVALID


@pytest.mark.parametrize("state", ["expired", "revoked", "inactive"])
def test_a_token_that_has_ended_is_refused(
    state: str, app: Flask, send: Send, user: Account, make_token: MakeToken
) -> None:
    life = timedelta(0) if state == "expired" else None
    token = make_token("read write", lifetime=life)
    with app.app_context():
        if state == "revoked":
            api_tokens.revoke_all(user.id)
        if state == "inactive":
            db.session.execute(sa.update(User).values(is_active=False))
            db.session.commit()

    for method in ("GET", *CHANGES):
        answer = send(token, method=method)
        assert (answer.status_code, challenge(answer)) == (401, INVALID)


@pytest.mark.parametrize("method", CHANGES)
def test_a_token_that_may_read_changes_nothing(
    method: str, send: Send, make_token: MakeToken
) -> None:
    refused = send(make_token(), method=method)
    allowed = send(make_token("read write"), method=method)

    assert (refused.status_code, allowed.status_code) == (403, 200)
    assert challenge(refused).startswith('Bearer error="insufficient_scope"')


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_a_token_that_may_read_can_use_the_methods_that_read(
    method: str, send: Send, make_token: MakeToken
) -> None:
    assert send(make_token(), method=method).status_code == 200


def test_a_view_can_require_the_scope_also_for_reading(
    send: Send, make_token: MakeToken, logged_in_client: FlaskClient
) -> None:
    refused = send(make_token(), STRICT)

    assert refused.status_code == 403
    assert challenge(refused).startswith('Bearer error="insufficient_scope"')
    assert send(make_token("read write"), STRICT).status_code == 200
    assert logged_in_client.get(STRICT).status_code == 200


def test_a_token_counts_as_a_typed_password(
    app: Flask, send: Send, make_token: MakeToken, client: FlaskClient
) -> None:
    assert send(make_token("read write"), DANGEROUS, "POST").status_code == 200
    assert send(make_token("read"), DANGEROUS, "POST").status_code == 403
    assert client.post(DANGEROUS).status_code == 401


def test_a_token_needs_no_csrf_token_and_a_session_needs_it(
    app: Flask,
    send: Send,
    make_token: MakeToken,
    logged_in_client: FlaskClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)

    assert send(make_token("read write"), method="POST").status_code == 200
    assert logged_in_client.post(WHO).status_code == 400


def test_a_wrong_token_does_not_open_a_session_to_forged_requests(
    app: Flask, logged_in_client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    headers = {"Authorization": "Bearer x"}

    assert logged_in_client.post(WHO, headers=headers).status_code == 401
    seen = logged_in_client.post(OPEN, headers=headers)
    assert seen.get_json() == {"session": [], "cookies": []}


def test_the_session_is_not_used_beside_a_token(
    make_user: MakeUser, log_in: LogIn, make_token: MakeToken
) -> None:
    browser = log_in(make_user("eve@example.com"), remember=True)
    headers = {"Authorization": f"Bearer {make_token()}"}

    assert browser.get(WHO, headers=headers).get_json()["email"] == "ada@example.com"
    seen = browser.get(OPEN, headers=headers)
    assert seen.get_json() == {"session": [], "cookies": []}
    assert browser.get(WHO).get_json()["email"] == "eve@example.com"


def test_no_answer_to_a_token_sets_a_cookie(
    send: Send, make_token: MakeToken, client: FlaskClient
) -> None:
    answers = [send(make_token(), path) for path in (WHO, OPEN)]
    answers += [send("wrong", path) for path in (WHO, OPEN)]

    assert not any("Set-Cookie" in answer.headers for answer in answers)
    # The view does write into the session.
    assert session_cookie(client) in client.get(OPEN).headers["Set-Cookie"]


def test_a_token_opens_no_page(
    send: Send, make_token: MakeToken, logged_in_client: FlaskClient
) -> None:
    token = make_token("read write")

    assert send(token, "/dashboard").location.startswith("/auth/login")
    headers = {"Authorization": f"Bearer {token}"}
    assert logged_in_client.get("/dashboard", headers=headers).status_code == 200


@pytest.mark.parametrize("header", ["Basic YTpi", "Digest x", "Bearerx y", ""])
def test_other_schemes_leave_the_session_as_it_is(
    header: str, logged_in_client: FlaskClient
) -> None:
    answer = logged_in_client.get(WHO, headers={"Authorization": header})

    assert answer.status_code == 200


def test_a_loader_of_the_owner_keeps_its_tokens(
    send: Send,
    user: Account,
    make_token: MakeToken,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def load(request: Any) -> User | None:
        is_own = request.headers.get("Authorization") == "Bearer of the owner"
        return db.session.get(User, user.id) if is_own else None

    monkeypatch.setattr(login_manager, "_request_callback", load)

    assert send("of the owner", method="POST").status_code == 200
    assert send(make_token(), method="POST").status_code == 403
    assert send("of nobody").status_code == 401


def test_a_refusal_does_not_break_what_reads_the_account_afterwards(
    app: Flask, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def look(response: Response) -> Response:
        seen.append(current_user.is_authenticated)
        return response

    def view() -> str:
        after_this_request(look)
        return str(current_user.is_authenticated)

    monkeypatch.setitem(app.view_functions, "programs.open_to_all", view)

    assert send("wrong", OPEN).status_code == 401
    assert seen == [False]


def test_health_looks_no_token_up(
    app: Flask, send: Send, make_token: MakeToken
) -> None:
    token = make_token()
    with statements_of(app) as sent:
        assert send(token, "/api/health").status_code == 200

    assert sent == []


@pytest.mark.real_database
def test_a_token_costs_one_statement_and_holds_no_connection(
    app: Flask, send: Send, make_token: MakeToken, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = make_token()
    held: list[object] = []

    def view() -> str:
        email = current_user.email
        held.append(connections(db.session()))
        return email

    monkeypatch.setitem(app.view_functions, "programs.strict", view)

    with statements_of(app) as sent:
        assert send(token, STRICT).text == "ada@example.com"

    assert len(sent) == 1
    assert sent[0].startswith("SELECT")
    assert held == [[]]


def last_use(app: Flask) -> Any:
    with app.app_context():
        return db.session.scalar(sa.select(ApiToken.last_used_at))


@pytest.mark.real_database
def test_the_use_is_written_after_the_answer(
    app: Flask, send: Send, make_token: MakeToken
) -> None:
    answer = send(make_token())
    before = last_use(app)

    answer.close()

    assert before is None
    first = last_use(app)
    assert first is not None
    send(make_token()).close()
    again = send(answer.request.headers["Authorization"].partition(" ")[2])
    again.close()
    assert last_use(app) == first


@pytest.mark.real_database
def test_a_use_that_cannot_be_written_fails_no_request(
    app: Flask, send: Send, make_token: MakeToken
) -> None:
    token = make_token()
    with app.app_context(), db.session.session_factory() as other:
        other.scalar(sa.select(ApiToken).with_for_update())
        answer = send(token)
        answer.close()

    assert answer.status_code == 200
    assert last_use(app) is None


def counts(answer: TestResponse) -> tuple[str, str]:
    return answer.headers["RateLimit-Policy"], answer.headers["RateLimit"]


def test_each_answer_says_how_many_requests_are_left(
    send: Send, make_token: MakeToken
) -> None:
    first, other = make_token(), make_token()

    assert counts(send(first)) == ('"token";q=1000;w=3600', '"token";r=999;t=3600')
    # A refused change counts too, and another token has its own count.
    assert counts(send(first, method="POST"))[1].startswith('"token";r=998;')
    assert counts(send(other))[1].startswith('"token";r=999;')


def test_a_session_has_no_counts(logged_in_client: FlaskClient) -> None:
    assert "RateLimit" not in logged_in_client.get(WHO).headers


def test_a_token_above_its_limit_waits(
    app: Flask, send: Send, make_token: MakeToken, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "API_TOKEN_LIMIT", "2 per minute")
    token, other = make_token(), make_token()

    statuses = [send(token).status_code for _ in range(4)]

    assert statuses == [200, 200, 429, 429]
    refused = send(token)
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert counts(refused)[1].startswith('"token";r=0;')
    assert send(other).status_code == 200


def test_wrong_tokens_of_a_network_are_limited_and_right_ones_work(
    app: Flask, send: Send, make_token: MakeToken, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "API_NETWORK_LIMIT", "2 per minute")
    token = make_token()

    statuses = [send("wrong").status_code for _ in range(3)]

    assert statuses == [401, 401, 429]
    assert send(token).status_code == 200
    elsewhere = {"environ_base": {"REMOTE_ADDR": "198.51.100.7"}}
    assert send("wrong", **elsewhere).status_code == 401
    refused = send("wrong")
    assert counts(refused)[1].startswith('"network";r=0;')
    assert 0 < int(refused.headers["Retry-After"]) <= 60


def test_without_limits_there_are_no_counts(
    app: Flask, send: Send, make_token: MakeToken, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(app.extensions, "tries")

    answer = send(make_token())

    assert answer.status_code == 200
    assert "RateLimit" not in answer.headers
    assert send("wrong").status_code == 401


def test_the_line_of_a_request_has_the_id_and_never_the_token(
    app: Flask, send: Send, make_token: MakeToken, caplog: pytest.LogCaptureFixture
) -> None:
    token = make_token()
    with app.app_context():
        number = db.session.scalar(sa.select(ApiToken.id))
    caplog.clear()

    send(token)

    lines = [vars(record)["fields"] for record in caplog.records]
    assert [line["token"] for line in lines] == [number]
    assert token not in caplog.text + str(lines)


def test_a_token_made_with_a_token_ends_with_it(
    app: Flask, make_token: MakeToken
) -> None:
    maker = make_token("read write", lifetime=timedelta(days=2))
    endless = make_token("read write", lifetime=None)
    day, week = timedelta(days=1), timedelta(days=7)

    def limited(text: str, wanted: timedelta | None) -> timedelta | None:
        with app.test_request_context("/api/x"):
            g.bearer = api_tokens.find(text)
            return bearer.limited_lifetime(wanted)

    assert limited(maker, day) == day
    for wanted in (week, None):
        found = limited(maker, wanted)
        assert found
        assert timedelta(days=1.9) < found <= timedelta(days=2)
    assert (limited(endless, week), limited(endless, None)) == (week, None)


def test_without_a_token_a_lifetime_stays(app: Flask) -> None:
    with app.test_request_context("/api/x"):
        assert bearer.limited_lifetime(None) is None


def test_a_wrong_limit_stops_the_start(make_app: MakeApp) -> None:
    with pytest.raises(SystemExit, match="API_TOKEN_LIMIT must be a number and a time"):
        make_app(API_TOKEN_LIMIT="many")
