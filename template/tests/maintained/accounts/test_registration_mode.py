"""REGISTRATION: who may make an account."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.accounts import registration_mode
from app.extensions import db
from app.models import User
from tests.support.accounts import PASSWORD

pytestmark = pytest.mark.usefixtures("as_shipped")

FORM = {"email": "new@example.com", "password": PASSWORD, "confirm": PASSWORD}


def accounts(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(sa.select(sa.func.count(User.id))) or 0


def test_everyone_may_register_by_default(app: Flask, client: FlaskClient) -> None:
    client.post("/auth/register", data=FORM)

    assert accounts(app) == 1


@pytest.mark.parametrize(
    ("mode", "reason"), [("invite", "needs an invitation"), ("closed", "is closed")]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_registration_that_is_not_open_is_403_with_the_reason(
    method: str,
    mode: str,
    reason: str,
    app: Flask,
    client: FlaskClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(app.config, "REGISTRATION", mode)

    response = client.open("/auth/register", method=method, data=FORM)

    assert response.status_code == 403
    assert reason in response.text
    assert accounts(app) == 0


def test_other_pages_are_open_without_registration(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "REGISTRATION", "closed")

    assert client.get("/auth/login").status_code == 200


def test_a_view_of_another_name_can_ask(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sign_up() -> str:
        registration_mode.require_open()
        return "Welcome."

    monkeypatch.setitem(app.view_functions, "health", sign_up)
    assert client.get("/api/health").text == "Welcome."

    monkeypatch.setitem(app.config, "REGISTRATION", "invite")
    assert client.get("/api/health").status_code == 403
