"""The rules of AGENTS.md, and the errors of docs/first-page.md."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import current_app
from flask import Flask
from flask import url_for
from werkzeug.routing import BuildError

from app.extensions import db
from config import CONFIGS

ROOT = Path(__file__).parents[3]


def test_5_the_database_needs_a_context(app: Flask) -> None:
    with app.app_context():
        assert db.session.scalar(sa.text("SELECT 1")) == 1
        assert current_app.name == "app"


def test_7_importing_and_making_an_application_opens_no_connection() -> None:
    program = """
import sqlalchemy as sa
from sqlalchemy import event

def refuse(*_):
    raise SystemExit("a connection was opened")

event.listen(sa.Pool, "connect", refuse)

import app, app.models
from config import CONFIGS

app.create_app(CONFIGS["testing"]())
"""
    subprocess.run(
        [sys.executable, "-"], cwd=ROOT, input=program, text=True, check=True
    )


def test_8_no_configuration_has_a_secret_key() -> None:
    having = {name for name, make in CONFIGS.items() if make().SECRET_KEY is not None}

    # The key of tests opens nothing.
    assert having <= {"testing"}, f"SECRET_KEY is set in config.py: {having}"


def test_10_csrf_protection_is_off_only_in_tests() -> None:
    off = {name for name, make in CONFIGS.items() if not make().WTF_CSRF_ENABLED}

    assert off <= {"testing"}, f"WTF_CSRF_ENABLED is False in config.py: {off}"


def test_a_circular_import_is_an_import_error(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/__init__.py").write_text(
        "from shop.models import Item\n\ndb = object()\n"
    )
    (tmp_path / "shop/models.py").write_text(
        "from shop import db\n\nItem = type('Item', (), {})\n"
    )

    run = subprocess.run(
        [sys.executable, "-c", "import shop"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 1
    # From Python 3.13 on, advice about the file name follows.
    assert "ImportError: cannot import name 'db' from" in run.stderr


def test_the_database_outside_of_a_context_is_a_runtime_error() -> None:
    with pytest.raises(RuntimeError, match="Working outside of application context"):
        db.session.execute(sa.text("SELECT 1"))


def test_an_endpoint_without_its_blueprint_is_a_build_error(app: Flask) -> None:
    with app.test_request_context():
        assert url_for("main.index") == "/"
        with pytest.raises(BuildError, match=r"Did you mean '\w+\.index' instead"):
            url_for("index")


def test_a_form_without_its_token_is_a_bad_request(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app(WTF_CSRF_ENABLED=True)
    app.add_url_rule("/form", view_func=str, methods=["POST"])

    response = app.test_client().post("/form")

    assert response.status_code == 400
    assert "The CSRF token is missing." in response.text
