"""Each setting of Flask, Flask-SQLAlchemy and the project works or stops the start."""

from __future__ import annotations

import inspect
import re

import flask_sqlalchemy.extension
import pytest
from flask import Flask
from flask import render_template_string
from flask import session

from app.core.rules import SettingsError
from app.core.settings import settings_table
from tests.support.applications import MakeApp

OF_SQLALCHEMY = re.findall(
    r'"(SQLALCHEMY_[A-Z_]+)"', inspect.getsource(flask_sqlalchemy.extension)
)
NAMES = sorted({*Flask.default_config, *OF_SQLALCHEMY, *settings_table()})
WRONG = {
    "text": "no such\r\nvalue",
    "empty": "",
    "none": None,
    "negative": -1,
    "huge": 10**30,
    "list": ["a", 5],
}
FORM = "<form method=post>{{ csrf_token() }}</form>"


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("name", NAMES)
def test_a_wrong_value_is_refused_or_does_no_harm(
    name: str, wrong: object, make_app: MakeApp
) -> None:
    try:
        app = make_app(**{name: wrong})
    except SettingsError as refused:
        lines = str(refused).splitlines()
        assert len(lines) == 1
        assert re.match(rf"\w* ?{name}\b|TEST_DATABASE_URL\b|SQLALCHEMY_", lines[0])
        return

    app.add_url_rule("/a-form", view_func=form)
    # Otherwise an exception would propagate to this test.
    app.config["PROPAGATE_EXCEPTIONS"] = False
    client = app.test_client()
    # If the value is a trusted host, all other hosts are refused.
    for path in ("/a-form", "/api/health", "/static/css/style.css"):
        for _ in range(2):  # the second time with a session
            with client.get(path) as response:
                assert response.status_code in {200, 400, 404}


def form() -> str:
    session["seen"] = True
    session.permanent = True
    return render_template_string(FORM)
