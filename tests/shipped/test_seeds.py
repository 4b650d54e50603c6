"""`flask seed` of a new project. tests/test_projects.py copies this module."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app import seeds
from app.extensions import db
from app.models import User


def test_the_example_content_is_made_once(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "APP_CONFIG", "development")

    for _ in range(2):
        result = app.test_cli_runner().invoke(args=["seed"])
        assert result.exit_code == 0, result.output

    with app.app_context():
        emails = sorted(db.session.scalars(sa.select(User.email)))
    assert emails == ["ada@example.com", "admin@example.com"]


def test_the_printed_password_logs_in(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        seeds.make_account("ada@example.com")

    form = {"email": "ada@example.com", "password": seeds.PASSWORD}
    assert client.post("/auth/login", data=form).location == "/dashboard"
