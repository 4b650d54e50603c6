"""`flask seed` of a new project. tests/test_projects.py copies this module."""

from __future__ import annotations

import inspect
import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

from app import seeds
from app.extensions import db
from app.models import User


class OwnBase(DeclarativeBase):
    """Not that of the project, whose tables have migrations."""


class Note(OwnBase):
    __tablename__ = "own_notes"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]


def test_the_example_content_is_made_once(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "APP_CONFIG", "development")
    monkeypatch.setitem(app.config, "PASSWORD_MIN_LENGTH", 64)  # the highest

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


def test_the_commented_example_adds_its_rows_once(app: Flask) -> None:
    comment = re.findall(r"(?m)^    #     (.*)$", inspect.getsource(seeds))
    # A generator, as in make_content().
    lines = ["def example():", *(f"    {line}" for line in comment)]
    names: dict[str, Any] = {"db": db, "sa": sa, "Note": Note}
    names["make_note"] = lambda title: Note(title=title)
    exec("\n".join(lines), names)  # noqa: S102

    with app.app_context():
        OwnBase.metadata.create_all(db.session.connection())
        assert [list(names["example"]()) for _ in range(2)] == [["30 notes"], []]
        assert db.session.scalar(sa.select(sa.func.count(Note.id))) == 30
