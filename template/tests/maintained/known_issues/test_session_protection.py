"""Session protection: which clients count as another one, and what they lose."""

from __future__ import annotations

import flask_login
import pytest
from flask import Flask
from flask.testing import FlaskClient

import config
from app.accounts import session_protection
from app.accounts.session_protection import identifier
from app.core.rules import SettingsError
from app.extensions import login_manager
from tests.support.accounts import Account
from tests.support.accounts import LogIn
from tests.support.accounts import remember_cookie
from tests.support.accounts import session_cookie
from tests.support.applications import MakeApp

ELSEWHERE = "198.51.100.9"


def is_in(browser: FlaskClient, address: str = "127.0.0.1", **headers: str) -> bool:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    place = {"REMOTE_ADDR": address}
    response = browser.get("/dashboard", environ_base=place, headers=named)
    return response.status_code == 200


def is_fresh(browser: FlaskClient) -> bool:
    with browser.session_transaction() as held:
        return held.get("_fresh") is True


@pytest.mark.parametrize("header", ["192.0.2.7", f"{ELSEWHERE}, 192.0.2.7"])
def test_a_log_in_stays_fresh_on_the_same_client(
    header: str, logged_in_client: FlaskClient
) -> None:
    assert is_in(logged_in_client)
    assert is_in(logged_in_client, X_Forwarded_For=header)

    assert is_fresh(logged_in_client)


@pytest.mark.parametrize(
    ("address", "browser"),
    [(ELSEWHERE, None), ("2001:db8::1", None), ("127.0.0.1", "Another/1.0")],
)
def test_another_client_ends_freshness_but_not_the_session(
    address: str, browser: str | None, logged_in_client: FlaskClient
) -> None:
    headers = {"User_Agent": browser} if browser else {}

    assert is_in(logged_in_client, address, **headers)
    assert not is_fresh(logged_in_client)
    assert is_in(logged_in_client)


def test_a_thief_who_forges_the_address_is_another_client(
    logged_in_client: FlaskClient,
) -> None:
    is_in(logged_in_client, ELSEWHERE, X_Forwarded_For="127.0.0.1")

    assert not is_fresh(logged_in_client)


def seen(app: Flask, address: str, forwarded: str) -> str:
    app.add_url_rule("/place", view_func=identifier)
    headers = {"X-Forwarded-For": forwarded}
    place = {"REMOTE_ADDR": address}
    return app.test_client().get("/place", environ_base=place, headers=headers).text


def test_behind_a_proxy_a_client_has_the_address_that_the_proxy_saw(
    make_app: MakeApp,
) -> None:
    direct = seen(make_app(), "192.0.2.1", "203.0.113.5")

    for proxy in ("10.0.0.1", "10.0.0.2"):
        behind = seen(make_app(PROXY_HOPS=1), proxy, "203.0.113.9, 192.0.2.1")
        assert behind == direct


@pytest.mark.parametrize("address", ["192.0.2.1", "[2001:db8::1]"])
def test_a_client_is_the_same_on_each_connection(
    address: str, make_app: MakeApp
) -> None:
    # Some proxies write the address in this form.
    first, second = (
        seen(make_app(PROXY_HOPS=1), "10.0.0.1", f"{address}:{port}")
        for port in (4711, 4712)
    )

    assert first == second


def test_a_remembered_log_in_survives_another_address(
    user: Account, log_in: LogIn
) -> None:
    browser = log_in(user, remember=True)
    browser.delete_cookie(session_cookie(browser))

    # Strong protection would end the session at the second request.
    assert is_in(browser, ELSEWHERE)
    assert is_in(browser, "203.0.113.5")
    assert browser.get_cookie(remember_cookie(browser))


@pytest.mark.parametrize("wrong", ["strong", "Basic", "", "None", True, ["basic"]])
def test_any_other_mode_is_refused_with_the_reason(
    wrong: object, make_app: MakeApp
) -> None:
    with pytest.raises(SettingsError, match="Keep me logged in") as stopped:
        make_app(SESSION_PROTECTION=wrong)

    line = str(stopped.value)
    assert line.startswith('SESSION_PROTECTION must be "basic"')
    assert "flask-login#685" in line
    assert "\n" not in line


def test_none_switches_session_protection_off(make_app: MakeApp) -> None:
    assert make_app(SESSION_PROTECTION=None).config.get("SESSION_PROTECTION") is None


def test_an_attribute_that_changes_after_the_start_is_not_used(
    user: Account, log_in: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(login_manager, "session_protection", "strong")
    browser = log_in(user)

    assert is_in(browser, ELSEWHERE)


@pytest.mark.parametrize("setting", ["basic", None])
def test_an_attribute_of_app_extensions_wins_over_config(
    setting: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = Flask("app")
    app.config["SESSION_PROTECTION"] = setting

    monkeypatch.setattr(login_manager, "session_protection", None)
    session_protection.init_app(app)
    assert app.config.get("SESSION_PROTECTION", "unset") is None

    monkeypatch.setattr(login_manager, "session_protection", "strong")
    with pytest.raises(SettingsError, match=r"^login_manager\.session_protection must"):
        session_protection.init_app(app)


def test_session_protection_is_basic_by_default(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(config.Config, "SESSION_PROTECTION", raising=False)

    assert make_app().config.get("SESSION_PROTECTION") == "basic"


def test_flask_login_still_has_the_private_attribute() -> None:
    # If this fails, Flask-Login has renamed the attribute: change
    # app/accounts/session_protection.py, or remove it if 0.7 reads no header any more.
    assert hasattr(flask_login.LoginManager(), "_session_identifier_generator")
    assert login_manager._session_identifier_generator is identifier
